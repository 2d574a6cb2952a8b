package proc_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// actorOrder is something that an actor is told to do. An error ends it.
type actorOrder func(self *proc.Self[actorOrder]) error

// errActorDone is what an order returns to make the actor's body return nil.
var errActorDone = errors.New("actor: return nil")

// actor is a process that does what a test tells it, and keeps what it gets.
type actor struct {
	proc.Pid[actorOrder]
	w *harness.World

	// To be set before it is spawned.
	givesIn     bool                              // return the interrupts it gets
	deferred    func(self *proc.Self[actorOrder]) // a deferred function of its body
	onDown      func(*proc.Self[actorOrder], proc.ProcessDown)
	onInterrupt func(*proc.Self[actorOrder], proc.InterruptReason)

	mu         sync.Mutex
	interrupts []proc.InterruptReason
	downs      []proc.ProcessDown
}

// newActor spawns an actor that carries on after interrupts.
func newActor(w *harness.World, host proc.Host, opts ...proc.SpawnOption) *actor {
	return (&actor{w: w}).spawn(host, opts...)
}

func (p *actor) spawn(host proc.Host, opts ...proc.SpawnOption) *actor {
	p.Pid = proc.Spawn(host, p.body, opts...)
	return p
}

func (p *actor) body(self *proc.Self[actorOrder]) error {
	if p.deferred != nil {
		defer p.deferred(self)
	}
	wanted := sel.OneOf(sel.Message[actorOrder](), sel.Message[proc.ProcessDown]())
	for {
		got, err := proc.Receive(self, wanted)
		if err != nil {
			p.interrupted(self, err.(proc.InterruptReason))
			if p.givesIn {
				return err
			}
			continue
		}
		if down, ok := got.Right(); ok {
			p.down(self, down)
			continue
		}
		order, _ := got.Left()
		switch err := order(self); {
		case err == errActorDone: //nolint:errorlint // a mark, never wrapped
			return nil
		case err != nil:
			return err
		}
	}
}

func (p *actor) interrupted(self *proc.Self[actorOrder], reason proc.InterruptReason) {
	p.mu.Lock()
	p.interrupts = append(p.interrupts, reason)
	p.mu.Unlock()
	if p.onInterrupt != nil {
		p.onInterrupt(self, reason)
	}
}

func (p *actor) down(self *proc.Self[actorOrder], down proc.ProcessDown) {
	p.mu.Lock()
	p.downs = append(p.downs, down)
	p.mu.Unlock()
	if p.onDown != nil {
		p.onDown(self, down)
	}
}

// up waits until p's body runs, so that its deferred function will.
func (p *actor) up() *actor {
	p.w.Helper()
	p.catchUp()
	return p
}

// tell makes p do something, sometime.
func (p *actor) tell(f func(self *proc.Self[actorOrder])) {
	p.Send(func(self *proc.Self[actorOrder]) error {
		f(self)
		return nil
	})
}

// busy makes p wait for release, outside of any operation, and returns when it does.
func (p *actor) busy(release <-chan struct{}) {
	p.w.Helper()
	started := make(chan struct{})
	p.tell(func(*proc.Self[actorOrder]) {
		close(started)
		<-release
	})
	harness.Value(p.w, started)
}

// do makes p do something and waits until it has.
func (p *actor) do(f func(self *proc.Self[actorOrder])) {
	p.w.Helper()
	done := make(chan struct{})
	p.tell(func(self *proc.Self[actorOrder]) {
		defer close(done)
		f(self)
	})
	harness.Value(p.w, done)
}

// catchUp waits until p has taken everything that it had been sent before.
func (p *actor) catchUp() {
	p.w.Helper()
	p.do(func(*proc.Self[actorOrder]) {})
}

// got is what p has received so far, anything that is under way to it included.
func (p *actor) got() ([]proc.InterruptReason, []proc.ProcessDown) {
	p.w.Helper()
	p.catchUp()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.interrupts), slices.Clone(p.downs)
}

