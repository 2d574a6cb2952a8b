package proc

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
)

// Task is a function running beside the process, for blocking work.
type Task[T any] struct {
	Ref  Ref
	_    [0]*T
	task unsafe.Pointer // of a *taskFor[T], kept from reflection
}

// task is what a system knows of a task.
type task struct {
	owner   *Process
	ref     Ref
	mu      sync.Mutex
	over    bool
	waiting []*joiner
	notify  []func()
}

type taskFor[T any] struct {
	task
	value T
	err   error
}

var errTaskGoexit = errors.New("the task called runtime.Goexit")

// Go runs f on a goroutine of its own, and does not wait for it. The context of f
// ends with the process, and at once when that is shut down; it does not lead to
// the process: f acts from outside. A task that nobody awaits is none the less
// waited for by [System.Stop].
func Go[T any](p Receiver, f func(context.Context) (T, error)) Task[T] {
	self := p.process()
	s := self.sys
	ctx, cancel := context.WithCancel(Outside(p))
	t := &taskFor[T]{task: task{owner: self, ref: self.NewRef()}}
	s.tasks.add(&t.task)
	s.sched.Go(nil, func() {
		defer func() {
			cancel()
			t.complete()
			s.tasks.remove(&t.task)
			s.goroutineLeft()
		}()
		t.run(markOf(&t.task), ctx, f)
	})
	s.step()
	return Task[T]{Ref: t.ref, task: unsafe.Pointer(t)}
}

//go:noinline
func (t *taskFor[T]) run(_ mark, ctx context.Context, f func(context.Context) (T, error)) {
	t.err = errTaskGoexit // unless it returns or panics
	defer func() {
		if r := recover(); r != nil {
			t.err = ExitPanic{Value: r, Stack: t.owner.sys.stacks.capture()}
		}
	}()
	t.value, t.err = f(ctx)
}

func (t *task) complete() {
	t.mu.Lock()
	t.over = true
	waiting, notify := t.waiting, t.notify
	t.waiting, t.notify = nil, nil
	t.mu.Unlock()
	for _, j := range waiting {
		j.tell()
	}
	for _, tell := range notify {
		tell()
	}
}

// TaskEnded is the message about the end of a task that [Task.Notify] asks for.
type TaskEnded[T any] struct {
	Ref   Ref // of the task
	Value T
	Err   error
}

// Notify makes the task send a [TaskEnded] to p when its function has returned, at
// once if it has: for a process that does other things meanwhile. It does not
// block. Receive the message selectively; a bounded mailbox does not refuse it.
// Each Notify asks for one.
func (t Task[T]) Notify(p Receiver) {
	self := p.process()
	f := (*taskFor[T])(t.task)
	if f == nil {
		self.notifyEnd(TaskEnded[T]{Ref: t.Ref, Err: OtherProcessNotRunning{Reason: ExitUnknown{}}})
		return
	}
	tell := func() { self.notifyEnd(TaskEnded[T]{Ref: t.Ref, Value: f.value, Err: f.err}) }
	f.mu.Lock()
	over := f.over
	if !over {
		f.notify = append(f.notify, tell)
	}
	f.mu.Unlock()
	if over {
		tell()
	}
}

// notifyEnd sends a message of the runtime to p.
func (p *Process) notifyEnd(message any) {
	e := &mailbox.Envelope{Message: message, Runtime: true}
	if p.sys.steps != nil {
		p.sys.steps.Deliver(nil, &p.Waiter, seam.Message, message, func() { p.putTick(e)() })
		return
	}
	p.putTick(e)()
}

// Await waits for the task and returns what its function has returned. A panic
// of it is an ExitPanic. Await waits as a [Call] does: an interrupt ends it, and
// so does the system's call timeout, with a TimeoutInterrupt; the task goes on,
// and may be awaited again.
func (t Task[T]) Await(p Receiver) (T, error) {
	return t.AwaitWithin(p, p.System().callTimeout)
}

// AwaitWithin is Await with a limit of its own; with d < 0 there is none.
func (t Task[T]) AwaitWithin(p Receiver, d time.Duration) (T, error) {
	var none T
	f := (*taskFor[T])(t.task)
	if f == nil {
		return none, OtherProcessNotRunning{Reason: ExitUnknown{}}
	}
	op := op{ctx: p, self: p.process(), plain: true}
	if why := op.check(); why != nil {
		return none, why
	}
	op.in(op.self.ID())
	op.limitTo(d)
	j := &joiner{thread: op.thread()}
	f.mu.Lock()
	j.ended = f.over
	if !j.ended {
		f.waiting = append(f.waiting, j)
	}
	f.mu.Unlock()
	defer f.leave(j)
	if why := op.wait(Calling, func() bool { return j.ended }, nil); why != nil {
		return none, why
	}
	return f.value, f.err
}

// leave removes a joiner.
func (t *task) leave(j *joiner) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, other := range t.waiting {
		if other == j {
			t.waiting = append(t.waiting[:i], t.waiting[i+1:]...)
			return
		}
	}
}

// taskSet are the tasks of a system whose goroutines have not ended.
type taskSet struct {
	mu  sync.Mutex
	all map[*task]struct{}
}

func (ts *taskSet) add(t *task) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.all == nil {
		ts.all = make(map[*task]struct{})
	}
	ts.all[t] = struct{}{}
}

func (ts *taskSet) remove(t *task) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	delete(ts.all, t)
}

// left lists the tasks whose goroutines have not ended.
func (ts *taskSet) left() []*task {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	all := make([]*task, 0, len(ts.all))
	for t := range ts.all {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *task) int { return cmp.Compare(a.ref.n, b.ref.n) })
	return all
}
