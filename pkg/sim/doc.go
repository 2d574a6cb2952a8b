// Package sim runs tests of processes under many schedules, each of which can be
// repeated exactly.
//
//	func TestTransfer(t *testing.T) {
//		sim.Check(t, func(s *sim.Sim) {
//			sys := s.System()
//			bank := startBank(sys) // processes as in production
//			s.Invariant("total", func() error { return bank.total() })
//			proc.Spawn(sys, bank.transfer(10))
//			proc.Spawn(sys, bank.transfer(20))
//			s.Settle()
//			require.Equal(s, 30, bank.moved())
//		})
//	}
//
// The same code of processes, mailboxes and supervisors runs here and in production;
// only who runs next, when something arrives, what time it is, and what is random is
// decided by the simulator. A test that fails prints a line that repeats its run:
//
//	seed 0x9c1e, strategy pct(3), step 417: total: want 100, got 90
//	replay: go test -run '^TestTransfer$' -sim.replay=…
//
// # A report
//
// Before a failure is reported, its run is made smaller, as long as it fails in the
// same way: faults are left out, and the schedule comes as near as it can to that by
// default, in which whoever runs goes on until it waits. What is different is a switch.
//
//	shrunk to 5 switches, 32 steps; from 194 switches, 220 steps, in 70 runs
//
// The line that repeats is that of the smaller run. With -sim.noshrink the run is
// reported as it was found.
//
// Then comes what has led to the failure, and only that, with a lane for each that took
// part and a row for each event:
//
//	step         at  the test      !1 server     !2 client
//	   6         0s  |             |<............o               question{!2} is sent
//	  17*        0s  |             |<------------|               question{!2} arrives, wakes it
//	  19         0s  |             =             |               sleeps
//	  31         1s  |             |             X               FAILS: the server has ended
//
// A star is a switch. What is left out has neither sent something that came to those
// who are shown, nor begun them, nor does the failure need it. What passes through shared memory is
// not seen by itself: with -sim.trace, and in a repeated run, all events are shown.
//
// # Words
//
//   - A thread is a goroutine that runs only while it has the baton: the body of the
//     test, a process, a task, a timer that fires, what [Sim.Go] has started. There is
//     one baton, so one of them runs at a time.
//   - A step is what happens between two choices: a thread goes on to the next place
//     where others may run, something that was sent arrives, a timer that is due
//     fires. Such places are each send, signal, reply and end, each spawn, link,
//     monitor, cancel, kill and registration, and each wait.
//   - A schedule is the choices of one run. A [Strategy] takes them; a [Portfolio] of
//     strategies takes turns.
//   - A run is one execution of the body of a test, with a seed and a schedule.
//   - Under way is what has been sent and has not arrived. What one process does to
//     another one arrives in its order, and all of it before its end does; nothing else
//     is promised. With [Instant] all arrives at once.
//   - Time is virtual. It stands still as long as anybody can go on, and then jumps to
//     when something is due. That of package time is the same: a run is in a bubble of
//     testing/synctest. With [Sim.EarlyTimers] it may go on before.
//
// # Faults
//
// Most mistakes in a service show only when something goes wrong at the wrong moment.
// [Sim.Fault] says what may go wrong in a test:
//
//	s.Fault(sim.Kill(sim.Titled("worker *")), sim.Drop(sim.Between(sim.Titled("client"), sim.Titled("server"))))
//
// In some of the runs it then does, at moments of chance, or at those that are named
// by [Fault.When]. To processes there happen [Kill], [Crash], [FailStart], [Interrupt],
// [Shutdown] and [Pause]; to bounded mailboxes [Full]; to what is under way [Delay],
// and, where the test declares a [Boundary], [Drop] and [Duplicate]. Nothing gets lost
// between the processes of one program, so nothing does here unless a test says that
// something lies between them.
//
// A fault does not need the code under test to know of it. Where the moment is to be
// more exact than "when it sends a Deposit", the body of a process of the test's own
// can call [Sim.Point]. Supervisors, and the body of the test, are not hit unless they
// are chosen.
//
// # What it cannot decide
//
// A thread that blocks in a channel, a WaitGroup or time.Sleep gives the baton away,
// and is said to be outside of the scheduler until it does something with a process
// again; so is a goroutine that a test has started with a go statement. Between two
// steps of theirs such threads run beside others. A test in which that matters is not
// deterministic: that is found by repeating some of the runs, and reported with the
// first step that differs. Waiting for a lock that another thread holds while it is
// in an operation of a process is not noticed by the bubble: after 20 s without a step
// the program ends, and says which thread it is.
//
// What a run uses it must make: a channel, a context or a timer of an earlier run, and
// so t.Context, belong to another bubble.
//
// # When not to use it
//
// It says nothing about speed, and memory that is shared without a lock is the race
// detector's business: one thread at a time has no data races.
package sim
