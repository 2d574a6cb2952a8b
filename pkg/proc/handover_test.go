package proc_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// An interrupt that comes while a receive looks at the first of several
// messages leaves all of them in their order (R1, M2).
func TestR1_InterruptDuringReceiveKeepsOrder(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		got := make(chan []int, 1)
		pid := proc.Spawn(w.System(), func(self *proc.Self[int]) error {
			for i := 1; i <= 3; i++ {
				self.Pid().Send(i)
			}
			_, err := proc.Receive(self, sel.Message[int]().Where(func(int) bool {
				self.ID().Interrupt(proc.InterruptedBy{Value: "now"})
				return false
			}))
			if err == nil {
				return errors.New("no interrupt")
			}
			var order []int
			for range 3 {
				n, err := proc.ReceiveWithin(self, 0, sel.Message[int]())
				if err != nil {
					break
				}
				order = append(order, n)
			}
			got <- order
			return nil
		})
		require.Equal(w, []int{1, 2, 3}, harness.Value(w, got))
		harness.Ended(w, pid.ID)
	})
}

// A message of a waiting SendContext that gets in because somebody else's timer
// is cancelled wakes the receiver that waits for it.
func TestC6_CancelTimerLetsWaitingSenderIn(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan string, 1)
		to := proc.Spawn(s, func(self *proc.Self[any]) error {
			m, err := proc.Receive(self, sel.Message[string]())
			got <- m
			return err
		}, proc.Bounded(1, proc.Reject))
		cancel, cancelled := make(chan struct{}), make(chan bool, 1)
		proc.Spawn(s, func(self *proc.Self[int]) error {
			ref := proc.SendAfter(self, 0, to, any(7))
			<-cancel
			cancelled <- proc.CancelTimer(self, ref)
			return nil
		})
		w.Eventually("the tick is there", func() bool {
			info, _ := to.Info()
			return info.Mailbox == 1
		})
		sent := make(chan error, 1)
		sender := proc.Spawn(s, func(self *proc.Self[int]) error {
			sent <- to.SendContext(self, "in")
			return nil
		})
		w.Eventually("the sender waits", func() bool {
			info, _ := sender.Info()
			return info.State == proc.Calling
		})
		close(cancel)
		require.True(w, harness.Value(w, cancelled))
		require.NoError(w, harness.Value(w, sent))
		w.Eventually("the receiver has it", func() bool { return len(got) == 1 })
		require.Equal(w, "in", <-got)
	})
}

// What CancelTimer has called final is not received later, though a receiver
// was just looking at it (C6).
func TestC6_CancelTimerWhileReceiverLooks(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		looking, goOn := make(chan struct{}, 1), make(chan struct{})
		got := make(chan int, 1)
		to := proc.Spawn(s, func(self *proc.Self[int]) error {
			first := true
			_, err := proc.ReceiveWithin(self, time.Minute, sel.Message[int]().Where(func(n int) bool {
				if n == 7 && first {
					first = false
					looking <- struct{}{}
					<-goOn
				}
				return n != 7
			}))
			if err != nil {
				return err
			}
			n, err := proc.ReceiveWithin(self, 0, sel.Message[int]())
			if err != nil {
				n = -1
			}
			got <- n
			return nil
		})
		cancelled := make(chan bool, 1)
		proc.Spawn(s, func(self *proc.Self[int]) error {
			ref := proc.SendEvery(self, time.Millisecond, to, 7)
			<-looking
			cancelled <- proc.CancelTimer(self, ref)
			return nil
		})
		isFinal := harness.Value(w, cancelled)
		close(goOn)
		to.Send(1)
		n := harness.Value(w, got)
		if isFinal {
			require.Equal(w, -1, n, "received after a CancelTimer that was true")
		}
	})
}

