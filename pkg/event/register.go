package event

import (
	"maps"
	"slices"
	"sort"

	"github.com/harkgo/hark/pkg/proc"
)

// observer is one that is registered: a process or a queue. All but choose is guarded
// by the lock of the topic.
type observer[E any] struct {
	id      proc.ID   // of a process; zero for a queue
	aliases []proc.ID // of the looked up pids by which it was added, the last first
	born    uint64    // counts up
	gone    bool

	alive func() bool

	// choose is the program's function, nil if there is none. It runs in the
	// publisher, without the lock.
	choose func(E) (any, bool)
	// whole takes an event as it is. boxed is that event too, if boxes is true.
	whole func(e E, boxed any) error
	boxes bool
	// chosen takes what choose has made of one.
	chosen func(m any) error

	waits *backlog[E] // while its replay is being chosen
}

// register is the list of observers. It belongs to the lock of the topic.
//
// Publishers read a part of list without the lock, and are counted as readers. So long
// what is in it is not moved: who is removed leaves a gap there, marked gone.
type register[E any] struct {
	list    []*observer[E] // in the order of born
	byID    map[proc.ID]*observer[E]
	born    uint64
	gaps    int
	readers int
	left    []*observer[E] // removed while there were readers, who may look at their functions
	choosy  int            // how many have a function
	sweepAt int            // the length at which the dead are looked for
}

// maxAliases is how many pids are remembered by which one process was added: one that
// registers again and again by new ones must not take more and more memory.
const maxAliases = 8

// inherit has o, which is to be registered, take over from old, an earlier registration
// of the same process, which is to be removed.
func (r *register[E]) inherit(o, old *observer[E]) {
	if old.waits != nil {
		o.waits, old.waits = old.waits, nil
		o.waits.to = o
	}
	for _, id := range old.aliases {
		if r.byID[id] == old && !slices.Contains(o.aliases, id) && len(o.aliases) < maxAliases {
			o.aliases = append(o.aliases, id)
		}
	}
}

func (r *register[E]) len() int { return len(r.list) - r.gaps }

// add adds o. Those whose end nobody has noticed, because nothing was published, are
// found here, before the next garbage collection: whenever the list has doubled, so that it costs each no more than
// constant time, and there are never many.
func (r *register[E]) add(o *observer[E]) {
	if r.len() >= r.sweepAt {
		r.sweep()
		r.sweepAt = max(16, 2*r.len())
	}
	r.born++
	o.born = r.born
	r.list = append(r.list, o)
	if o.id != (proc.ID{}) {
		if r.byID == nil {
			r.byID = make(map[proc.ID]*observer[E])
		}
		r.byID[o.id] = o
	}
	for _, id := range o.aliases {
		r.byID[id] = o
	}
	if o.choose != nil {
		r.choosy++
	}
}

// remove removes o, and leaves a gap for tidy.
func (r *register[E]) remove(o *observer[E]) {
	if o.gone {
		return
	}
	o.gone = true
	r.gaps++
	if r.byID[o.id] == o {
		delete(r.byID, o.id)
	}
	for _, id := range o.aliases {
		if r.byID[id] == o {
			delete(r.byID, id)
		}
	}
	if o.choose != nil {
		r.choosy--
		if r.readers == 0 {
			o.choose = nil
		} else {
			r.left = append(r.left, o)
		}
	}
	if o.waits != nil {
		*o.waits = backlog[E]{}
	}
	o.alive, o.whole, o.chosen, o.waits = nil, nil, nil, nil
}

// read is told that a reader has finished.
func (r *register[E]) read() {
	if r.readers--; r.readers > 0 {
		return
	}
	for _, o := range r.left {
		o.choose = nil
	}
	r.left = nil
}

// sweep removes those that have ended.
func (r *register[E]) sweep() {
	for _, o := range r.list {
		if !o.gone && !o.alive() {
			r.remove(o)
		}
	}
	r.tidy()
}

// tidy closes the gaps if they are the larger part, and gives back what a crowd that
// has left had needed.
func (r *register[E]) tidy() {
	if r.gaps == 0 || 2*r.gaps <= len(r.list) {
		return
	}
	to := r.list[:0]
	shrinks := cap(to) > 64 && 4*r.len() < cap(to)
	if r.readers > 0 || shrinks {
		to = make([]*observer[E], 0, r.len())
	}
	for _, o := range r.list {
		if !o.gone {
			to = append(to, o)
		}
	}
	if cap(to) == cap(r.list) {
		clear(r.list[len(to):])
	}
	r.list, r.gaps = to, 0
	if shrinks {
		r.byID = maps.Clone(r.byID) // of the size that is needed now
	}
}

// since are those who were born after the given one.
func (r *register[E]) since(born uint64) []*observer[E] {
	i := sort.Search(len(r.list), func(i int) bool { return r.list[i].born > born })
	return r.list[i:len(r.list):len(r.list)]
}

func (r *register[E]) clear() {
	for _, o := range r.list {
		r.remove(o)
	}
	r.list, r.byID, r.gaps = nil, nil, 0
}
