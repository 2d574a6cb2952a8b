package proc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// What has been taken begins the limit anew, though what another kind of receive takes after
// it is refused.
func TestLoop_RefuseAfterAPlainReceive(t *testing.T) {
	type st struct{ idle chan time.Time }
	loop := proc.NewLoop(func(self *proc.Self[any], i **st) error {
		for {
			_, err := proc.ReceiveOrHibernate(self, time.Second, sel.Any(), nil)
			switch err.(type) {
			case nil:
			case proc.TimeoutInterrupt:
				(*i).idle <- self.System().Now()
				continue
			default:
				return err
			}
			// handled; and something else that comes with it is not
			other, err := proc.Receive(self, sel.Except())
			if err != nil {
				return err
			}
			proc.Refuse(self, other)
		}
	})
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return
		}
		i := &st{idle: make(chan time.Time, 1)}
		pid := proc.Spawn(w.System(), func(*proc.Self[any]) error { return loop.Enter(i) })
		time.Sleep(900 * time.Millisecond)
		begin := time.Now()
		pid.Send("handled")
		pid.Send(1)
		require.Equal(w, time.Second, harness.Value(w, i.idle).Sub(begin))
	})
}

// However a message has come, the limit goes on when it is refused: in the mailbox, or in the
// hand.
func TestLoop_RefuseKeepsTheLimit(t *testing.T) {
	type st struct{ idle chan time.Time }
	for _, own := range []func(int) any{nil, func(n int) any { return n }} {
		loop := proc.NewLoop(func(self *proc.Self[int], i **st) error {
			for {
				m, err := proc.ReceiveOrHibernate(self, time.Second, sel.Any(), own)
				switch err.(type) {
				case nil:
					proc.Refuse(self, m)
				case proc.TimeoutInterrupt:
					(*i).idle <- self.System().Now()
				default:
					return err
				}
			}
		})
		harness.Everywhere(t, func(w *harness.World) {
			if !w.Bubble {
				return
			}
			i := &st{idle: make(chan time.Time, 1)}
			pid := proc.Spawn(w.System(), func(*proc.Self[int]) error { return loop.Enter(i) })
			begin := time.Now()
			for n := range 4 {
				time.Sleep(20 * time.Millisecond)
				pid.Send(n)
			}
			require.Equal(w, time.Second, harness.Value(w, i.idle).Sub(begin), "in the hand: %v", own != nil)
		})
	}
}

// However a request has come, its call fails at once when it is refused, and only that.
func TestLoop_RefuseFailsTheCall(t *testing.T) {
	type request struct {
		n     int
		reply proc.ReplyTo[int]
	}
	for _, own := range []func(request) any{nil, func(r request) any { return r }} {
		loop := proc.NewLoop(func(self *proc.Self[request], _ *int) error {
			for {
				m, err := proc.ReceiveOrHibernate(self, -1, sel.Any(), own)
				if err != nil {
					return err
				}
				if r := m.(request); r.n == 2 {
					r.reply.Reply(r.n)
				}
				proc.Refuse(self, m)
			}
		})
		harness.Everywhere(t, func(w *harness.World) {
			letters := make(chan proc.DeadLetter, 10)
			s := w.System(proc.WithDeadLetters(func(l proc.DeadLetter) { letters <- l }))
			pid := proc.Spawn(s, func(*proc.Self[request]) error { return loop.Enter(0) })
			ask := func(n int) (int, error) {
				return proc.Call(w.Context(), pid, func(r proc.ReplyTo[int]) request { return request{n, r} })
			}
			for range 3 {
				pid.Send(request{n: 7})
				require.Equal(w, request{n: 7}, harness.Value(w, letters).Message)
				w.Settle() // it waits
				_, err := ask(1)
				require.ErrorIs(w, err, proc.ErrRefused, "in the hand: %v", own != nil)
				w.Settle()
				answer, err := ask(2)
				require.NoError(w, err)
				require.Equal(w, 2, answer)
			}
			require.Empty(w, letters)
		})
	}
}
