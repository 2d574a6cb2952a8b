package proc_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// receiveWithMonitor lets p begin a ReceiveWithMonitor.
func receiveWithMonitor[T any](p puppet[any], id proc.ID, s sel.MessageSelector[T]) <-chan puppetGot[T] {
	return puppetStart(p, func(self *proc.Self[any]) puppetGot[T] {
		v, err := proc.ReceiveWithMonitor(self, id, s)
		return puppetGot[T]{v, err}
	})
}

// receiveDown demands that a ReceiveWithMonitor was ended by the death of id.
func receiveDown[T any](w *harness.World, from <-chan puppetGot[T], id proc.ID) proc.ShutdownReason {
	w.Helper()
	down, ok := harness.Value(w, from).Err.(proc.OtherProcessNotRunning)
	require.True(w, ok)
	require.True(w, down.ID == id)
	return down.Reason
}

// The death of the process ends the wait with its reason, however it ends; what does not match stays, and nothing else comes.
func TestDecided_ReceiveWithMonitorEndsWithTheProcess(t *testing.T) {
	for _, ending := range deadlettersEndings {
		t.Run(ending.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				p, other := puppetOf[any](w, s), puppetOf[any](w, s)
				puppetSend[any](p.Pid, "a", nil)
				got := receiveWithMonitor(p, other.ID, sel.Message[int]())
				p.receiving()
				p.Send("b")
				ending.end(other)
				require.IsType(w, harness.Ended(w, other.ID), receiveDown(w, got, other.ID))

				got = receiveWithMonitor(p, other.ID, sel.Message[int]())
				require.IsType(w, other.Reason(), receiveDown(w, got, other.ID), "dead before")
				w.Arrive()
				require.Equal(w, []any{"a", nil, "b"}, puppetDrain(p))
			})
		})
	}
}

// A matching message wins over the death, also over one before the call; only then does the death count.
func TestDecided_ReceiveWithMonitorPrefersTheMessage(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p, other := puppetOf[any](w, s), puppetOf[any](w, s)
		puppetSend[any](p.Pid, "a", 1)
		other.leave()
		harness.Ended(w, other.ID)
		p.Send(2)
		w.Arrive()
		for _, want := range []int{1, 2} {
			require.Equal(w, want, puppetMessage(p, receiveWithMonitor(p, other.ID, sel.Message[int]())))
		}
		receiveDown(w, receiveWithMonitor(p, other.ID, sel.Message[int]()), other.ID)
		require.Equal(w, []any{"a"}, puppetDrain(p))

		for range 200 { // the last thing that a process does is to answer
			answering := proc.Spawn(s, func(*proc.Self[any]) error { p.Send(3); return nil })
			require.Equal(w, 3, puppetMessage(p, receiveWithMonitor(p, answering.ID, sel.Message[int]())))
		}
		require.Empty(w, puppetDrain(p))
	})
}

// Once the message is there the process may end: no ProcessDown of it comes, and no monitor is left behind.
func TestDecided_ReceiveWithMonitorLeavesNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p, other := puppetOf[any](w, s), puppetOf[any](w, s)
		for range 10 {
			got := receiveWithMonitor(p, other.ID, sel.Message[int]())
			p.receiving()
			p.Send(1)
			w.Arrive()
			require.Equal(w, 1, puppetMessage(p, got))
		}
		got := receiveWithMonitor(p, other.ID, sel.Message[int]())
		p.receiving()
		p.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w, proc.InterruptedBy{Value: 1}, harness.Value(w, got).Err)
		require.Zero(w, receiveMonitors(w, p.ID))
		require.Zero(w, receiveMonitors(w, other.ID))
		other.leave()
		harness.Ended(w, other.ID)
		require.Empty(w, puppetDrain(p))
		require.Zero(w, p.waiting())
	})
}

// receiveMonitors is the number of monitors that the process has.
func receiveMonitors(w *harness.World, id proc.ID) int {
	w.Helper()
	info, ok := id.Info()
	require.True(w, ok)
	return info.Monitors
}

// Its own monitors of the same process tell the caller as ever, once each; the wait itself is told in its error alone.
func TestDecided_ReceiveWithMonitorLeavesOtherMonitors(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p, other := puppetOf[any](w, s), puppetOf[any](w, s)
		ref := puppetDo(p, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(other.ID) })
		got := receiveWithMonitor(p, other.ID, sel.Message[int]())
		p.receiving()
		other.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, receiveDown(w, got, other.ID))
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, puppetReceive(p, proc.SelectDown(ref)).Reason)
		require.Zero(w, p.waiting())
	})
}

// A selector that would take any message is not given the death of the process as one.
func TestDecided_ReceiveWithMonitorOfAnyMessage(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p, other := puppetOf[any](w, s), puppetOf[any](w, s)
		got := receiveWithMonitor(p, other.ID, sel.Any())
		p.receiving()
		other.leave()
		receiveDown(w, got, other.ID)
		receiveDown(w, receiveWithMonitor(p, other.ID, sel.Any()), other.ID)
		p.Send(nil)
		w.Arrive()
		require.Nil(w, puppetMessage(p, receiveWithMonitor(p, other.ID, sel.Any())))
		require.Zero(w, p.waiting())
	})
}

// A zero id has been dead ever since, a name that nobody has too; who has the name when the wait begins counts.
func TestDecided_ReceiveWithMonitorOfUnknownIDs(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[any]("receive.monitored")
		p := puppetOf[any](w, s)
		for _, id := range []proc.ID{{}, proc.Named(s, name).ID} {
			down, ok := harness.Value(w, receiveWithMonitor(p, id, sel.Message[int]())).Err.(proc.OtherProcessNotRunning)
			require.True(w, ok)
			require.IsType(w, proc.ExitUnknown{}, down.Reason)
			p.Send(1)
			w.Arrive()
			require.Equal(w, 1, puppetMessage(p, receiveWithMonitor(p, id, sel.Message[int]())))
		}
		other := puppetOf[any](w, s, proc.Registered(name))
		got := receiveWithMonitor(p, proc.Named(s, name).ID, sel.Message[int]())
		p.receiving()
		cause := errors.New("cause")
		other.Shutdown(proc.ExitUnhandledError{Err: cause})
		require.ErrorIs(w, harness.Value(w, got).Err, cause)
		require.Zero(w, p.waiting())
	})
}
