package proc_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A view sends what its function makes of a message, by every way of sending.
func TestDecided_Contramap(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[string](w, s)
		view := proc.Contramap(p.Pid, strconv.Itoa)
		view.Send(1)
		p.Send("between")
		require.NoError(w, view.TrySend(2))
		require.NoError(w, view.SendContext(context.Background(), 3))
		proc.Contramap(view, func(s string) int { return len(s) }).Send("four")
		require.Equal(w, []any{"1", "between", "2", "3", "4"}, puppetDrain(p))
	})
}

// It is a view: the process is the same one.
func TestDecided_ContramapIsTheSameProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[string](w, s)
		view := proc.Contramap(p.Pid, strconv.Itoa)
		require.True(w, view.ID == p.ID)
		require.True(w, view.Alive())
		watcher := puppetOf[any](w, s)
		puppetDo(watcher, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(view.ID) })
		view.Shutdown(proc.ExitNormallyWith{Detail: "through the view"})
		down := puppetReceive(watcher, sel.Message[proc.ProcessDown]())
		require.True(w, down.ID == p.ID)
		require.Equal(w, proc.ExitNormallyWith{Detail: "through the view"}, harness.Ended(w, p.ID))
		require.False(w, view.Alive())
	})
}

// Its function runs in the sender: what it panics with is the sender's, and the receiver knows nothing of it.
func TestDecided_ContramapRunsInTheSender(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[string](w, s)
		view := proc.Contramap(p.Pid, func(int) string { panic("in the sender") })
		got := puppetBegin(p, sel.Message[string]())
		require.PanicsWithValue(w, "in the sender", func() { view.Send(1) })
		require.PanicsWithValue(w, "in the sender", func() { _ = view.TrySend(1) })
		require.PanicsWithValue(w, "in the sender", func() { _ = view.SendContext(context.Background(), 1) })
		sender := proc.Spawn(s, func(*proc.Self[string]) error { view.Send(1); return nil })
		reason, ok := harness.Ended(w, sender.ID).(proc.ExitPanic)
		require.True(w, ok)
		require.Equal(w, "in the sender", reason.Value)
		p.Send("alive")
		require.Equal(w, "alive", puppetMessage(p, got))
	})
}

// The same panic while the receiver is bounded or dead leaves it usable: no lock is held by the sender.
func TestDecided_ContramapPanicsLeaveTheReceiverUsable(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, overflow := range []proc.Overflow{proc.Reject, proc.DropOldest} {
			p := puppetOf[string](w, s, proc.Bounded(2, overflow))
			view := proc.Contramap(p.Pid, func(i int) string {
				if i < 0 {
					panic(i)
				}
				return strconv.Itoa(i)
			})
			view.Send(1)
			require.Panics(w, func() { view.Send(-1) })
			require.NoError(w, view.TrySend(2))
			require.Equal(w, []any{"1", "2"}, puppetDrain(p))
		}
	})
}

// A view of a bounded process has that bound, one of a dead process is dead.
func TestDecided_ContramapHasTheBound(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
		view := proc.Contramap(p.Pid, func(i int) any { return "mapped " + strconv.Itoa(i) })
		view.Send(1)
		require.ErrorIs(w, view.TrySend(2), proc.ErrMailboxFull)
		view.Send(3)
		require.Equal(w, "mapped 1", puppetReceive(p, sel.Any()))
		p.leave()
		harness.Ended(w, p.ID)
		puppetError[proc.OtherProcessNotRunning](w, view.TrySend(4))
		view.Send(5)
		dead.expect(w, s, "mapped 3", "mapped 5")
	})
}

// A view of a named Pid asks for the name at each use, and one spans restarts.
func TestDecided_ContramapOfANamedPid(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[string]("contramap")
		view := proc.Contramap(proc.Named(s, name), strconv.Itoa)
		for i := range 3 {
			p := puppetOf[string](w, s, proc.Registered(name))
			view.Send(i)
			require.Equal(w, strconv.Itoa(i), puppetReceive(p, sel.Message[string]()))
			p.leave()
			harness.Ended(w, p.ID)
		}
	})
}

// A call through a view sends the mapped request and gets the reply.
func TestDecided_ContramapAndCalls(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		type ask struct {
			text  string
			reply proc.ReplyTo[int]
		}
		p := proc.Spawn(s, func(self *proc.Self[any]) error {
			request, err := proc.Receive(self, sel.Message[ask]())
			if err == nil {
				request.reply.Reply(len(request.text))
			}
			return err
		})
		view := proc.Contramap(p, func(r proc.ReplyTo[int]) any { return ask{"three", r} })
		n, err := proc.Call(context.Background(), view, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
		require.NoError(w, err)
		require.Equal(w, 5, n)
	})
}
