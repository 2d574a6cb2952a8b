package proc_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// timerCollect is a process that passes on the ticks it gets.
func timerCollect(ticks chan<- timerTick) func(*proc.Self[timerTick]) error {
	return func(self *proc.Self[timerTick]) error {
		for tick, err := range self.Messages() {
			if err != nil {
				return err
			}
			ticks <- tick
		}
		return nil
	}
}

// C6: a process's timers end with it, however it ends: nothing of them comes
// after its end has been seen.
func TestC6_TimersEndWithTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, ending := range callEndings {
			s := w.System()
			got := make(chan []any, 1)
			other := proc.Spawn(s, func(self *proc.Self[any]) error {
				// the marker comes after the owner's end
				if _, err := proc.Receive(self, sel.Equal("marker")); err != nil {
					return err
				}
				self.Flush()
				wait := 5 * time.Millisecond
				if w.Bubble {
					wait = 100 * time.Hour
				}
				if err := self.Sleep(wait); err != nil {
					return err
				}
				got <- self.Flush()
				return nil
			})
			owner := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
				for i := range 20 {
					proc.SendEvery(self, time.Duration(100+i)*time.Microsecond, other, any(timerTick{i}))
					proc.SendAfter(self, time.Duration(900+10*i)*time.Microsecond, other, any(timerTick{-i}))
				}
				proc.SendAfter(self, time.Hour, other, any(timerTick{100}))
				proc.StartTimer(self, time.Millisecond)
				if err := self.Sleep(time.Millisecond); err != nil {
					return err
				}
				return ending.end(self)
			})
			harness.Ended(w, owner.ID)
			other.Send("marker")
			require.Empty(w, harness.Value(w, got), "the owner %s", ending.name)
			require.Zero(w, callDeadLetters(s))
		}
	})
}

// C6, I5: the timers of a killed process end with it, though its goroutine is
// still there.
func TestC6_TimersEndWithAStuckProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ticks, release, stuck := make(chan timerTick, 1000), make(chan struct{}), make(chan struct{}, 1)
		other := proc.Spawn(s, timerCollect(ticks))
		owner := proc.Spawn(s, func(self *proc.Self[string]) error {
			proc.SendEvery(self, time.Millisecond, other, timerTick{1})
			stuck <- struct{}{}
			<-release
			return nil
		})
		defer close(release)
		harness.Value(w, stuck)
		harness.Value(w, ticks)
		owner.Kill()
		harness.Ended(w, owner.ID)
		reached := make(chan struct{}, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			other.Send(timerTick{2})
			err := self.Sleep(10 * time.Millisecond)
			reached <- struct{}{}
			return err
		})
		for harness.Value(w, ticks).N != 2 { // sent before the kill
		}
		harness.Value(w, reached)
		require.Empty(w, ticks)
	})
}

var timerName = proc.NewName[timerTick]("timer_owner_test")

// Decided: a timer with a Named or Via pid looks it up each time it fires.
func TestDecided_TimersLookUpWhenTheyFire(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for i, pid := range []proc.Pid[timerTick]{
			proc.Named(s, timerName),
			proc.Via(s, func() (proc.Pid[timerTick], bool) { return proc.Whereis(s, timerName) }),
		} {
			owner := proc.Spawn(s, func(self *proc.Self[string]) error {
				proc.SendEvery(self, time.Millisecond, pid, timerTick{1})
				_, err := self.Receive()
				return err
			})
			for range 3 { // a restart gives the name to a new process
				ticks := make(chan timerTick, 100_000)
				target := proc.Spawn(s, timerCollect(ticks), proc.Registered(timerName))
				harness.Value(w, ticks)
				target.Kill()
				harness.Ended(w, target.ID)
			}
			owner.Kill()
			harness.Ended(w, owner.ID)
			if !w.Bubble {
				continue
			}
			ticks := make(chan timerTick, 2)
			proc.Spawn(s, func(self *proc.Self[string]) error {
				proc.SendAfter(self, time.Hour, pid, timerTick{i}) // nobody there yet
				if err := self.Sleep(59 * time.Minute); err != nil {
					return err
				}
				proc.Spawn(self, timerCollect(ticks), proc.Registered(timerName), proc.Owned())
				return self.Sleep(2 * time.Hour)
			})
			require.Equal(w, timerTick{i}, harness.Value(w, ticks))
			target, ok := proc.Whereis(s, timerName)
			require.True(w, ok)
			target.Kill()
			harness.Ended(w, target.ID)
		}
	})
}

