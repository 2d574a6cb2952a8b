package sup

import (
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
)

// Each event is told here: to the log, once, and to all who observe the
// supervisor. With nobody to tell it costs nothing.

// tell tells of c, or of the supervisor itself if c is nil.
func (s *supervisor) tell(kind EventKind, c *child, id proc.ID, reason error) {
	s.report(Event{Kind: kind, ID: id, Reason: reason}, c)
}

func (s *supervisor) report(e Event, c *child) {
	line := s.self.Log().WithLevel(s.levelOf(e, c))
	if !line.Enabled() && len(s.observe) == 0 {
		return
	}
	e.At, e.Supervisor, e.Path = s.born.Add(s.now()), s.self.ID(), s.path
	if c != nil {
		e.Path, e.Restarts = s.pathOf(c), c.restarts
		if m, ok := c.member.(interface{ keyOf() any }); ok && len(s.observe) > 0 {
			e.Key = m.keyOf()
		}
	}
	if line.Enabled() {
		writeEvent(line, e)
	}
	for _, observe := range s.observe {
		s.show(observe, e)
	}
}

// show shows an event to code that is not ours.
func (s *supervisor) show(observe func(Event), e Event) {
	defer func() {
		if value := recover(); value != nil {
			s.self.Log().Error().Str("panic", proc.ExitPanic{Value: value}.Error()).
				Stringer("event", e.Kind).Msg("an observer panicked")
		}
	}()
	observe(e)
}

// levelOf is how much an event matters to who reads the log at night. That a
// process has crashed it says itself, as an error.
func (s *supervisor) levelOf(e Event, c *child) zerolog.Level {
	switch e.Kind {
	case GaveUp:
		return zerolog.ErrorLevel
	case ChildStartFailed:
		if s.ending && !crashed(c.last) { // it was asked to end before it was up
			return zerolog.DebugLevel
		}
		return zerolog.WarnLevel
	case ChildRestarting, ChildGivenUp:
		return zerolog.WarnLevel
	case StoppingAll:
		return zerolog.InfoLevel
	case ChildEnded:
		if c.Restart == Temporary && crashed(c.last) { // nothing else will be said
			return zerolog.WarnLevel
		}
	}
	return zerolog.DebugLevel
}

func writeEvent(line *zerolog.Event, e Event) {
	switch e.Kind {
	case GaveUp, StoppingAll:
		if e.Path == "" {
			e.Path = "/" // the root
		}
		line.Str("supervisor", e.Path)
	default:
		line.Str("child", e.Path)
		if e.ID != (proc.ID{}) {
			line.Stringer("process", e.ID)
		}
	}
	if e.Kind == ChildRestarting {
		line.Int("attempt", e.Attempt).Float64("after_ms", milliseconds(e.After))
	}
	log.Reasons(line, e.Reason).Msg(e.Kind.String())
}

// logOverdue says that c has not ended in time, before the next step.
func (s *supervisor) logOverdue(c *child) {
	line := s.self.Log().Warn()
	if !line.Enabled() {
		return
	}
	limits := c.stopLimits()
	line.Str("child", s.pathOf(c)).Stringer("process", c.id)
	if c.step == finishing {
		line.Float64("after_ms", milliseconds(limits.Finish)).Msg("a child has not finished: shutting it down")
	} else {
		line.Float64("after_ms", milliseconds(limits.Cleanup)).Msg("a child has not cleaned up: killing it")
	}
}

// milliseconds is d as a field that says so in its name, whatever unit zerolog is set
// to.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// pathOf is the path of c from the root of the tree.
func (s *supervisor) pathOf(c *child) string {
	if c.path == "" {
		c.path = join(s.path, c.ID)
	}
	return c.path
}
