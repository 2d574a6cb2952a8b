package sim

import (
	"fmt"
	"math/rand/v2"
)

// A schedule is thousands of choices, but most of them mean nothing. What a reader,
// a replay line and shrinking have to do with is only where it is not as usual.

// deviation is a choice that is not the one by default.
type deviation struct {
	choice int // which, of those between at least two options, counted from 0
	option int
	anchor // the same place in another schedule; not in a recipe
}

// anchor is a place in a schedule that does not depend on what others have done
// before.
type anchor struct {
	usual   key // whose step would be the next by default
	nth     int // which step of its own
	instead key // whose is
	kind    Kind
}

// keeping is the strategy of a run that replays another one. By default the thread
// that had the baton last goes on; if it cannot, whatever is the first among threads
// that are ready, then among what is under way, then among timers. Those who are
// late come only when no others can. From all that the run deviates where it is told
// to.
type keeping struct {
	again
	s       *scheduler
	isLater map[key]bool     // those who are late
	loosely map[anchor][]int // the deviations that are not taken yet, if they are loose
	n       int              // how many choices there have been
	steps   map[key]int      // of each actor
	places  map[key][]int    // of each actor, those of its steps in the order
	done    []key            // whose the steps were
	taken   []deviation      // all
	at      []int            // the steps at which
	astray  string           // why what it was told does not fit the run
}

func newKeeping(s *scheduler, what again) *keeping {
	k := &keeping{s: s, again: what, steps: make(map[key]int)}
	if k.loose {
		k.loosely = make(map[anchor][]int)
		for i, d := range k.deviations {
			k.loosely[d.anchor] = append(k.loosely[d.anchor], i)
		}
	}
	if len(k.late) > 0 {
		k.isLater = make(map[key]bool)
		for _, l := range k.late {
			k.isLater[key(l)] = true
		}
	}
	if k.order != nil {
		k.places = make(map[key][]int)
		for i, actor := range k.order {
			k.places[actor] = append(k.places[actor], i)
		}
	}
	return k
}

func (*keeping) String() string        { return "replay" }
func (*keeping) Begin(*rand.Rand, int) {}

func (k *keeping) Choose(options []Step) int {
	usual := k.usual(options)
	i := k.told(options, usual)
	if i >= len(options) {
		k.stray("at choice %d there are %d options, the run took number %d", k.n+1, len(options), i+1)
		i = usual
	}
	if i != usual {
		k.taken = append(k.taken, deviation{k.n, i, k.anchor(options, usual, i)})
		k.at = append(k.at, k.s.steps)
	}
	k.passed(i)
	return i
}

// passed counts a choice, also one at which it is not asked: a run is fair for a while
// when somebody has waited for long.
func (k *keeping) passed(i int) {
	k.n++
	k.stepped(i)
}

// stepped counts a step, also one to which there is no alternative.
func (k *keeping) stepped(i int) {
	actor := k.key(i)
	k.steps[actor]++
	k.done = append(k.done, actor)
}

func (k *keeping) told(options []Step, usual int) int {
	switch {
	case k.choices != nil:
		if k.n < len(k.choices) {
			return k.choices[k.n]
		}
		k.stray("it goes on where the run had ended")
	case k.order != nil:
		return k.inOrder(options, usual)
	case k.loose:
		return k.toldLoosely(options, usual)
	case len(k.deviations) > 0 && k.deviations[0].choice == k.n:
		i := k.deviations[0].option
		k.deviations = k.deviations[1:]
		return i
	}
	return usual
}

// inOrder is the option whose place in the order is the first. Some may have had
// more steps there than here, or fewer.
func (k *keeping) inOrder(options []Step, usual int) int {
	best, first := usual, len(k.order)
	for i := range options {
		actor := k.key(i)
		if places := k.places[actor]; k.steps[actor] < len(places) && places[k.steps[actor]] < first && !k.isLate(i) {
			best, first = i, places[k.steps[actor]]
		}
	}
	return best
}

// toldLoosely looks for a deviation at this place that is possible.
func (k *keeping) toldLoosely(options []Step, usual int) int {
	best, first := usual, anchor{}
	for i := range options {
		if i == usual || k.isLate(i) {
			continue
		}
		a := k.anchor(options, usual, i)
		if at := k.loosely[a]; len(at) > 0 && (best == usual || at[0] < k.loosely[first][0]) {
			best, first = i, a
		}
	}
	if best != usual {
		k.loosely[first] = k.loosely[first][1:]
	}
	return best
}

func (k *keeping) anchor(options []Step, usual, i int) anchor {
	u := k.key(usual)
	return anchor{usual: u, nth: k.steps[u], instead: k.key(i), kind: options[i].Kind}
}

func (k *keeping) usual(options []Step) int {
	first := -1
	for i, o := range options {
		if k.isLate(i) {
			continue
		}
		if o.Kind == GoesOn && o.Actor == k.s.latest {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return max(first, 0)
}

// isLate reports whether an option is for those who are late, or comes from them.
func (k *keeping) isLate(i int) bool {
	if len(k.late) == 0 {
		return false
	}
	s := k.s
	if i < len(s.ready) {
		return k.has(s.ready[i].party)
	}
	if i -= len(s.ready); i < len(s.under) {
		return k.has(s.under[i].from) || k.has(s.under[i].to)
	}
	owner := s.firing[i-len(s.under)].owner
	return owner != nil && k.has(owner)
}

func (k *keeping) has(p *party) bool { return k.isLater[p.key] }

// key is that of the actor of an option.
func (k *keeping) key(i int) key {
	s := k.s
	if i < len(s.ready) {
		return s.ready[i].party.key
	}
	if i -= len(s.ready); i < len(s.under) {
		return s.under[i].key
	}
	return s.firing[i-len(s.under)].key
}

// stray keeps the first reason.
func (k *keeping) stray(format string, args ...any) {
	if k.astray == "" {
		k.astray = fmt.Sprintf(format, args...)
	}
}
