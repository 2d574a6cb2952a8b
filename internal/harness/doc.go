// Package harness is what tests of packages on top of proc run in: a [World], under
// real goroutines and timers, and again inside a testing/synctest bubble.
//
//	func TestE3_SomePromise(t *testing.T) {
//		harness.Everywhere(t, func(w *harness.World) {
//			s := w.System()
//			a := harness.NewActor(w, s)
//			n := harness.Do(w, a, func(self *proc.Self[harness.Order]) int { return 7 })
//			require.Equal(w, 7, n)
//		})
//	}
//
// When a test is over its systems are stopped, and everything in them must end:
// every process, and every goroutine that the test has begun.
package harness