// Decided: find is not asked when the timer is started, only when it fires,
// and not after a cancel.
func TestDecided_ViaIsAskedWhenATimerFires(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ticks := make(chan timerTick, 100)
		target := proc.Spawn(s, timerCollect(ticks))
		var asked atomic.Int32
		pid := proc.Via(s, func() (proc.Pid[timerTick], bool) { asked.Add(1); return target, true })
		cancelled := make(chan bool, 2)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			after := proc.SendAfter(self, time.Hour, pid, timerTick{1})
			every := proc.SendEvery(self, time.Hour, pid, timerTick{1})
			cancelled <- proc.CancelTimer(self, after)
			cancelled <- proc.CancelTimer(self, every)
			return nil
		})
		require.True(w, harness.Value(w, cancelled))
		require.True(w, harness.Value(w, cancelled))
		require.Zero(w, asked.Load())
		proc.Spawn(s, func(self *proc.Self[string]) error {
			proc.SendAfter(self, time.Millisecond, pid, timerTick{2})
			return self.Sleep(time.Hour)
		})
		require.Equal(w, timerTick{2}, harness.Value(w, ticks))
		require.Positive(w, asked.Load())
	})
}

// M3: what a timer sends to nobody, to a dead process, or to a full mailbox is a
// dead letter, as if sent by hand. TimerElapsed, sent by the runtime, is none.
func TestC6_TimerToNobodyIsADeadLetter(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		letters := make(chan proc.DeadLetter, 10)
		s := w.System(proc.WithDeadLetters(func(d proc.DeadLetter) { letters <- d }))
		dead := proc.Spawn(s, func(*proc.Self[timerTick]) error { return nil })
		harness.Ended(w, dead.ID)
		full := proc.Spawn(s, func(self *proc.Self[timerTick]) error {
			_, err := proc.Receive(self, sel.None[string]())
			return err
		}, proc.Bounded(1, proc.Reject))
		full.Send(timerTick{0})
		for i, to := range []proc.Pid[timerTick]{
			dead, full, proc.Named(s, timerName),
			proc.Via(s, func() (proc.Pid[timerTick], bool) { return proc.Pid[timerTick]{}, false }),
		} {
			owner := proc.Spawn(s, func(self *proc.Self[timerTick]) error {
				proc.SendAfter(self, time.Millisecond, to, timerTick{i + 1})
				proc.StartTimer(self, time.Millisecond)
				_, err := self.Receive()
				return err
			})
			d := harness.Value(w, letters)
			require.Equal(w, timerTick{i + 1}, d.Message)
			if i < 2 {
				require.Equal(w, to.ID, d.To)
			}
			require.NotEmpty(w, d.Reason)
			w.Eventually("the TimerElapsed has come", func() bool {
				info, _ := owner.Info()
				return info.Mailbox == 1
			})
			owner.Kill()
			harness.Ended(w, owner.ID)
		}
		w.Settle()
		require.Empty(w, letters)
		require.EqualValues(w, 4, callDeadLetters(s))
	})
}

// Timers may be set for processes of another system: sends work there.
func TestDecided_TimerToAnotherSystem(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		here, there := w.System(), w.System()
		ticks := make(chan timerTick, 10)
		other := proc.Spawn(there, timerCollect(ticks))
		proc.Spawn(here, func(self *proc.Self[string]) error {
			proc.SendAfter(self, time.Millisecond, other, timerTick{5})
			_, err := self.Receive()
			return err
		})
		require.Equal(w, timerTick{5}, harness.Value(w, ticks))
	})
}

// A Contramap view is applied to what a timer sends.
func TestC6_TimerThroughContramap(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ticks := make(chan timerTick, 10)
		view := proc.Contramap(proc.Spawn(s, timerCollect(ticks)), func(text string) timerTick {
			var n int
			_, _ = fmt.Sscan(text, &n)
			return timerTick{n}
		})
		proc.Spawn(s, func(self *proc.Self[string]) error {
			proc.SendAfter(self, time.Millisecond, view, "17")
			_, err := self.Receive()
			return err
		})
		require.Equal(w, timerTick{17}, harness.Value(w, ticks))
	})
}
