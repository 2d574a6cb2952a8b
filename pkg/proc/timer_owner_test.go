package proc_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
	everywhere(t, func(w *world) {
		for _, ending := range callEndings {
			s := w.system()
			got := make(chan []any, 1)
			other := proc.Spawn(s, func(self *proc.Self[any]) error {
				// the marker comes after the owner's end
				if _, err := proc.Receive(self, sel.Equal("marker")); err != nil {
					return err
				}
				self.Flush()
				wait := 5 * time.Millisecond
				if w.bubble {
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
			ended(w, owner.ID)
			other.Send("marker")
			require.Empty(w.T, value(w, got), "the owner %s", ending.name)
			require.Zero(w.T, callDeadLetters(s))
		}
	})
}

// C6, I5: the timers of a killed process end with it, though its goroutine is
// still there.
func TestC6_TimersEndWithAStuckProcess(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system()
		ticks, release, stuck := make(chan timerTick, 1000), make(chan struct{}), make(chan struct{}, 1)
		other := proc.Spawn(s, timerCollect(ticks))
		owner := proc.Spawn(s, func(self *proc.Self[string]) error {
			proc.SendEvery(self, time.Millisecond, other, timerTick{1})
			stuck <- struct{}{}
			<-release
			return nil
		})
		defer close(release)
		value(w, stuck)
		value(w, ticks)
		owner.Kill()
		ended(w, owner.ID)
		reached := make(chan struct{}, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			other.Send(timerTick{2})
			err := self.Sleep(10 * time.Millisecond)
			reached <- struct{}{}
			return err
		})
		for value(w, ticks).N != 2 { // sent before the kill
		}
		value(w, reached)
		require.Empty(w.T, ticks)
	})
}

var timerName = proc.NewName[timerTick]("timer_owner_test")

// Decided: a timer with a Named or Via pid looks it up each time it fires.
func TestDecided_TimersLookUpWhenTheyFire(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system()
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
				value(w, ticks)
				target.Kill()
				ended(w, target.ID)
			}
			owner.Kill()
			ended(w, owner.ID)
			if !w.bubble {
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
			require.Equal(w.T, timerTick{i}, value(w, ticks))
			target, ok := proc.Whereis(s, timerName)
			require.True(w.T, ok)
			target.Kill()
			ended(w, target.ID)
		}
	})
}

// Decided: find is not asked when the timer is started, only when it fires,
// and not after a cancel.
func TestDecided_ViaIsAskedWhenATimerFires(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system()
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
		require.True(w.T, value(w, cancelled))
		require.True(w.T, value(w, cancelled))
		require.Zero(w.T, asked.Load())
		proc.Spawn(s, func(self *proc.Self[string]) error {
			proc.SendAfter(self, time.Millisecond, pid, timerTick{2})
			return self.Sleep(time.Hour)
		})
		require.Equal(w.T, timerTick{2}, value(w, ticks))
		require.Positive(w.T, asked.Load())
	})
}

// M3: what a timer sends to nobody, to a dead process, or to a full mailbox is a
// dead letter, as if sent by hand. TimerElapsed, sent by the runtime, is none.
func TestC6_TimerToNobodyIsADeadLetter(t *testing.T) {
	everywhere(t, func(w *world) {
		letters := make(chan proc.DeadLetter, 10)
		s := w.system(proc.WithDeadLetters(func(d proc.DeadLetter) { letters <- d }))
		dead := proc.Spawn(s, func(*proc.Self[timerTick]) error { return nil })
		ended(w, dead.ID)
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
			d := value(w, letters)
			require.Equal(w.T, timerTick{i + 1}, d.Message)
			if i < 2 {
				require.Equal(w.T, to.ID, d.To)
			}
			require.NotEmpty(w.T, d.Reason)
			w.eventually("the TimerElapsed has come", func() bool {
				info, _ := owner.Info()
				return info.Mailbox == 1
			})
			owner.Kill()
			ended(w, owner.ID)
		}
		w.settle()
		require.Empty(w.T, letters)
		require.EqualValues(w.T, 4, callDeadLetters(s))
	})
}

// Timers may be set for processes of another system: sends work there.
func TestDecided_TimerToAnotherSystem(t *testing.T) {
	everywhere(t, func(w *world) {
		here, there := w.system(), w.system()
		ticks := make(chan timerTick, 10)
		other := proc.Spawn(there, timerCollect(ticks))
		proc.Spawn(here, func(self *proc.Self[string]) error {
			proc.SendAfter(self, time.Millisecond, other, timerTick{5})
			_, err := self.Receive()
			return err
		})
		require.Equal(w.T, timerTick{5}, value(w, ticks))
	})
}

// A Contramap view is applied to what a timer sends.
func TestC6_TimerThroughContramap(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system()
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
		require.Equal(w.T, timerTick{17}, value(w, ticks))
	})
}
