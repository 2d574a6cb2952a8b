package sup

import (
	"context"
	"iter"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Pool is a supervisor of many children of one kind, started on demand and
// found by key: the OTP simple_one_for_one supervisor, and a broker. A Pool is
// an address that stays good: made once, it runs as a child of a tree, and
// leads to its present life and to the present life of each key. It runs once
// at a time; starting it twice is refused.
type Pool[K comparable, A, M any] struct{}

// PoolSpec describes a [Pool].
type PoolSpec[K comparable, A, M any] struct {
	Body      func(self *proc.Self[M], key K, arg A) error
	BodyReady func(self *proc.Self[M], key K, arg A, ready func()) error // instead of Body: as in WorkerReady
	Within    time.Duration
	Options   func(key K, arg A) []proc.SpawnOption // may be nil

	Restart   Restart
	Stop      Stop
	Intensity int // of the whole pool; 0 means 3, or no limit if PerKey is set
	PerKey    int // restarts allowed of one key within Period; past it that key is given up and free, the pool goes on; 0 means no such limit
	Period    time.Duration
	Backoff   Backoff
	Observe   func(Event)
}

// NewPool makes a pool that does not run yet.
func NewPool[K comparable, A, M any](spec PoolSpec[K, A, M]) *Pool[K, A, M] {
	panic("not implemented")
}

// StartPool is NewPool and its start, as Start does it.
func StartPool[K comparable, A, M any](parent proc.Receiver, spec PoolSpec[K, A, M], opts ...proc.SpawnOption) (*Pool[K, A, M], error) {
	panic("not implemented")
}

// Child is the pool as a child of a supervisor.
func (p *Pool[K, A, M]) Child(id string, opts ...proc.SpawnOption) Child { panic("not implemented") }

// Ref is the supervisor of the pool's present, or last, life. Its StartChild,
// StopChild, RestartChild and DeleteChild are refused.
func (p *Pool[K, A, M]) Ref() Ref { panic("not implemented") }

// Spawn starts the child of a key. A key in use is an AlreadyStarted.
func (p *Pool[K, A, M]) Spawn(ctx context.Context, key K, arg A) (proc.Pid[M], error) {
	panic("not implemented")
}

// GetOrSpawn is Lookup, or Spawn if there is none. A key that is being started
// or waits for its restart is waited for.
func (p *Pool[K, A, M]) GetOrSpawn(ctx context.Context, key K, arg A) (pid proc.Pid[M], spawned bool, err error) {
	panic("not implemented")
}

// Lookup finds the running child of a key. It asks no process and never blocks.
func (p *Pool[K, A, M]) Lookup(key K) (proc.Pid[M], bool) { panic("not implemented") }

// Via addresses whatever child has the key at each use.
func (p *Pool[K, A, M]) Via(c proc.Host, key K) proc.Pid[M] { panic("not implemented") }

// StopChild stops the child of a key and frees the key, whatever Restart says.
func (p *Pool[K, A, M]) StopChild(ctx context.Context, key K) error { panic("not implemented") }

// Len is the number of keys in use.
func (p *Pool[K, A, M]) Len() int { panic("not implemented") }

// All are the running children, in no order.
func (p *Pool[K, A, M]) All() iter.Seq2[K, proc.Pid[M]] { panic("not implemented") }
