package sup

import (
	"hash/maphash"
	"iter"
	"sync/atomic"

	"github.com/harkgo/hark/pkg/proc"
)

// table finds the running children of a pool by key. Any number of goroutines may
// read it at any time, without a lock; only one, the pool's supervisor, changes it.
//
// It is a hash table with open addressing. What is removed from between leaves a
// grave, so that who searches goes on beyond it. A table that is full of entries
// and graves is copied into a new one; who still reads the old one reads what was
// there when it began.
type table[K comparable, M any] struct {
	seed  maphash.Seed
	slots atomic.Pointer[[]slot[K, M]] // their number is a power of 2, and at least half are empty
	grave *entry[K, M]

	// For the one who changes it.
	entries int
	used    int // slots with an entry or a grave
}

type slot[K comparable, M any] struct{ atomic.Pointer[entry[K, M]] }

// entry is one life of a child, as it can be found.
type entry[K comparable, M any] struct {
	key  K
	hash uint64
	pid  atomic.Pointer[proc.Pid[M]] // nil until there is a process
}

const fewestSlots = 8

func newTable[K comparable, M any]() *table[K, M] {
	t := &table[K, M]{seed: maphash.MakeSeed(), grave: new(entry[K, M])}
	t.resize(fewestSlots)
	return t
}

// hashKey is the hash of a key. ok is false for one that no child can have.
func (t *table[K, M]) hashKey(key K) (hash uint64, ok bool) {
	defer func() {
		if recover() != nil { // an interface that holds what cannot be compared
			ok = false
		}
	}()
	return maphash.Comparable(t.seed, key), key == key // not so for NaN
}

// lookup finds the process of a key, if it can be called.
func (t *table[K, M]) lookup(key K) (proc.Pid[M], bool) {
	if hash, ok := t.hashKey(key); ok {
		if e := t.find(key, hash); e != nil {
			return e.running()
		}
	}
	return proc.Pid[M]{}, false
}

// running is the process of an entry, if it can be called. So nobody finds a process
// whose end somebody else has noticed, by a call that failed or a ProcessDown, before
// the pool's supervisor has.
func (e *entry[K, M]) running() (proc.Pid[M], bool) {
	if pid := e.pid.Load(); pid != nil && pid.Accepting() {
		return *pid, true
	}
	return proc.Pid[M]{}, false
}

// at says that the process of an entry is pid. It may be called by several, on
// different goroutines.
func (e *entry[K, M]) at(pid proc.Pid[M]) {
	if e.pid.Load() == nil {
		kept := pid
		e.pid.Store(&kept)
	}
}

func (t *table[K, M]) find(key K, hash uint64) *entry[K, M] {
	slots := *t.slots.Load()
	last := uint64(len(slots) - 1)
	for i := hash & last; ; i = (i + 1) & last {
		e := slots[i].Load()
		if e == nil {
			return nil
		}
		if e.hash == hash && e.key == key && e != t.grave {
			return e
		}
	}
}

// all are the running ones, each once, in no order. What is added or removed
// meanwhile may be among them or not.
func (t *table[K, M]) all() iter.Seq2[K, proc.Pid[M]] {
	return func(yield func(K, proc.Pid[M]) bool) {
		slots := *t.slots.Load()
		for i := range slots {
			e := slots[i].Load()
			if e == nil || e == t.grave || t.find(e.key, e.hash) != e {
				continue // the last: removed, but not from these slots, which are old
			}
			if pid, ok := e.running(); ok && !yield(e.key, pid) {
				return
			}
		}
	}
}

// ---------------------------------------------------------------- changes

// add adds an entry for a key that has none, without a process yet.
func (t *table[K, M]) add(key K) *entry[K, M] {
	slots := *t.slots.Load()
	if 2*(t.used+1) > len(slots) {
		t.resize(max(fewestSlots, roundUp(4*(t.entries+1))))
		slots = *t.slots.Load()
	}
	hash, _ := t.hashKey(key)
	e := &entry[K, M]{key: key, hash: hash}
	t.put(slots, e)
	t.entries++
	return e
}

func (t *table[K, M]) put(slots []slot[K, M], e *entry[K, M]) {
	last := uint64(len(slots) - 1)
	for i := e.hash & last; ; i = (i + 1) & last {
		there := slots[i].Load()
		if there == nil {
			t.used++
		}
		if there == nil || there == t.grave {
			slots[i].Store(e)
			return
		}
	}
}

// remove removes an entry that is in the table.
func (t *table[K, M]) remove(e *entry[K, M]) {
	slots := *t.slots.Load()
	last := uint64(len(slots) - 1)
	i := e.hash & last
	for slots[i].Load() != e {
		i = (i + 1) & last
	}
	t.entries--
	slots[i].Store(t.grave)
	// Graves with nothing behind them are none.
	for slots[i].Load() == t.grave && slots[(i+1)&last].Load() == nil {
		slots[i].Store(nil)
		t.used--
		i = (i - 1) & last
	}
	if len(slots) > fewestSlots && 32*t.entries < len(slots) {
		t.resize(max(fewestSlots, roundUp(4*t.entries)))
	}
}

// resize copies the entries into n slots.
func (t *table[K, M]) resize(n int) {
	slots := make([]slot[K, M], n)
	old := t.slots.Load()
	t.used = 0
	if old != nil {
		for i := range *old {
			if e := (*old)[i].Load(); e != nil && e != t.grave {
				t.put(slots, e)
			}
		}
	}
	t.slots.Store(&slots)
}

// roundUp is the lowest power of 2 that is not below n.
func roundUp(n int) int {
	power := 1
	for power < n {
		power *= 2
	}
	return power
}
