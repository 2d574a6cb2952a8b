package harness

import "github.com/harkgo/hark/pkg/proc"

// Order is what a test has an actor do, on the actor's own goroutine. If it
// returns an End, the body of the actor ends with that.
type Order func(self *proc.Self[Order]) *End

// End is the end of an actor's body.
type End struct{ Err error }

// Actor is a process that does what a test orders, one order after the other. An
// interrupt ends it.
type Actor = proc.Pid[Order]

// NewActor spawns an actor.
func NewActor(w *World, host proc.Host, opts ...proc.SpawnOption) Actor {
	w.Helper()
	return proc.Spawn(host, func(self *proc.Self[Order]) error {
		for order, err := range self.Messages() {
			if err != nil {
				return err
			}
			if end := order(self); end != nil {
				return end.Err
			}
		}
		return nil
	}, opts...)
}

// Do has an actor run f, and returns what that returns.
func Do[T any](w *World, a Actor, f func(self *proc.Self[Order]) T) T {
	w.Helper()
	return Value(w, Begin(a, f))
}

// Begin has an actor run f, and passes on what that returns.
func Begin[T any](a Actor, f func(self *proc.Self[Order]) T) <-chan T {
	got := make(chan T, 1)
	a.Send(func(self *proc.Self[Order]) *End { got <- f(self); return nil })
	return got
}

// Leave has the body of an actor return err.
func Leave(a Actor, err error) {
	a.Send(func(*proc.Self[Order]) *End { return &End{err} })
}
