package proc_test

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// timerTick is what SendAfter and SendEvery send here.
type timerTick struct{ N int }

// timerKinds start a timer whose messages the process itself receives.
var timerKinds = map[string]func(self *proc.Self[timerTick], d time.Duration) proc.TimerRef{
	"StartTimer": func(self *proc.Self[timerTick], d time.Duration) proc.TimerRef { return proc.StartTimer(self, d) },
	"SendAfter": func(self *proc.Self[timerTick], d time.Duration) proc.TimerRef {
		return proc.SendAfter(self, d, self.Pid(), timerTick{1})
	},
	"SendEvery": func(self *proc.Self[timerTick], d time.Duration) proc.TimerRef {
		return proc.SendEvery(self, d, self.Pid(), timerTick{1})
	},
}

// timerCancelled is what came of a cancelled timer.
type timerCancelled struct {
	cancelled bool
	left      []any
}

// timerCancels runs a process that starts a timer, lets before happen, cancels
// the timer, waits, and passes on what is in its mailbox then.
func timerCancels(w *harness.World, s *proc.System, start func(*proc.Self[timerTick], time.Duration) proc.TimerRef,
	d, wait time.Duration, before func(*proc.Self[timerTick]) error) timerCancelled {
	w.Helper()
	result := make(chan timerCancelled, 1)
	proc.Spawn(s, func(self *proc.Self[timerTick]) error {
		ref := start(self, d)
		if err := before(self); err != nil {
			return err
		}
		cancelled := proc.CancelTimer(self, ref)
		if err := self.Sleep(wait); err != nil {
			return err
		}
		result <- timerCancelled{cancelled, self.Flush()}
		return nil
	})
	return harness.Value(w, result)
}

// C6: cancelling a timer that has not elapsed is true, and nothing is received.
func TestC6_CancelBeforeItElapses(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		d, wait := time.Hour, 5*time.Millisecond
		if w.Bubble {
			wait = 100 * time.Hour
		}
		for kind, start := range timerKinds {
			for name, before := range map[string]func(*proc.Self[timerTick]) error{
				"at once": func(*proc.Self[timerTick]) error { return nil },
				"later":   func(self *proc.Self[timerTick]) error { return self.Sleep(time.Millisecond) },
			} {
				got := timerCancels(w, s, start, d, wait, before)
				require.True(w, got.cancelled, "%s, %s", kind, name)
				require.Empty(w, got.left, "%s, %s", kind, name)
			}
		}
		require.Zero(w, callDeadLetters(s))
	})
}

// C6: cancelling a timer whose message is queued already: true if it is not
// received any more, false if it is; also when it has been set aside.
func TestC6_CancelWhenQueued(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for kind, start := range timerKinds {
			for name, before := range map[string]func(*proc.Self[timerTick]) error{
				"queued": func(self *proc.Self[timerTick]) error { return self.Sleep(3500 * time.Microsecond) },
				"set aside": func(self *proc.Self[timerTick]) error {
					_, err := proc.ReceiveWithin(self, 3500*time.Microsecond, sel.Message[string]())
					if _, ok := err.(proc.TimeoutInterrupt); ok {
						return nil
					}
					return err
				},
				"one set aside, the rest not": func(self *proc.Self[timerTick]) error {
					_, err := proc.ReceiveWithin(self, 1500*time.Microsecond, sel.Message[string]())
					if _, ok := err.(proc.TimeoutInterrupt); ok {
						return self.Sleep(2 * time.Millisecond)
					}
					return err
				},
			} {
				got := timerCancels(w, s, start, time.Millisecond, 5*time.Millisecond, before)
				if got.cancelled {
					require.Empty(w, got.left, "%s, %s: received though cancelled", kind, name)
				} else {
					require.NotEmpty(w, got.left, "%s, %s: neither cancelled nor received", kind, name)
				}
				if w.Bubble {
					require.LessOrEqual(w, len(got.left), 3, "%s, %s: ticks after the cancel", kind, name)
				}
			}
		}
	})
}

// C6: only the messages of the cancelled timer go: another timer's, and other
// messages of the same type, stay in their order.
func TestC6_CancelLeavesTheRest(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		left := make(chan []any, 1)
		refs := make(chan proc.TimerRef, 1)
		proc.Spawn(s, func(self *proc.Self[timerTick]) error {
			me := self.Pid()
			gone := proc.StartTimer(self, time.Millisecond)
			goneToo := proc.SendAfter(self, time.Millisecond, me, timerTick{1})
			for _, n := range []int{2, 3} {
				me.Send(timerTick{n})
			}
			if err := self.Sleep(2 * time.Millisecond); err != nil {
				return err
			}
			kept := proc.StartTimer(self, time.Millisecond)
			if err := self.Sleep(2 * time.Millisecond); err != nil {
				return err
			}
			me.Send(timerTick{4})
			if !proc.CancelTimer(self, gone) {
				_, _ = proc.ReceiveWithin(self, time.Minute, proc.SelectTimer(gone))
			}
			if !proc.CancelTimer(self, goneToo) {
				_, _ = proc.ReceiveWithin(self, time.Minute, sel.Equal(timerTick{1}))
			}
			if _, err := proc.Receive(self, proc.SelectTimer(kept)); err != nil {
				return err
			}
			refs <- kept
			left <- self.Flush()
			return nil
		})
		harness.Value(w, refs)
		require.Equal(w, []any{timerTick{2}, timerTick{3}, timerTick{4}}, harness.Value(w, left))
	})
}

