package sim

import "reflect"

// Moment says when a fault may happen to a process; see [Fault.When]. The zero Moment
// is any time: before each step of the process, and whenever nobody can go on without
// the time passing.
type Moment struct {
	kind    momentKind
	point   string
	matches func(what any) bool
}

type momentKind uint8

const (
	momentAny   momentKind = iota
	momentStep             // it is about to take a step
	momentIdle             // nobody can go on
	momentSends            // it has just sent something
	momentGets             // something has just arrived
	momentPoint            // it passes a named point
)

// Sends is when a process has just sent a message, a request or a reply that is an M,
// before it goes on. M may be an interface: Sends[any]() is whatever it sends.
func Sends[M any]() Moment { return Moment{kind: momentSends, matches: isA[M]} }

// Gets is when a message, a request, a reply or that of a timer has just arrived that
// is an M, before the process can have looked at it. What TrySend and SendContext put
// into a mailbox is not among them.
func Gets[M any]() Moment { return Moment{kind: momentGets, matches: isA[M]} }

// Passes is when a process comes to the [Sim.Point] with a name.
func Passes(point string) Moment { return Moment{kind: momentPoint, point: point} }

func isA[M any](what any) bool {
	_, is := what.(M)
	return is || what == nil && reflect.TypeFor[M]().Kind() == reflect.Interface
}

// is reports whether a moment of a run is one of m.
func (m Moment) is(kind momentKind, point string, what any) bool {
	switch m.kind {
	case momentAny:
		return kind == momentStep || kind == momentIdle
	case momentPoint:
		return kind == momentPoint && point == m.point
	}
	return kind == m.kind && m.matches(what)
}

// carries reports whether m leaves it open what is under way, or is about that.
func (m Moment) carries(what any) bool { return m.matches == nil || m.matches(what) }