// child makes p spawn an actor.
func (p *actor) child(opts ...proc.SpawnOption) *actor {
	p.w.Helper()
	return p.spawns(&actor{w: p.w}, opts...)
}

// spawns makes p spawn c.
func (p *actor) spawns(c *actor, opts ...proc.SpawnOption) *actor {
	p.w.Helper()
	p.do(func(self *proc.Self[actorOrder]) { c.spawn(self, opts...) })
	return c.up()
}

func (p *actor) link(id proc.ID) error {
	p.w.Helper()
	var err error
	p.do(func(self *proc.Self[actorOrder]) { err = self.Link(id) })
	return err
}

func (p *actor) unlink(id proc.ID) {
	p.w.Helper()
	p.do(func(self *proc.Self[actorOrder]) { self.Unlink(id) })
}

func (p *actor) monitor(id proc.ID) proc.MonitorRef {
	p.w.Helper()
	var ref proc.MonitorRef
	p.do(func(self *proc.Self[actorOrder]) { ref = self.Monitor(id) })
	return ref
}

func (p *actor) demonitor(ref proc.MonitorRef) {
	p.w.Helper()
	p.do(func(self *proc.Self[actorOrder]) { self.Demonitor(ref) })
}

// systemOf is the system that p is in.
func (p *actor) systemOf() *proc.System {
	p.w.Helper()
	var s *proc.System
	p.do(func(self *proc.Self[actorOrder]) { s = self.System() })
	return s
}

// info is what can be seen of p, which must be alive.
func (p *actor) info() proc.Info {
	p.w.Helper()
	info, ok := p.Info()
	require.True(p.w, ok, "there is no Info of a live process")
	return info
}

// actorBy tells who brings an end about.
type actorBy int

const (
	actorItself actorBy = iota // the body returned, or panicked
	actorExit                  // Self.Exit
	actorShutDown
	actorKilled
)

// actorEnding is one way for an actor to end.
type actorEnding struct {
	name   string
	end    func(p *actor)
	by     actorBy
	reason proc.ShutdownReason // of this type
	crash  bool
	cause  error // what errors.Is finds in the reason
}

func (e actorEnding) severity() proc.Severity {
	if e.crash {
		return proc.Crash
	}
	return proc.ExitSuccess
}

// actorReturns makes a body return err.
func actorReturns(err error) func(p *actor) {
	return func(p *actor) {
		p.Send(func(*proc.Self[actorOrder]) error { return err })
	}
}

// actorIsInterrupted makes a body return an interrupt that it has got.
func actorIsInterrupted(reason proc.InterruptReason) func(p *actor) {
	return func(p *actor) {
		p.Send(func(self *proc.Self[actorOrder]) error {
			self.ID().Interrupt(reason)
			return self.Yield()
		})
	}
}

func actorExits(reason proc.ShutdownReason) func(p *actor) {
	return func(p *actor) {
		p.tell(func(self *proc.Self[actorOrder]) { self.Exit(reason) })
	}
}

