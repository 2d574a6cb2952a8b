package sim

import "math/rand/v2"

// Strategy decides what happens next, at each step of a run at which there is a
// choice. One of a test's own is asked for one run after the other.
type Strategy interface {
	// String is its name in reports.
	String() string
	// Begin begins a run. All chance is to come from random. Steps is how many
	// choices the longest of the first runs has had; 0: there has been none.
	Begin(random *rand.Rand, steps int)
	// Choose returns the index of one of at least two options.
	Choose(options []Step) int
}

// Step is something that can happen next.
type Step struct {
	// Actor is whose step it is, counted from 0 in the order of appearance. A
	// thread is one, and so are a timer, and all that is under way from one
	// process to another one.
	Actor int
	Kind  Kind
}

// Kind is what kind of step it is.
type Kind uint8

const (
	GoesOn  Kind = iota // a thread goes on to its next step
	Arrives             // what is under way arrives
	Fires               // a timer that is due fires
)

func (k Kind) String() string { return [...]string{"goes on", "arrives", "fires"}[k] }

// Portfolio is what [Check] uses by default, one run after the other: no strategy
// is the best for every kind of mistake. The uniformly random one finds those that
// many schedules show, PCT those that need few, but unlikely, changes of who runs.
func Portfolio() []Strategy {
	return []Strategy{RoundRobin(), Random(), PCT(2), Random(), PCT(3), Random(), PCT(1), Random()}
}
