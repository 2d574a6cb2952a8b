package mailbox

import "github.com/harkgo/hark/pkg/sel"

// Admits reports whether pattern admits messages of type t. It is for senders,
// on behalf of a receiver that is parked; the lock must be held.
func (b *Box) Admits(pattern sel.Pattern, t sel.Type) bool {
	return admits(pattern, t, &b.asked)
}

// admits is Admits for the owner.
func (b *Box) admits(pattern sel.Pattern, t sel.Type) bool {
	if pattern.Kind == sel.Exactly {
		return t == pattern.Type
	}
	return admits(pattern, t, &b.known)
}

func admits(pattern sel.Pattern, t sel.Type, known **memo) bool {
	switch pattern.Kind {
	case sel.Exactly:
		return t == pattern.Type
	case sel.Everything:
		return true
	case sel.Others:
		for _, excluded := range pattern.Excluded() {
			if admits(excluded, t, known) {
				return false
			}
		}
		return true
	case sel.Implements, sel.NilOr:
		if t == (sel.Type{}) {
			return pattern.Kind == sel.NilOr
		}
		if *known == nil {
			*known = new(memo)
		}
		return (*known).implements(t, pattern.Type)
	}
	return false
}

// memo remembers which types implement which interfaces: to find that out
// takes long beside a receive.
type memo struct {
	facts [4]fact // the latest ones
	next  int
	rest  map[[2]sel.Type]bool
}

type fact struct {
	t, by sel.Type
	yes   bool
}

func (m *memo) implements(t, by sel.Type) bool {
	for i := range m.facts {
		if f := &m.facts[i]; f.t == t && f.by == by {
			return f.yes
		}
	}
	yes, known := m.rest[[2]sel.Type{t, by}]
	if !known {
		yes = t.Implements(by)
		if m.rest == nil {
			m.rest = make(map[[2]sel.Type]bool)
		}
		m.rest[[2]sel.Type{t, by}] = yes
	}
	m.facts[m.next] = fact{t, by, yes}
	m.next = (m.next + 1) % len(m.facts)
	return yes
}