// actorEndings are all the ways to end.
var actorEndings = []actorEnding{
	{name: "returns nil", end: actorReturns(errActorDone), reason: proc.ExitNormally{}},
	{name: "returns a normal reason", end: actorReturns(proc.ExitNormallyWith{Detail: "done"}), reason: proc.ExitNormallyWith{}},
	{name: "is asked to end", end: actorIsInterrupted(proc.NormalExitRequested{}), reason: proc.ExitNormally{}},
	{name: "exits normally", end: actorExits(proc.ExitNormally{}), by: actorExit, reason: proc.ExitNormally{}},
	{
		name: "is shut down normally", by: actorShutDown, reason: proc.ExitNormallyWith{},
		end: func(p *actor) { p.Shutdown(proc.ExitNormallyWith{Detail: "enough"}) },
	},
	{name: "returns an error", end: actorReturns(io.EOF), reason: proc.ExitUnhandledError{}, crash: true, cause: io.EOF},
	{
		name: "returns a crash", end: actorReturns(proc.ExitUnhandledError{Err: io.EOF}),
		reason: proc.ExitUnhandledError{}, crash: true, cause: io.EOF,
	},
	{
		name: "is interrupted", end: actorIsInterrupted(proc.ErrorInterrupt{Err: io.EOF}),
		reason: proc.ExitUnhandledError{}, crash: true, cause: io.EOF,
	},
	{
		name:   "gives in to another's death",
		end:    actorIsInterrupted(proc.OtherProcessNotRunning{Reason: proc.ExitUnhandledError{Err: io.EOF}}),
		reason: proc.ExitOtherProcessNotRunning{}, crash: true, cause: io.EOF,
	},
	{
		name: "panics", reason: proc.ExitPanic{}, crash: true, cause: io.EOF,
		end: func(p *actor) { p.tell(func(*proc.Self[actorOrder]) { panic(io.EOF) }) },
	},
	{
		name: "exits with a crash", end: actorExits(proc.ExitUnhandledError{Err: io.EOF}), by: actorExit,
		reason: proc.ExitUnhandledError{}, crash: true, cause: io.EOF,
	},
	{
		name: "is shut down with a crash", by: actorShutDown, reason: proc.ExitUnhandledError{}, crash: true, cause: io.EOF,
		end: func(p *actor) { p.Shutdown(proc.ExitUnhandledError{Err: io.EOF}) },
	},
	{name: "is killed", end: func(p *actor) { p.Kill() }, by: actorKilled, reason: proc.ExitKilled{}, crash: true},
}

// actorEachEnding runs a test for every way to end, everywhere.
func actorEachEnding(t *testing.T, test func(w *harness.World, e actorEnding)) {
	t.Helper()
	for _, e := range actorEndings {
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) { test(w, e) })
		})
	}
}

// ends makes p end in the way of e and waits until it has.
func (p *actor) ends(e actorEnding) proc.ShutdownReason {
	p.w.Helper()
	e.end(p)
	reason := harness.Ended(p.w, p.ID)
	require.IsType(p.w, e.reason, reason)
	require.Equal(p.w, e.severity(), reason.Severity())
	if e.cause != nil {
		require.ErrorIs(p.w, reason, e.cause)
	}
	return reason
}

// actorCrashed requires that got is exactly one crash of id.
func actorCrashed(w *harness.World, got []proc.InterruptReason, id proc.ID) proc.LinkedProcessCrashed {
	w.Helper()
	require.Len(w, got, 1)
	crashed, ok := got[0].(proc.LinkedProcessCrashed)
	require.True(w, ok, "%T", got[0])
	require.Equal(w, id, crashed.ID)
	require.Equal(w, id.Reason(), crashed.Reason)
	return crashed
}

// actorDown requires that got is exactly one ProcessDown of ref.
func actorDown(w *harness.World, got []proc.ProcessDown, ref proc.MonitorRef) proc.ProcessDown {
	w.Helper()
	require.Len(w, got, 1)
	require.Equal(w, ref, got[0].Ref)
	require.Equal(w, ref.Process, got[0].ID)
	require.Equal(w, ref.Process.Reason(), got[0].Reason)
	return got[0]
}

// actorDead counts the dead letters of s so far.
func actorDead(s *proc.System) (n uint64) {
	for _, count := range s.Counters().DeadLetters {
		n += count
	}
	return n
}

// actorCall calls p from outside; the call is answered with 42, if at all.
func actorCall(ctx context.Context, p proc.Pid[actorOrder]) (int, error) {
	return proc.Call(ctx, p, func(to proc.ReplyTo[int]) actorOrder {
		return func(*proc.Self[actorOrder]) error {
			to.Reply(42)
			return nil
		}
	})
}
