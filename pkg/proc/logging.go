package proc

import (
	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
)

// Each event of the runtime is logged once, here: the start and the normal end
// of a process at debug, a crash at error, the stop of the system at info, a
// killed process that does not unwind at warn.

// Log is the process's logger: the system's, with the fields pid and title. With
// the level off it costs nothing.
func (p *Process) Log() *zerolog.Logger {
	if m := p.more.Load(); m != nil && m.log != nil {
		return m.log
	}
	l := p.logger()
	p.Lock()
	m := p.extra()
	p.Unlock()
	m.log = &l
	return m.log
}

// logger makes the logger of p.
func (p *Process) logger() zerolog.Logger {
	l := log.ForProcess(p.sys.base, p.ID(), p.title())
	if p.sys.levels != nil {
		l = l.Level(p.sys.levels.For(p.title()))
	}
	return l
}

// logs reports whether an event of p at a level may be logged. It is in line
// where it is asked, so that what is not logged costs a comparison.
func (p *Process) logs(level zerolog.Level) bool {
	return level >= p.sys.leastLevel && p.logsThere(level)
}

//go:noinline
func (p *Process) logsThere(level zerolog.Level) bool {
	least := p.sys.base.GetLevel()
	if p.sys.levels != nil {
		least = p.sys.levels.For(p.title())
	}
	return level >= least && level >= zerolog.GlobalLevel()
}

func (p *Process) logStart() {
	if p.logs(zerolog.DebugLevel) {
		p.writeStart()
	}
}

//go:noinline
func (p *Process) writeStart() {
	l := p.logger()
	l.Debug().Msg("process started")
}

func (p *Process) logNotStarted() {
	if p.logs(zerolog.ErrorLevel) {
		l := p.logger()
		level := zerolog.ErrorLevel
		if p.sys.stopping.begun.Load() {
			level = zerolog.DebugLevel
		}
		log.Reasons(l.WithLevel(level), p.reason()).Msg("process not started")
	}
}

func (p *Process) logEnd(reason ShutdownReason, byKill bool) {
	level := zerolog.DebugLevel
	if severity(reason) == Crash {
		level = zerolog.ErrorLevel
	}
	if p.logs(level) {
		p.writeEnd(level, reason, byKill)
	}
}

//go:noinline
func (p *Process) writeEnd(level zerolog.Level, reason ShutdownReason, byKill bool) {
	l := p.logger()
	e := l.WithLevel(level)
	if reason != (ExitNormally{}) {
		e = log.Reasons(e, reason)
	}
	// The loop is the process's own: who kills it cannot look at it.
	if level == zerolog.ErrorLevel && !byKill && p.in != nil && p.in.kind.crashed != nil {
		p.in.kind.crashed(p.in, e)
	}
	if panicked, ok := reason.(ExitPanic); ok {
		e = e.Str("stack", panicked.Stack)
	}
	if level == zerolog.DebugLevel {
		e.Msg("process ended")
	} else {
		e.Msg("process crashed")
	}
}

func (p *Process) logLatePanic(reason ShutdownReason) {
	l := p.logger()
	l.Error().Str("panic", reason.Error()).Str("stack", reason.(ExitPanic).Stack).
		Msg("a deferred function panicked during a shutdown")
}

func (p *Process) logTimerPanic(value any) {
	l := p.logger()
	l.Error().Str("panic", ExitPanic{Value: value}.Error()).
		Msg("looking up the target of a timer panicked")
}

func (p *Process) logAbandoned(stack string) {
	if p.logs(zerolog.WarnLevel) {
		l := p.logger()
		e := l.Warn()
		if stack != "" {
			e = e.Str("stack", stack)
		}
		e.Msg("abandoned: a killed process does not come to an operation that would end it")
	}
}

func (p *Process) logTaskAbandoned() {
	if p.logs(zerolog.WarnLevel) {
		l := p.logger()
		l.Warn().Msg("abandoned: a task of the process does not end, though its context has")
	}
}

func (s *System) logHookPanic(letter DeadLetter, value any) {
	l := log.ForProcess(s.base, letter.To, "")
	l.Error().Str("panic", ExitPanic{Value: value}.Error()).Str("letter", letter.Reason).
		Msg("the dead-letter hook panicked")
}

// name is the title of p, or its id.
func (p *Process) name() string {
	if p.title() != "" {
		return p.ID().String() + " " + p.title()
	}
	return p.ID().String()
}
