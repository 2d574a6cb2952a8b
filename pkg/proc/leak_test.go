package proc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// leakMeasure is what is in use: bytes on the heap and goroutines.
type leakMeasure struct {
	heap       int64
	goroutines int
}

func leakNow() leakMeasure {
	return leakMeasure{heap: harness.Heap(), goroutines: harness.Goroutines()}
}

// leakNothing holds that use has not grown since before by what a hundred
// thousand of anything would take, at 60 bytes each: the room that Go keeps for as many
// timers is less.
func leakNothing(w *harness.World, before leakMeasure) {
	w.Helper()
	if w.Sim != nil {
		return // its trace knows everything that there has been
	}
	after := leakNow()
	// A bubble lets go of stopped timers only when it has run.
	if !w.Bubble {
		require.Less(w, after.heap-before.heap, int64(6<<20), "bytes kept")
	}
	w.Eventually("no goroutine is left", func() bool { return harness.Goroutines() <= before.goroutines })
}

// leakLate is a server that answers each request when the same client's next
// one comes, which is after that one was given up. A request is N = client.
func leakLate(self *proc.Self[callAsk]) error {
	last := map[int]callAsk{}
	for ask, err := range self.Messages() {
		if err != nil {
			return err
		}
		if before, ok := last[ask.N]; ok {
			before.Reply.Reply(1)
		}
		last[ask.N] = ask
	}
	return nil
}

// D13: a hundred thousand timed-out calls leave no reply in a mailbox, no
// goroutine, no timer, no monitor, no memory.
func TestD13_TimedOutCallsLeaveNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const clients = 100
		calls := w.Sized(1000, 1000, 5)
		s := w.System()
		server := proc.Spawn(s, leakLate)
		start, done := make(chan struct{}), make(chan int, clients)
		var pids []proc.Pid[string]
		for client := range clients {
			pids = append(pids, proc.Spawn(s, func(self *proc.Self[string]) error {
				<-start
				timedOut := 0
				for range calls {
					r := callMake(self, time.Microsecond, server, client)
					if _, ok := r.err.(proc.TimeoutInterrupt); ok {
						timedOut++
					}
				}
				done <- timedOut
				_, err := self.Receive()
				return err
			}))
		}
		before := leakNow()
		close(start)
		total := 0
		for range clients {
			total += harness.Value(w, done)
		}
		require.Equal(w, clients*calls, total)
		w.Settle()
		for _, pid := range append(pids, proc.Pid[string]{ID: server.ID}) {
			info, ok := pid.Info()
			require.True(w, ok)
			require.Zero(w, info.Mailbox)
			require.Zero(w, info.Monitors)
		}
		leakNothing(w, before)
		require.Zero(w, callDeadLetters(s))
	})
}

// D13: the same with calls whose ctx is cancelled, from outside, with limits of
// an hour that never elapse.
func TestD13_CancelledCallsLeaveNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		calls := w.Sized(20_000, 20_000, 100)
		s := w.System()
		server := proc.Spawn(s, leakLate)
		w.Settle()
		before := leakNow()
		for i := range calls {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := proc.CallWithin(ctx, time.Hour, server, func(r proc.ReplyTo[int]) callAsk {
				cancel() // the call has begun
				return callAsk{Reply: r}
			})
			if i%1000 == 0 {
				require.ErrorIs(w, err, context.Canceled)
			}
		}
		w.Settle()
		info, _ := server.Info()
		require.Zero(w, info.Mailbox)
		leakNothing(w, before)
	})
}

// D13: calls that were answered leave their limits nowhere.
func TestD13_AnsweredCallsLeaveNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		calls := w.Sized(100_000, 100_000, 500)
		s := w.System()
		server := proc.Spawn(s, callDouble)
		start, done := make(chan struct{}), make(chan error, 1)
		client := proc.Spawn(s, func(self *proc.Self[string]) error {
			<-start
			var err error
			for i := 0; i < calls && err == nil; i++ {
				err = callMake(self, time.Hour, server, i).err
			}
			done <- err
			_, err = self.Receive()
			return err
		})
		before := leakNow()
		close(start)
		require.NoError(w, harness.Value(w, done))
		w.Settle()
		info, _ := client.Info()
		require.Zero(w, info.Mailbox)
		leakNothing(w, before)
	})
}

// D13: a hundred thousand cancelled one-hour timers leave nothing either, be
// they cancelled one by one or all together at the end.
func TestD13_CancelledTimersLeaveNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		timers := w.Sized(100_000, 100_000, 1000)
		s := w.System()
		for _, together := range []bool{false, true} {
			start, done := make(chan struct{}), make(chan int, 1)
			pid := proc.Spawn(s, func(self *proc.Self[timerTick]) error {
				<-start
				cancelled := 0
				var refs []proc.TimerRef
				cancel := func() {
					for _, ref := range refs {
						if proc.CancelTimer(self, ref) {
							cancelled++
						}
					}
					refs = refs[:0]
				}
				for i := range timers {
					var ref proc.TimerRef
					switch i % 3 {
					case 0:
						ref = proc.StartTimer(self, time.Hour)
					case 1:
						ref = proc.SendAfter(self, time.Hour, self.Pid(), timerTick{i})
					case 2:
						ref = proc.SendEvery(self, time.Hour, self.Pid(), timerTick{i})
					}
					refs = append(refs, ref)
					if !together {
						cancel()
					}
				}
				cancel()
				refs = nil
				done <- cancelled
				_, err := self.Receive()
				return err
			})
			before := leakNow()
			close(start)
			require.Equal(w, timers, harness.Value(w, done))
			w.Settle()
			info, _ := pid.Info()
			require.Zero(w, info.Mailbox)
			leakNothing(w, before)
			pid.Kill()
			harness.Ended(w, pid.ID)
		}
		require.Zero(w, callDeadLetters(s))
	})
}

// D13, C6: nor do the timers of processes that end without cancelling them.
func TestD13_TimersOfEndedProcessesLeaveNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const owners = 100
		timers := w.Sized(1000, 1000, 10)
		s := w.System()
		other := proc.Spawn(s, timerCollect(make(chan timerTick)))
		before := leakNow()
		for i := range owners {
			pid := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
				for n := range timers {
					proc.SendAfter(self, time.Hour, other, timerTick{n})
				}
				return callEndings[i%len(callEndings)].end(self)
			})
			harness.Ended(w, pid.ID)
		}
		w.Settle()
		leakNothing(w, before)
		info, _ := other.Info()
		require.Zero(w, info.Mailbox)
	})
}
