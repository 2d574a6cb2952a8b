package probe

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// TB is what a probe needs of a test: a testing.TB, or a *sim.Sim.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
	Cleanup(f func())
}

// DefaultLimit is how long a probe waits, unless [Probe.Within] says otherwise. It is
// long: it ends tests that fail, and no others.
const DefaultLimit = 10 * time.Second

// cleanUpLimit is how long a probe has to end with its test. Only what a test
// does in Do can take that long.
const cleanUpLimit = 10 * time.Second

// Probe is a process that a test commands, which accepts messages of type M.
type Probe[M any] struct {
	*process[M]
	limit time.Duration
}

// process is the probe itself. What is said to be its own belongs to its goroutine.
type process[M any] struct {
	t      TB
	pid    proc.Pid[M]
	orders proc.Pid[order]
	busy   atomic.Bool // somebody commands it

	self       *proc.Self[M]               // its own
	interrupts []proc.InterruptReason      // its own: those that nobody has expected yet
	monitored  map[proc.ID]proc.MonitorRef // its own: those that ExpectDown need not monitor
}

// order is what a test has a probe do.
type order struct {
	do    func() any
	reply proc.ReplyTo[any]
	when  when
}

// when is the test told of an order.
type when uint8

const (
	done  when = iota // it is replied what do returns
	begun             // it is replied before
	ended             // it is not: the body returns what do does, an error or nil
)

// New spawns a probe. Host is a system, or a process that is to be its parent. Unless
// an option says otherwise its title is "probe". It should not be Bounded: what the
// test commands takes a place in the mailbox, too.
func New[M any](t TB, host proc.Host, opts ...proc.SpawnOption) *Probe[M] {
	t.Helper()
	p := &process[M]{t: t, monitored: make(map[proc.ID]proc.MonitorRef)}
	opts = append([]proc.SpawnOption{proc.Titled("probe")}, opts...)
	var err error
	p.pid, p.orders, err = proc.Start(context.Background(), host, p.run, opts...)
	if err != nil {
		p.fail("a probe does not start: %v", err)
	}
	t.Cleanup(p.cleanUp)
	return &Probe[M]{p, DefaultLimit}
}

// Pid is the probe's address.
func (p *process[M]) Pid() proc.Pid[M] { return p.pid }

// ID is the probe's.
func (p *process[M]) ID() proc.ID { return p.pid.ID }

// Within is the same probe, with another limit for what is done through it.
func (p *Probe[M]) Within(limit time.Duration) *Probe[M] { return &Probe[M]{p.process, limit} }

// Do has the probe's goroutine run f: all that a process can do. F must not fail the
// test, and it must return: what it does has no limit but its own.
func (p *Probe[M]) Do(f func(self *proc.Self[M])) {
	p.t.Helper()
	p.command(order{do: func() any { f(p.self); return nil }})
}

// Begin is Do that waits only until f has begun, for what blocks until the test does
// something else. Until it is over the probe does nothing else. Wait waits until it is.
func (p *Probe[M]) Begin(f func(self *proc.Self[M])) (wait func()) {
	p.t.Helper()
	p.command(order{do: func() any { f(p.self); return nil }, when: begun})
	return func() {
		p.t.Helper()
		p.Do(func(*proc.Self[M]) {}) // which comes after it
	}
}

// Link links the probe with a process. If that crashes the probe is interrupted; see
// [ExpectInterrupt].
func (p *Probe[M]) Link(id proc.ID) {
	p.t.Helper()
	var err error
	p.Do(func(self *proc.Self[M]) { err = self.Link(id) })
	if err != nil {
		p.fail("%s could not link with %s: %v", p, id, err)
	}
}

// Monitor has the probe monitor a process. It is needed only where it matters since
// when: [Probe.ExpectDown] does it too.
func (p *Probe[M]) Monitor(id proc.ID) (ref proc.MonitorRef) {
	p.t.Helper()
	p.Do(func(self *proc.Self[M]) { ref = p.monitor(id) })
	return ref
}

func (p *process[M]) monitor(id proc.ID) proc.MonitorRef {
	ref := p.self.Monitor(id)
	p.monitored[id] = ref
	return ref
}

