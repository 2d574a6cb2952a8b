package sim

import (
	"reflect"

	"github.com/harkgo/hark/pkg/sel"
)

// mailboxes is which messages in a mailbox have to do with each other. Of two that wait
// there the first is found by a receive that would take either; if there is none such,
// nobody can tell in which order they have come. So each receive makes the types that
// it looks for one class, of its process, and two arrivals of different classes are
// independent, as is an arrival of a receive of another class.
//
// At first each type is a class of its own. That is too many, until the receives have
// been seen: whenever classes become one, what has been explored so far is void. An
// arrival that depends on another one only because of a receive that comes later has
// been called observed,
//
//	Aronis, Jonsson, Lång, Sagonas: Optimal Dynamic Partial Order Reduction with
//	Observers. TACAS 2018.
//
// There it depends on the run; here it is for all runs that anybody observes.
type mailboxes struct {
	of      map[key]*classes
	numbers map[class]int
}

// classes are those of a process, by what it is called in all runs.
type classes struct {
	one    bool                          // all its messages are of one class
	joined map[reflect.Type]reflect.Type // to another type of the same class
}

// class is one in the present run.
type class struct {
	actor int
	named reflect.Type // by one of its types; nil: of all, or of the nil message
}

func newMailboxes() mailboxes {
	return mailboxes{make(map[key]*classes), make(map[class]int)}
}

func (m *mailboxes) classesOf(p *party) *classes {
	c := m.of[p.key]
	if c == nil {
		c = &classes{joined: make(map[reflect.Type]reflect.Type)}
		m.of[p.key] = c
	}
	return c
}

// number is that of the class of a type of messages in the mailbox of p. It is the
// same in all runs that have begun alike.
func (m *mailboxes) number(p *party, of reflect.Type) int {
	k := class{p.id, m.classesOf(p).find(of)}
	n, ok := m.numbers[k]
	if !ok {
		n = len(m.numbers)
		m.numbers[k] = n
	}
	return n
}

func (c *classes) find(of reflect.Type) reflect.Type {
	if c.one {
		return nil
	}
	for {
		next, ok := c.joined[of]
		if !ok {
			return of
		}
		of = next
	}
}

// join makes the types that a receive looks for one class. It reports whether they
// were not.
func (c *classes) join(patterns []sel.Pattern) bool {
	if c.one {
		return false
	}
	types := make([]reflect.Type, 0, 8)
	for _, pattern := range patterns {
		switch pattern.Kind {
		case sel.Nothing:
		case sel.Exactly:
			types = append(types, c.find(pattern.Type.Reflect()))
		default:
			c.one = true
			return true
		}
	}
	changed := false
	for _, of := range types[min(1, len(types)):] {
		if first, of := c.find(types[0]), c.find(of); of != first {
			c.joined[of] = first
			changed = true
		}
	}
	return changed
}

// touchClass notes that the present step puts a message of that type into the mailbox
// of p, or looks for one there.
func (e *explorer) touchClass(p *party, of reflect.Type) {
	e.now.part.add(p.id)
	e.now.classes.add(e.mailboxes.number(p, of))
}

// looks notes that the present step looks for messages in the mailbox of p.
func (e *explorer) looks(p *party, one sel.Pattern, many []sel.Pattern) {
	patterns := many
	if len(many) == 0 {
		patterns = []sel.Pattern{one}
	}
	c := e.mailboxes.classesOf(p)
	if c.join(patterns) {
		e.stale = true
	}
	for _, pattern := range patterns {
		switch {
		case c.one:
			e.touchClass(p, nil)
		case pattern.Kind == sel.Exactly:
			e.touchClass(p, pattern.Type.Reflect())
		}
	}
}
