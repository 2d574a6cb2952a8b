package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// Sim is one run of a test. Its methods are for the test's body and for threads that
// it has started with Go; those that report failures may be called from processes,
// too. It can be used wherever testify wants a TestingT.
type Sim struct {
	s       *scheduler
	name    string
	random  *rand.Rand
	systems []*proc.System
	ctx     context.Context
	said    strings.Builder
	cleanup []func()
}

// System makes a system whose processes the simulator runs. It logs nothing unless
// an option says where to. When the body has returned it is stopped, and then
// nothing of it may be left.
func (s *Sim) System(opts ...proc.Option) *proc.System {
	all := append([]proc.Option{proc.WithLogger(zerolog.Nop())}, opts...)
	s.s.touchEverything()
	sys := proc.NewSystem(append(all, proc.WithScheduler(s.s.seam()))...)
	s.systems = append(s.systems, sys)
	return sys
}

// Settle waits until nobody can go on without the time passing: all that was to
// be done now has been done.
func (s *Sim) Settle() {
	defer s.s.letGo()
	t := s.s.enter()
	if s.s.aborted {
		runtime.Goexit() // or a loop around it would never end
	}
	s.s.touch(settling)
	s.s.settlers = append(s.s.settlers, t)
	s.s.parkFor(t, "waits until all others do")
}

// Sleep lets the time pass. Others that are due earlier come first.
func (s *Sim) Sleep(d time.Duration) {
	defer s.s.letGo()
	t := s.s.enter()
	if s.s.aborted {
		runtime.Goexit()
	}
	timer := s.s.newTimer()
	timer.wakes = t
	timer.Reset(d)
	s.s.parkFor(t, sleeps)
}

// Go runs f as a thread of the test's own, beside the body. A go statement starts a
// goroutine that the simulator does not know: it takes its turns, too, but what
// it does between them is not in its hands.
func (s *Sim) Go(f func()) {
	defer s.s.letGo()
	s.s.enter()
	if s.s.aborted {
		return
	}
	s.s.begin(s.s.kid("thread"), f)
}

// Invariant makes the run fail if holds returns an error between two steps. It may
// look at all that the test and its processes have, for nobody else runs meanwhile,
// but not wait.
func (s *Sim) Invariant(name string, holds func() error) {
	defer s.s.letGo()
	s.s.enter()
	s.s.touchEverything()
	s.s.invariants = append(s.s.invariants, invariant{name, holds})
}

// Rand is the test's own source of random numbers: the same in each run with the
// same seed.
func (s *Sim) Rand() *rand.Rand {
	s.s.enter()
	s.s.touch(chance)
	return s.random
}

// Now is the time, which is virtual. So is that of package time.
func (s *Sim) Now() time.Time { return s.s.Now() }

// Context ends with the run.
func (s *Sim) Context() context.Context { return s.ctx }

// ---------------------------------------------------------------- as testing.T

// Name is that of the test.
func (s *Sim) Name() string { return s.name }

// Cleanup makes f run when the body is over, before the systems are stopped; the
// latest first.
func (s *Sim) Cleanup(f func()) {
	defer s.s.letGo()
	s.s.enter()
	s.s.touchEverything()
	s.cleanup = append(s.cleanup, f)
}

// Helper is there for packages that call it.
func (s *Sim) Helper() {}

// Logf adds a line to what is reported if the run fails.
func (s *Sim) Logf(format string, args ...any) {
	defer s.s.letGo()
	s.s.enter()
	fmt.Fprintf(&s.said, format+"\n", args...)
}

// Errorf makes the run fail, and goes on. What fails in the same way when the run is made
// smaller is what has the same text, but for numbers; or, if one of args, or an error that
// it wraps, has a method Alike() string, the same result of that. If one has a method
// Steps() []int, these are the steps of a history's operations that it is about: the report
// shows what was around them.
func (s *Sim) Errorf(format string, args ...any) {
	defer s.s.letGo()
	s.s.enter()
	text := concise(fmt.Sprintf(format, args...))
	if ended := s.s.ended; s.s.failure == nil {
		s.s.failLike(failureTest, alike(args), "%s", text)
		s.s.failure.about = stepsIn(args)
		s.s.ended = ended
		return
	}
	s.said.WriteString(text + "\n")
}

// alike is what the first of args says that failures of its kind have in common.
func alike(args []any) string {
	if a, ok := firstOf[interface{ Alike() string }](args); ok {
		return a.Alike()
	}
	return ""
}

// firstOf is the first of args that is a T, or an error that wraps one.
func firstOf[T any](args []any) (found T, ok bool) {
	for _, arg := range args {
		if found, ok = arg.(T); ok {
			return found, true
		}
		if err, is := arg.(error); is && errors.As(err, &found) {
			return found, true
		}
	}
	return found, false
}

// concise is what testify reports without the frame around it, which shows the
// stack of the simulator; any other text is itself.
func concise(text string) string {
	text = strings.TrimSpace(text)
	trace, rest, ok := strings.Cut(text, "Error:")
	if !ok || !strings.HasPrefix(trace, "Error Trace:") {
		return text
	}
	what, rest, _ := strings.Cut(rest, "\n\tTest:")
	if _, messages, ok := strings.Cut(rest, "Messages:"); ok {
		what += "\n" + messages
	}
	var said []string
	for line := range strings.Lines(what) {
		if line = strings.TrimSpace(line); line != "" {
			said = append(said, line)
		}
	}
	place := strings.TrimSpace(firstLine(strings.TrimPrefix(trace, "Error Trace:")))
	return strings.Join(said, "\n    ") + "\n    at " + placeOf(place)
}

// FailNow makes the run fail, and ends it.
func (s *Sim) FailNow() {
	t := s.s.enter()
	s.s.fail(failureTest, "failed")
	s.s.parkFor(t, "has failed")
}

// Fatalf is Errorf and FailNow.
func (s *Sim) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	s.FailNow()
}

// Failed reports whether the run has failed.
func (s *Sim) Failed() bool {
	defer s.s.letGo()
	s.s.enter()
	return s.s.failure != nil
}
