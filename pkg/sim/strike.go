package sim

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/harkgo/hark/internal/literal"
	"github.com/harkgo/hark/pkg/proc"
)

// What faults do to processes. It is done by a thread of its own, which gets the baton
// before anybody else does: nobody has gone on since the moment at which the fault has
// fired.

// moment takes the opportunities that a moment of p is.
func (s *scheduler) moment(p *party, kind momentKind, point string, what any) {
	who := p.process()
	if who == nil {
		return
	}
	for _, r := range s.rules {
		if r.kind.onProcess() && r.when.is(kind, point, what) && r.possible(p, who, kind) && r.who.includes(p) && s.fires(r) {
			s.strike(r, p, who)
		}
	}
}

// possible reports whether r can happen to a process as it is.
func (r *rule) possible(p *party, who process, kind momentKind) bool {
	switch r.kind {
	case faultKill:
		return !p.struck && !who.Dies()
	case faultPause:
		return kind != momentIdle && p.pause == 0 && !who.Dies()
	case faultFailStart:
		return kind != momentIdle && p.starting && !p.struck && !who.Ends()
	default:
		return !p.struck && !who.Ends()
	}
}

func (s *scheduler) strike(r *rule, p *party, who process) {
	switch r.kind {
	case faultKill:
		s.atOnce(p, who.Kill, "is killed")
	case faultCrash, faultFailStart:
		text := "crashes"
		if r.kind == faultFailStart {
			text = "crashes in its start"
		}
		p.crashing = r.kind
		s.atOnce(p, func() { who.Shutdown(proc.ExitUnhandledError{Err: ErrFault}) }, text)
	case faultInterrupt:
		s.atOnce(p, func() { who.Interrupt(r.reason.(proc.InterruptReason)) }, "is interrupted: "+r.reason.Error())
	case faultShutdown:
		s.atOnce(p, func() { who.Shutdown(r.reason.(proc.ShutdownReason)) }, "is shut down: "+r.reason.Error())
	case faultPause:
		p.pause = r.lasts
		s.noteFault(p, nil, "%s is paused for %v", p, r.lasts)
	}
}

// atOnce makes f what is done next.
func (s *scheduler) atOnce(p *party, f func(), text string) {
	s.noteFault(p, nil, "%s %s", p, text)
	p.struck = true
	t := &thread{party: s.newParty("a fault"), run: func() { p.struck = false; f() }, state: threadReady}
	t.cause = int32(len(s.events))
	t.gate.Init()
	s.list(t)
	s.urgent = append(s.urgent, t)
}

// nextUrgent is the thread that goes before all others; nil if there is none.
func (s *scheduler) nextUrgent() *thread {
	if len(s.urgent) == 0 {
		return nil
	}
	t := s.urgent[0]
	s.urgent = s.urgent[1:]
	t.state = threadRunning
	s.noteRuns(t)
	return t
}

// idle takes the opportunities of a moment at which nobody can go on, and reports
// whether a fault has fired.
func (s *scheduler) idle() bool {
	s.processes = slices.DeleteFunc(s.processes, func(p *party) bool { return p.process().Dies() })
	for _, p := range s.processes {
		s.moment(p, momentIdle, "", nil)
	}
	return len(s.urgent) > 0
}

// hinder takes the opportunities of a step of t, and reports whether that is not to be
// taken now.
func (s *scheduler) hinder(t *thread) bool {
	p := t.party
	if p.who == nil {
		return false
	}
	s.moment(p, momentStep, "", nil)
	if len(s.urgent) > 0 {
		return true
	}
	if p.pause == 0 {
		return false
	}
	s.ready = slices.DeleteFunc(s.ready, func(other *thread) bool { return other == t })
	t.state, t.why = threadParked, "is paused by a fault"
	s.lasting(p.pause, func() {
		s.note(event{kind: eventFaultEnds, a: p, text: p.String() + " may go on"})
		t.why = ""
		s.makeReady(t)
	})
	p.pause = 0
	return true
}

// unwinds ends t where it is, if its process is to end.
func (s *scheduler) unwinds(t *thread) {
	s.crashes(t, false, nil)
	if who := t.party.process(); who != nil && who.Ends() {
		runtime.Goexit()
	}
}

// tells is where t is about to tell something to another party: it may crash before
// that, and the start of its process may end with it.
func (s *scheduler) tells(t *thread, to *party, reply bool, lost func()) {
	p := t.party
	up := p.starting && (reply || p.by == to.principal())
	s.crashes(t, up, lost)
	if up {
		p.starting = false
	}
}

// crashes makes t panic, if a fault says so: in the code of the program, or where it
// would say that it is up. What is about to be sent is not, then: lost, unless it is
// nil, is told so.
func (s *scheduler) crashes(t *thread, up bool, lost func()) {
	p := t.party
	if p.crashing == faultNone || len(s.urgent) > 0 || s.effect != nil || p.process().Unwinds() {
		return
	}
	if !byProgram() && !(up && p.crashing == faultFailStart) {
		return
	}
	p.crashing = faultNone
	if lost != nil {
		lost()
	}
	panic(ErrFault)
}

// byProgram reports whether it is the program that has called an operation of package
// proc or sim, and not another package of the library.
func byProgram() bool {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasSuffix(frame.File, "_test.go"):
			return true
		case strings.HasPrefix(frame.Function, literal.Module+"pkg/proc."), strings.HasPrefix(frame.Function, literal.Module+"pkg/sim."):
		default:
			return !internalTo(frame.Function)
		}
		if !more {
			return true
		}
	}
}

// lasting does f when d has passed, or when faults end.
func (s *scheduler) lasting(d time.Duration, f func()) *timer {
	t := s.newTimer()
	t.does = f
	t.Reset(d)
	s.lasts = append(s.lasts, t)
	return t
}

// endFaults ends all that lasts, and lets nothing more happen.
func (s *scheduler) endFaults() {
	for _, r := range s.rules {
		s.firings = append(s.firings, s.firingsOf(r))
	}
	s.rules = nil
	for _, t := range s.lasts {
		if t.Stop() {
			t.does()
		}
	}
	s.lasts = nil
}

// faulty reports whether there are faults in this run.
func (s *scheduler) faulty() bool { return len(s.rules) > 0 && !s.aborted }

// noteFault notes what has happened to p, or to what is under way from p to another
// party.
func (s *scheduler) noteFault(p, to *party, format string, args ...any) {
	s.note(event{kind: eventFault, a: p, b: to, text: fmt.Sprintf(format, args...)})
}