// No interrupt is lost that comes to a sender which is just being let in (I2).
func TestI2_SendContextLosesNoInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		senders, rounds := w.Sized(200, 200, 20), w.Sized(40, 40, 4)
		s := w.System()
		for range rounds {
			release := make(chan struct{})
			to := proc.Spawn(s, func(self *proc.Self[int]) error {
				<-release
				self.Flush() // lets all senders in
				_, err := self.Receive()
				for err == nil {
					_, err = self.Receive()
				}
				return err
			}, proc.Bounded(senders, proc.Reject))
			for range senders {
				to.Send(0)
			}
			w.Arrive()
			var seen atomic.Int32
			all := make(chan struct{})
			pids := make([]proc.Pid[int], senders)
			for i := range pids {
				pids[i] = proc.Spawn(s, func(self *proc.Self[int]) error {
					err := to.SendContext(self, 1)
					<-all // by now it has been interrupted
					if err == nil {
						err = self.Yield()
					}
					if err != nil {
						seen.Add(1)
					}
					return nil
				})
			}
			w.Eventually("all wait", func() bool {
				for _, pid := range pids {
					if info, _ := pid.Info(); info.State != proc.Calling {
						return false
					}
				}
				return true
			})
			close(release)
			for i := len(pids) - 1; i >= 0; i-- {
				pids[i].Interrupt(proc.InterruptedBy{Value: i})
			}
			w.Arrive()
			close(all)
			for _, pid := range pids {
				harness.Ended(w, pid.ID)
			}
			require.EqualValues(w, senders, seen.Load())
			to.Interrupt(proc.NormalExitRequested{})
			harness.Ended(w, to.ID)
		}
	})
}

// A sender that waits for room and is killed does not send any more: its
// ProcessDown comes last (M2).
func TestM2_KilledWaitingSenderSendsNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for range 200 {
			got := make(chan []any, 1)
			ready := make(chan proc.Pid[int])
			to := proc.Spawn(s, func(self *proc.Self[any]) error {
				self.Pid().Send("fill")
				sender := <-ready
				self.Monitor(sender.ID)
				sender.Kill()
				var order []any
				for range 3 {
					m, err := proc.ReceiveWithin(self, 0, sel.Any())
					if err != nil {
						break
					}
					order = append(order, m)
				}
				got <- order
				return nil
			}, proc.Bounded(1, proc.Reject))
			w.Eventually("the mailbox is full", func() bool {
				info, _ := to.Info()
				return info.Mailbox == 1
			})
			sender := proc.Spawn(s, func(self *proc.Self[int]) error {
				return to.SendContext(self, "late")
			})
			w.Eventually("the sender waits", func() bool {
				info, _ := sender.Info()
				return info.State == proc.Calling
			})
			ready <- sender
			order := harness.Value(w, got)
			require.Len(w, order, 2, "%v", order)
			require.IsType(w, proc.ProcessDown{}, order[1])
			harness.Ended(w, to.ID)
		}
	})
}

// A SendContext that waits learns that its receiver unwinds: that will not take
// anything any more, and may take long (I8).
func TestI8_WaitingSenderLearnsThatReceiverUnwinds(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		last := make(chan struct{})
		to := proc.Spawn(s, func(self *proc.Self[int]) error {
			defer func() { <-last }()
			return self.Sleep(time.Hour)
		}, proc.Bounded(1, proc.Reject))
		to.Send(1)
		w.Arrive()
		sent := make(chan error, 1)
		sender := proc.Spawn(s, func(self *proc.Self[int]) error {
			sent <- to.SendContext(self, 2)
			return nil
		})
		w.Eventually("the sender waits", func() bool {
			info, _ := sender.Info()
			return info.State == proc.Calling
		})
		to.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		w.Eventually("the receiver unwinds", func() bool {
			info, _ := to.Info()
			return info.State == proc.ShuttingDown
		})
		defer close(last)
		w.Eventually("the sender has been told", func() bool { return len(sent) == 1 })
		require.ErrorIs(w, <-sent, proc.ExitNormallyWith{Detail: "enough"})
	})
}
