package sup

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"runtime/debug"
	"sync/atomic"

	"github.com/harkgo/hark/pkg/proc"
)

// Pool is a supervisor of many children of one kind, started on demand and found
// by key: the OTP simple_one_for_one supervisor, and a broker. A Pool is an
// address that stays good: made once, it runs as a child of a tree, and leads to
// its present life and to the present life of each key. It runs once at a time;
// starting it twice is refused.
//
// A key is in use from when its child is started until that has ended for good.
// Keys are told apart as keys, though their text may be the same. What is not
// equal to itself (NaN), or cannot be compared (an interface that holds a func),
// cannot be a key.
//
// Any goroutine may use a Pool, but not Observe, which must not wait for the
// supervisor that it runs in.
type Pool[K comparable, A, M any] struct {
	spec PoolSpec[K, A, M]
	life atomic.Pointer[poolLife[K, M]] // the present or last one
}

// poolLife is one life of a pool, as others see it without asking its process.
type poolLife[K comparable, M any] struct {
	id      proc.ID
	running *table[K, M]
	used    atomic.Int64 // keys
}

// NewPool makes a pool that does not run yet: its [Pool.Child] does, as part of a
// tree. Until then operations on it fail with a [PoolNotRunning]. A description that
// makes no sense is refused there.
func NewPool[K comparable, A, M any](spec PoolSpec[K, A, M]) *Pool[K, A, M] {
	return &Pool[K, A, M]{spec: spec}
}

// StartPool is [NewPool] and its start, as [Start] does it.
func StartPool[K comparable, A, M any](parent proc.Receiver, spec PoolSpec[K, A, M], opts ...proc.SpawnOption) (*Pool[K, A, M], error) {
	if err := spec.check(""); err != nil {
		return nil, err
	}
	p := NewPool(spec)
	opts = append([]proc.SpawnOption{proc.Titled("pool")}, opts...)
	if _, err := launch(parent, newPoolPolicy(p, ""), opts); err != nil {
		return nil, err
	}
	return p, nil
}

// StartPoolIn is [NewPool] and its start, as [StartIn] does it: for who is no process.
func StartPoolIn[K comparable, A, M any](ctx context.Context, host proc.Host, spec PoolSpec[K, A, M], opts ...proc.SpawnOption) (*Pool[K, A, M], error) {
	if err := spec.check(""); err != nil {
		return nil, err
	}
	p := NewPool(spec)
	opts = append([]proc.SpawnOption{proc.Titled("pool")}, opts...)
	if _, err := launchIn(ctx, host, newPoolPolicy(p, ""), opts); err != nil {
		return nil, err
	}
	return p, nil
}

// Child is the pool as a child of a supervisor. It is up at once, and begins each
// of its lives without children. While it runs elsewhere, its start is refused
// with an [AlreadyStarted].
func (p *Pool[K, A, M]) Child(id string, opts ...proc.SpawnOption) Child {
	c := Supervisor(id, Spec{}, opts...)
	c.kind, c.check = PoolKind, p.spec.check
	c.start = func(s *supervisor, c *child) (proc.ID, proc.MonitorRef) {
		return s.spawnNested(c, newPoolPolicy(p, id))
	}
	c.taken = func() error {
		if l := p.life.Load(); l != nil && l.id.Alive() {
			return AlreadyStarted{Child: id, ID: l.id}
		}
		return nil
	}
	return c
}

// begin makes l the pool's present life, if it has none. Otherwise it returns
// that.
func (p *Pool[K, A, M]) begin(l *poolLife[K, M]) (present *poolLife[K, M]) {
	for {
		present := p.life.Load()
		if present != nil && present.id.Alive() {
			return present
		}
		if p.life.CompareAndSwap(present, l) {
			return l
		}
	}
}

// Ref is the supervisor of the pool's present, or last, life; that of no process
// if it never ran. Its Children are in the order of their start. Its StartChild,
// StopChild, RestartChild, DeleteChild and Supervisor are refused with a
// [WrongKind].
func (p *Pool[K, A, M]) Ref() Ref {
	if l := p.life.Load(); l != nil {
		return Ref{l.id}
	}
	return Ref{}
}

// Spawn starts the child of a key, and returns it once it is up: at once, or with
// BodyReady when it says so. Any number of children start at the same time. With
// an interrupted Spawn the start goes on.
//
// The error is an [AlreadyStarted] for a key that is in use, once it is known
// whether a child that is ending by itself is started again; an [InvalidSpec] for
// one that cannot be a key; a [StartFailed], and then the key is free; a
// [PoolNotRunning] if the pool has never run; or as for the operations of a [Ref].
func (p *Pool[K, A, M]) Spawn(ctx context.Context, key K, arg A) (proc.Pid[M], error) {
	pid, _, err := p.start(ctx, key, arg, false)
	return pid, err
}

