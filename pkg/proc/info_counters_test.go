package proc_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// Counters tells exactly how many processes were spawned, have ended, and have
// crashed: ended with severity Crash.
func TestDecided_CountersOfEndings(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		require.Zero(w, s.Counters().Spawned+s.Counters().Ended+s.Counters().Crashed)
		require.Zero(w, callDeadLetters(s))
		spawned, crashed := uint64(0), uint64(0)
		for range 10 {
			for _, ending := range callEndings {
				pid := proc.Spawn(s, ending.end)
				spawned++
				if harness.Ended(w, pid.ID).Severity() == proc.Crash {
					crashed++
				}
			}
		}
		require.Positive(w, crashed)
		require.Less(w, crashed, spawned)
		proc.Spawn(s, systemIdle)
		w.Eventually("all ends are counted", func() bool { return s.Counters().Ended >= spawned })
		c := s.Counters()
		require.Equal(w, spawned+1, c.Spawned)
		require.Equal(w, spawned, c.Ended)
		require.Equal(w, crashed, c.Crashed)
	})
}

// Decided: dead letters are counted by reason, whether there is a hook or not;
// what Counters returns is the caller's own.
func TestDecided_CountersOfDeadLetters(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, hook := range []bool{true, false} {
			seen := map[string]uint64{}
			var opts []proc.Option
			if hook { // all sends are the test's, so it runs in the test
				opts = append(opts, proc.WithDeadLetters(func(d proc.DeadLetter) { seen[d.Reason]++ }))
			}
			s := w.System(opts...)
			dead := proc.Spawn(s, func(*proc.Self[string]) error { return io.EOF })
			harness.Ended(w, dead.ID)
			full := proc.Spawn(s, func(self *proc.Self[string]) error { return self.Sleep(1000 * time.Hour) }, proc.Bounded(1, proc.Reject))
			for range 3 {
				dead.Send("nobody there")
			}
			for range 5 {
				full.Send("one fits")
			}
			w.Arrive()
			counted := s.Counters().DeadLetters
			require.EqualValues(w, 7, callDeadLetters(s))
			if hook {
				require.Equal(w, seen, counted)
			}
			for reason := range counted {
				counted[reason] = 1000
			}
			require.EqualValues(w, 7, callDeadLetters(s))
			require.Len(w, s.Counters().DeadLetters, 2, "two reasons")
		}
	})
}

// The counters, Info and Processes may be read at any time, by anyone, while
// processes work; what they say then is right once all is quiet.
func TestS6_ReadWhileProcessesWork(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const rounds = 500
		s := w.System()
		sink := proc.Spawn(s, func(self *proc.Self[any]) error {
			for {
				if _, err := self.Receive(); err != nil {
					return err
				}
			}
		}, proc.Titled("sink"))
		done := make(chan struct{}, 4)
		for range 4 {
			proc.Spawn(s, func(self *proc.Self[string]) error {
				defer func() { done <- struct{}{} }()
				for i := range rounds {
					self.SetDetails("round")
					sink.Send(i)
					sink.Send("text")
					id := proc.Spawn(self, func(*proc.Self[string]) error { return nil }).ID
					self.AwaitEnd(id, -1)
				}
				return nil
			})
		}
		for finished := 0; finished < 4; {
			select {
			case <-done:
				finished++
			default:
			}
			for info := range s.Processes() {
				sum := 0
				for _, n := range info.ByType {
					sum += n
				}
				require.Equal(w, info.Mailbox, sum, "they are counted together")
			}
			_, _ = sink.Info()
			_ = s.Counters()
			if w.Bubble {
				harness.Value(w, time.After(1)) // lets the processes go on
			}
		}
		w.Eventually("all have ended", func() bool { return s.Counters().Ended == 4*rounds+4 })
		w.Settle()
		require.Zero(w, infoOf(w, sink.ID).Mailbox)
		require.EqualValues(w, 4*rounds+5, s.Counters().Spawned)
		require.EqualValues(w, 4*rounds+4, s.Counters().Ended)
		require.Zero(w, s.Counters().Crashed)
	})
}

// Now is the clock of the system.
func TestS6_Now(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		times := make(chan time.Time, 2)
		before := time.Now()
		proc.Spawn(s, func(self *proc.Self[string]) error {
			times <- self.System().Now()
			err := self.Sleep(2 * time.Millisecond)
			times <- self.System().Now()
			return err
		})
		first, second := harness.Value(w, times), harness.Value(w, times)
		require.False(w, first.Before(before))
		require.GreaterOrEqual(w, second.Sub(first), 2*time.Millisecond)
		if w.Bubble {
			require.Zero(w, first.Sub(before))
			require.Equal(w, 2*time.Millisecond, second.Sub(first))
		}
	})
}
