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
//     testing/synctest.
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
