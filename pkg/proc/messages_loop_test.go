package proc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Messages yields what Receive returns, until the loop ends; what comes after stays queued.
func TestDecided_Messages(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[int](w, s)
		puppetSend(p.Pid, 1, 2, 3)
		w.Arrive()
		take := func(until int) []int {
			return puppetDo(p, func(self *proc.Self[int]) []int {
				var all []int
				for m, err := range self.Messages() {
					if err != nil {
						break
					}
					if all = append(all, m); m == until {
						break
					}
				}
				return all
			})
		}
		require.Equal(w, []int{1, 2}, take(2))
		require.Equal(w, 1, p.waiting())
		p.Send(4)
		require.Equal(w, []int{3, 4}, take(4))
		require.Zero(w, p.waiting())
	})
}

// An interrupt is one element of the sequence; a loop that goes on gets the messages.
func TestDecided_MessagesYieldInterrupts(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[int](w, s)
		p.Send(1)
		p.Interrupt(proc.InterruptedBy{Value: "first"})
		p.Interrupt(proc.InterruptedBy{Value: "second"})
		w.Arrive()
		got := puppetStart(p, func(self *proc.Self[int]) []any {
			var all []any
			for m, err := range self.Messages() {
				if err != nil {
					all = append(all, err)
				} else {
					all = append(all, m)
				}
				if len(all) == 5 {
					break
				}
			}
			return all
		})
		p.receiving()
		p.Interrupt(proc.InterruptedBy{Value: "third"})
		p.Send(2)
		require.Equal(w, []any{
			proc.InterruptedBy{Value: "first"}, proc.InterruptedBy{Value: "second"}, 1, proc.InterruptedBy{Value: "third"}, 2,
		}, harness.Value(w, got))
	})
}

// A shutdown ends the loop, also in the middle of queued messages.
func TestDecided_MessagesEndWithAShutdown(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[int](w, s)
		after := make(chan bool, 1)
		p.todo <- func(self *proc.Self[int]) {
			for m := range self.Messages() {
				if m == 1 {
					self.ID().Shutdown(proc.ExitNormallyWith{Detail: "enough"})
				}
			}
			after <- true
		}
		puppetSend(p.Pid, 0, 1, 2, 3)
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, harness.Ended(w, p.ID))
		require.Empty(w, after)
	})
}

// Flush takes everything that is there, looked at before or not, in the order of arrival, and does not block.
func TestDecided_Flush(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		flush := func() []any { return puppetDo(p, func(self *proc.Self[any]) []any { return self.Flush() }) }
		require.Empty(w, flush())
		puppetSend[any](p.Pid, "a", 1, 1.5, nil, 2, "b")
		w.Arrive()
		require.Equal(w, 2, puppetReceive(p, sel.Equal(2)))
		puppetSend[any](p.Pid, "c", 3)
		w.Arrive()
		require.Equal(w, []any{"a", 1, 1.5, nil, "b", "c", 3}, flush())
		require.Zero(w, p.waiting())
		require.Empty(w, flush())

		got := puppetBegin(p, sel.Message[int]())
		p.Send("while blocked")
		p.Send(4)
		require.Equal(w, 4, puppetMessage(p, got))
		require.Equal(w, []any{"while blocked"}, flush())
		p.Send(5)
		require.Equal(w, 5, puppetReceive(p, sel.Message[int]()))
	})
}