// Send sends a message to a process, as the probe: after all that the probe has
// sent it before, and before the probe's end.
func Send[M, A any](p *Probe[M], to proc.Pid[A], message A) {
	p.t.Helper()
	p.Do(func(*proc.Self[M]) { to.Send(message) })
}

// End has the body of the probe return err, and waits until the probe has ended, and
// all have been told. Nil is a normal end; any other error a crash, unless it is a
// reason that says otherwise.
func (p *Probe[M]) End(err error) {
	p.t.Helper()
	p.enter()
	p.orders.Send(order{do: func() any { return err }, when: ended})
	p.leave()
	p.ExpectEnd()
}

// ExpectEnd waits until the probe has been ended, by somebody else or by [Probe.End],
// and returns the reason.
func (p *Probe[M]) ExpectEnd() proc.ShutdownReason {
	p.t.Helper()
	reason, err := join(p.pid.ID, p.limit)
	if err != nil {
		p.fail("%s expected to be ended within %v, and was not", p, p.limit)
	}
	return reason
}

func (p *process[M]) String() string {
	if info, ok := p.pid.ID.Info(); ok && info.Title != "" {
		return fmt.Sprintf("%s %s", p.pid.ID, info.Title)
	}
	return p.pid.ID.String()
}

// run is the body.
func (p *process[M]) run(self *proc.Self[M], up proc.ReplyTo[proc.Pid[order]]) error {
	p.self = self
	up.Reply(proc.PidFor[order](self))
	for {
		o, err := proc.Receive(self, sel.Message[order]())
		if err != nil {
			p.interrupted(err)
			continue
		}
		switch o.when {
		case done:
			o.reply.Reply(o.do())
		case begun:
			o.reply.Reply(nil)
			o.do()
		case ended:
			err, _ := o.do().(error)
			return err
		}
	}
}

func (p *process[M]) interrupted(err error) {
	p.interrupts = append(p.interrupts, err.(proc.InterruptReason)) // all errors of operations are
}

// command has the probe do o, and waits for what that returns.
func (p *process[M]) command(o order) any {
	p.t.Helper()
	p.enter()
	result, err := proc.CallWithin(context.Background(), -1, p.orders, func(r proc.ReplyTo[any]) order {
		o.reply = r
		return o
	})
	p.leave()
	if err != nil {
		p.fail("%s cannot do what the test wants: %v", p, err)
	}
	return result
}

// enter and leave enclose what only one goroutine may do at a time: an order must
// not be taken for a message that another one expects.
func (p *process[M]) enter() {
	p.t.Helper()
	if !p.busy.CompareAndSwap(false, true) {
		p.fail("%s is commanded by two goroutines at once", p)
	}
}

func (p *process[M]) leave() { p.busy.Store(false) }

// cleanUp ends the probe with the test.
func (p *process[M]) cleanUp() {
	p.t.Helper()
	p.pid.Shutdown(proc.ExitNormally{})
	if _, err := join(p.pid.ID, cleanUpLimit); err != nil {
		p.pid.Kill()
		p.t.Errorf("%s has not ended with the test: it does something that takes longer than %v", p, cleanUpLimit)
	}
}

// join waits for the end of a process.
func join(id proc.ID, limit time.Duration) (proc.ShutdownReason, error) {
	if !id.Alive() {
		limit = -1 // it is over, or about to be
	}
	if limit < 0 {
		return proc.Join(context.Background(), id)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return proc.Join(ctx, id)
}

// fail fails the test. One that is no testing.TB does not say where.
func (p *process[M]) fail(format string, args ...any) {
	p.t.Helper()
	text := fmt.Sprintf(format, args...)
	if _, ok := p.t.(testing.TB); !ok {
		text += "\n    at " + place()
	}
	p.t.Errorf("%s", text)
	p.t.FailNow()
}

// place is where the test has called this package.
func place() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		if !strings.Contains(frame.Function, "/pkg/probe.") || !more {
			return fmt.Sprintf("%s:%d", frame.File[strings.LastIndexByte(frame.File, '/')+1:], frame.Line)
		}
	}
}
