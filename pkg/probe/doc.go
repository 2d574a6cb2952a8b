// Package probe tests processes from outside: a probe is a process that a plain test
// commands, and that tells the test what it is sent.
//
//	func TestKitchen(t *testing.T) {
//		sys := …
//		waiter := probe.New[Dish](t, sys)
//		kitchen := proc.Spawn(sys, cook(waiter.Pid()))
//		probe.Send(waiter, kitchen, Order{"tea"})
//		dish := probe.Expect(waiter, sel.Message[Dish]())
//		require.Equal(t, "tea", dish.Item)
//		kitchen.Shutdown(proc.ExitNormally{})
//		waiter.ExpectDown(kitchen.ID)
//	}
//
// It is a process like others, with a typed pid, a mailbox, links and monitors; so what
// is tested need not know that it talks to a test. What is expected is selected as in
// proc.Receive: all else stays where it is, for later. If something does not come, the
// test fails, and says what had come instead.
//
// # Where
//
// The same test runs in production, with real time; inside a bubble of
// testing/synctest, where a limit costs nothing, and is over exactly when nothing can
// come any more; and in a run of package sim, whose Sim is given for the T.
//
// # Rules
//
// A probe is commanded by one goroutine at a time, and, as it may fail the test, by one
// that may call FailNow: that of the test, or in a simulation any. It ends
// with the test, or before. An interrupt does not end it: it is kept, as messages are,
// until it is expected.
//
// # When not to use it
//
// A test that only calls a process needs no probe: proc.Call, proc.Join and ID.Interrupt
// can be used from any goroutine.
package probe
