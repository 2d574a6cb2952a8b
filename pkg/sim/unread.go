package sim

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/harkgo/hark/internal/seam"
)

// AllReceived makes a run fail if, once its body has returned and nobody can go on
// without the time passing, there are messages that nobody has received: some are
// still in a mailbox, others have become dead letters. The messages that may be left
// over are those of the types of values.
//
// Unless a test asks for it this is only told in the report of a run that fails. A
// service that is stopped has messages in its mailbox, and nothing is wrong with it:
// what nobody answers for are casts, events, and ticks that come too late.
//
// What the runtime itself sends, such as a ProcessDown, may always be left over. The
// faults end before; what [Drop] has lost is not missed, but the second one of
// [Duplicate] is.
func AllReceived(but ...any) Option {
	return func(c *check) {
		c.received = &allReceived{but: make(map[reflect.Type]bool)}
		for _, value := range but {
			c.received.but[reflect.TypeOf(value)] = true
		}
	}
}

type allReceived struct{ but map[reflect.Type]bool }

// unread is a kind of messages that nobody has received.
type unread struct {
	to        *party // nil: nobody
	of        reflect.Type
	where     string // "": in the mailbox
	byRuntime bool
}

// Lost is told of each dead letter.
func (s *scheduler) Lost(to *seam.Waiter, message any, why string) {
	u := unread{of: typeOf(message), where: why}
	if to != nil {
		u.to = s.partyOf(to)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		s.lost = make(map[unread]int)
	}
	s.lost[u]++
}

// unreceived is what nobody has received so far. Nobody runs meanwhile.
func (s *scheduler) unreceived() map[unread]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := maps.Clone(s.lost)
	if all == nil {
		all = make(map[unread]int)
	}
	for _, p := range s.parties {
		if p.who == nil {
			continue
		}
		p.who.Unread(func(of reflect.Type, n int, byRuntime bool) {
			all[unread{to: p, of: of, byRuntime: byRuntime}] += n
		})
	}
	for _, p := range s.pairs { // also what a fault holds up
		for _, f := range p.queue {
			if f.kind == seam.Message {
				all[unread{to: p.to, of: typeOf(f.what), where: "under way from " + p.from.String()}]++
			}
		}
	}
	return all
}

// requireReceived makes the run fail if something is left over.
func (s *Sim) requireReceived(r *allReceived) {
	s.s.enter()
	s.s.endFaults() // what one holds up may still come
	s.Settle()
	left := s.s.unreceived()
	maps.DeleteFunc(left, func(u unread, _ int) bool { return u.byRuntime || r.but[u.of] })
	if len(left) > 0 {
		kinds := make(map[unread]int)
		for u := range left {
			kinds[unread{to: u.to, of: u.of}] = 1
		}
		s.s.failLike(failureUnread, linesOf(kinds), "messages that nobody has received:%s", linesOf(left))
	}
}

// shownKinds is how many lines there are at most.
const shownKinds = 40

// linesOf has a line for each kind of messages, by receiver and type.
func linesOf(all map[unread]int) string {
	kinds := slices.SortedFunc(maps.Keys(all), func(a, b unread) int {
		return cmp.Or(cmp.Compare(a.to.number(), b.to.number()), cmp.Compare(nameOf(a.of), nameOf(b.of)), cmp.Compare(a.where, b.where))
	})
	var b strings.Builder
	for i, u := range kinds {
		if i == shownKinds {
			fmt.Fprintf(&b, "\n    and %d kinds more", len(kinds)-i)
			break
		}
		to, where := "nobody", "in its mailbox"
		if u.to != nil {
			to = u.to.String()
		}
		if u.where != "" {
			where = u.where
		}
		fmt.Fprintf(&b, "\n    %s: %d %s, %s", to, all[u], nameOf(u.of), where)
	}
	return b.String()
}

// number is that of the party; -1 if it is nobody.
func (p *party) number() int {
	if p == nil {
		return -1
	}
	return p.id
}

func nameOf(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	return t.String()
}
