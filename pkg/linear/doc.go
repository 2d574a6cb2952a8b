// Package linear checks histories of concurrent operations: is there an order of
// them, in which each takes effect between its call and its return, that explains
// what all of them have returned? Such a history is called linearizable. The search
// is that of github.com/anishathalye/porcupine.
//
//	sim.Check(t, func(s *sim.Sim) {
//		var h linear.History[Op, int]
//		… start the service, and clients that use it:
//			h.Do("ada", Op{Write: true, Value: 1}, func() (int, error) { return ask(self, …) })
//		s.Settle()
//		linear.Check(s, register, &h)
//	})
//
// A [History] records operations, in a run of a simulation as among ordinary
// goroutines. A [Model] says what they do when they come one after the other: it is the
// service, written in the simplest possible way.
//
// # Operations that are cut off
//
// Whoever is killed in the middle of an operation, or gets a timeout, or an error
// because the server has crashed, does not know whether it has been done. Such an
// operation is recorded as cut off: it may take effect at any time after its call, or
// never, and any output is right. An error that is a result ("not enough money") is not
// of that kind, and belongs into the type of the outputs; one that says that nothing has
// been done, and never will be, is wrapped with [NotDone].
//
// Each operation that is cut off makes the search longer, for it can be put in at any
// later place: a handful of them is no problem, dozens may be. See [Limit].
//
// # What it does not say
//
// A history that can be explained is no proof: it is about what has been recorded, in
// the order in which that has come. That is what many schedules, or hours of load, are
// for.
//
// This is a module of its own: who uses processes need not depend on the checker.
package linear