// GetOrSpawn is [Pool.Lookup], or [Pool.Spawn] if there is none. A key that is
// being started, stopped, or waits for its restart, is waited for, and so is a child
// that is ending: it is started again, or else its key is free. So who asks again
// after a call that has failed over a crash gets the next life. Of several
// calls for one key only the first starts a child. The process that is returned
// was running; spawned says that this call has started it.
//
// To find a running child it asks no process, and takes no interrupt. The error
// is that of its own start, never that of another one: if what it has waited for
// comes to nothing, it starts the child itself.
func (p *Pool[K, A, M]) GetOrSpawn(ctx context.Context, key K, arg A) (pid proc.Pid[M], spawned bool, err error) {
	if pid, ok := p.Lookup(key); ok {
		return pid, false, nil
	}
	return p.start(ctx, key, arg, true)
}

// start asks for a child. All code of the program's own is called here, and not
// in the supervisor.
func (p *Pool[K, A, M]) start(ctx context.Context, key K, arg A, get bool) (pid proc.Pid[M], spawned bool, err error) {
	life := p.life.Load()
	if life == nil {
		return pid, false, p.neverRan()
	}
	text := keyText(key)
	if _, ok := life.running.hashKey(key); !ok {
		return pid, false, InvalidSpec{Child: text, Field: "key", Problem: "cannot be compared, or is not equal to itself, so that it could not be found again"}
	}
	opts, err := p.options(key, arg, text)
	if err != nil {
		return pid, false, err
	}
	a, err := ask(ctx, Ref{life.id}, func(to proc.ReplyTo[poolStarted[M]]) request {
		return &poolStart[K, A, M]{key: key, arg: arg, text: text, opts: opts, get: get, to: to}
	})
	if err == nil {
		err = a.err
	}
	return a.pid, a.spawned, err
}

func (p *Pool[K, A, M]) neverRan() error {
	return PoolNotRunning{Key: reflect.TypeFor[K]().String(), Message: reflect.TypeFor[M]().String()}
}

// options are the program's own options for a child.
func (p *Pool[K, A, M]) options(key K, arg A, text string) (opts []proc.SpawnOption, err error) {
	if p.spec.Options == nil {
		return nil, nil
	}
	defer func() {
		if value := recover(); value != nil {
			why := proc.ExitPanic{Value: value, Stack: string(debug.Stack())}
			err = StartFailed{Child: text, Err: fmt.Errorf("asking for its options: %w", why)}
		}
	}()
	opts = p.spec.Options(key, arg)
	for i, o := range opts {
		if o == nil {
			return nil, StartFailed{Child: text, Err: InvalidSpec{Child: text, Field: "Options", Problem: fmt.Sprintf("option number %d is nil", i+1)}}
		}
	}
	return opts, nil
}

// keyText is a key as text, whatever its String method does.
func keyText[K comparable](key K) string {
	text, ok := any(key).(string)
	if !ok {
		text = fmt.Sprint(key)
	}
	if text == "" {
		return `""` // the empty path is that of the pool itself
	}
	return text
}

// Lookup finds the running child of a key. It asks no process and never blocks,
// nor does it take an interrupt. A child is found from when it is up until its
// stop or its end begins (see [proc.ID.Accepting]): who has seen its ProcessDown, or
// whose call has failed because it ended, does not find that process any more.
// It costs some 20 ns, on any number of goroutines at a time.
func (p *Pool[K, A, M]) Lookup(key K) (proc.Pid[M], bool) {
	if l := p.life.Load(); l != nil {
		return l.running.lookup(key)
	}
	return proc.Pid[M]{}, false
}

// Via addresses whatever child has the key at each use, in whatever life of the
// pool. While there is none, as between the end of a child and its restart, a
// send is a dead letter, and a call fails at once with an OtherProcessNotRunning.
// To wait for the next one instead, use [Pool.GetOrSpawn].
func (p *Pool[K, A, M]) Via(c proc.Host, key K) proc.Pid[M] {
	return proc.Via(c, func() (proc.Pid[M], bool) { return p.Lookup(key) })
}

// StopChild stops the child of a key and returns when it has ended and the key is
// free, whatever Restart says: nil however it then ended. It ends a start, and the
// wait for a restart. The error is a [NotFound], a [PoolNotRunning], or as for
// the operations of a [Ref].
func (p *Pool[K, A, M]) StopChild(ctx context.Context, key K) error {
	life := p.life.Load()
	if life == nil {
		return p.neverRan()
	}
	text := keyText(key)
	if _, ok := life.running.hashKey(key); !ok {
		return NotFound{Child: text}
	}
	a, err := ask(ctx, Ref{life.id}, func(to proc.ReplyTo[answer]) request { return poolStop[K, A, M]{key, text, to} })
	if err == nil {
		err = a.err
	}
	return err
}

// Len is the number of keys in use: those that wait for their restart are among
// them. It asks no process.
func (p *Pool[K, A, M]) Len() int {
	if l := p.life.Load(); l != nil && l.id.Alive() {
		return int(l.used.Load())
	}
	return 0
}

// All are the running children, in no order; a key that is started anew meanwhile
// may come again, with another process. It asks no process, and
// holds nobody up; a child that starts or ends meanwhile may be among them or not.
func (p *Pool[K, A, M]) All() iter.Seq2[K, proc.Pid[M]] {
	return func(yield func(K, proc.Pid[M]) bool) {
		if l := p.life.Load(); l != nil {
			l.running.all()(yield)
		}
	}
}