// C6: stress: timers cancelled at the moment they elapse are received if and
// only if the cancel was false.
func TestC6_CancelRacesWithTheTimer(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const rounds = 2000
		s := w.System()
		collected := make(chan int, rounds)
		other := proc.Spawn(s, func(self *proc.Self[timerTick]) error {
			for tick, err := range self.Messages() {
				if err != nil {
					return err
				}
				collected <- tick.N
			}
			return nil
		})
		type outcome struct {
			own, sent []int // the rounds whose cancel was false
			wrong     []string
		}
		done := make(chan outcome, 1)
		proc.Spawn(s, func(self *proc.Self[timerTick]) error {
			var got outcome
			for i := range rounds {
				d := time.Duration(1+self.Rand().IntN(60)) * time.Microsecond
				own := proc.StartTimer(self, d)
				sent := proc.SendAfter(self, d, other, timerTick{i})
				switch i % 3 {
				case 0:
					_ = self.Yield()
				case 1:
					_ = self.Sleep(d)
				}
				if !proc.CancelTimer(self, sent) {
					got.sent = append(got.sent, i)
				}
				received := 0
				if proc.CancelTimer(self, own) {
					received-- // must stay so
				} else {
					got.own = append(got.own, i)
					if _, err := proc.ReceiveWithin(self, time.Minute, proc.SelectTimer(own)); err == nil {
						received--
					}
				}
				if received != -1 {
					got.wrong = append(got.wrong, fmt.Sprintf("round %d: neither cancelled nor received", i))
				}
			}
			_ = self.Sleep(2 * time.Millisecond)
			for _, m := range self.Flush() {
				got.wrong = append(got.wrong, fmt.Sprintf("received though cancelled: %T", m))
			}
			done <- got
			return nil
		})
		got := harness.Value(w, done)
		require.Empty(w, got.wrong)
		w.Eventually("what was not cancelled has come", func() bool { return len(collected) >= len(got.sent) })
		w.Settle()
		var sent []int
		for len(collected) > 0 {
			sent = append(sent, <-collected)
		}
		slices.Sort(sent)
		require.Equal(w, got.sent, sent)
	})
}

// Timers elapse after exactly their time, periodic ones again and again;
// SelectTimer takes only its own.
func TestC6_TimersElapse(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		after := make(chan time.Duration, 10)
		proc.Spawn(s, func(self *proc.Self[timerTick]) error {
			start := time.Now()
			late := proc.StartTimer(self, 30*time.Millisecond)
			early := proc.StartTimer(self, 10*time.Millisecond)
			proc.SendAfter(self, 20*time.Millisecond, self.Pid(), timerTick{1})
			for _, wanted := range []sel.MessageSelector[bool]{
				sel.Map(proc.SelectTimer(late), func(e proc.TimerElapsed) bool { return e.Ref == late }),
				sel.Map(proc.SelectTimer(early), func(e proc.TimerElapsed) bool { return e.Ref == early }),
				sel.Map(sel.Equal(timerTick{1}), func(timerTick) bool { return true }),
			} {
				if ok, err := proc.Receive(self, wanted); err != nil || !ok {
					return io.ErrUnexpectedEOF
				}
				after <- time.Since(start)
			}
			start = time.Now()
			proc.SendEvery(self, 10*time.Millisecond, self.Pid(), timerTick{2})
			for range 3 {
				if _, err := self.Receive(); err != nil {
					return err
				}
				after <- time.Since(start)
			}
			return nil
		})
		for _, want := range []int{30, 30, 30, 10, 20, 30} {
			got := harness.Value(w, after)
			require.GreaterOrEqual(w, got, time.Duration(want)*time.Millisecond)
			if w.Bubble {
				require.Equal(w, time.Duration(want)*time.Millisecond, got)
			}
		}
	})
}

// Decided: SendEvery panics if its period is not positive, as time.NewTicker.
func TestDecided_SendEveryWithoutAPeriodPanics(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, d := range []time.Duration{0, -time.Second} {
			recovered := make(chan any, 2)
			pid := proc.Spawn(s, func(self *proc.Self[timerTick]) error {
				func() {
					defer func() { recovered <- recover() }()
					proc.SendEvery(self, d, self.Pid(), timerTick{1})
				}()
				return nil
			})
			require.NotNil(w, harness.Value(w, recovered))
			require.IsType(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
			pid = proc.Spawn(s, func(self *proc.Self[timerTick]) error {
				proc.SendEvery(self, d, self.Pid(), timerTick{1})
				return nil
			})
			require.IsType(w, proc.ExitPanic{}, harness.Ended(w, pid.ID))
		}
	})
}

// Decided: a bound neither refuses TimerElapsed nor drops it for newer messages.
func TestDecided_TimerElapsedPassesABound(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, overflow := range []proc.Overflow{proc.Reject, proc.DropOldest} {
			s := w.System()
			left, errs := make(chan []any, 1), make(chan error, 1)
			proc.Spawn(s, func(self *proc.Self[timerTick]) error {
				self.Pid().Send(timerTick{1})
				ref := proc.StartTimer(self, time.Millisecond)
				if _, err := proc.ReceiveWithin(self, 5*time.Millisecond, sel.Message[string]()); err == nil {
					return io.ErrUnexpectedEOF
				}
				self.Pid().Send(timerTick{2})
				self.Pid().Send(timerTick{3})
				_, err := proc.ReceiveWithin(self, time.Minute, proc.SelectTimer(ref))
				errs <- err
				left <- self.Flush()
				return nil
			}, proc.Bounded(1, overflow))
			require.NoError(w, harness.Value(w, errs))
			rest := harness.Value(w, left)
			if overflow == proc.Reject {
				require.Equal(w, []any{timerTick{1}}, rest)
			}
			require.EqualValues(w, 3, uint64(len(rest))+callDeadLetters(s), "the timer is not counted as lost")
		}
	})
}
