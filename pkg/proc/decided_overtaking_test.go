package proc_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// overtakingPeer sends n messages to a process and then crashes.
func overtakingPeer(to proc.Pid[any], n int) func(*proc.Self[any]) error {
	return func(*proc.Self[any]) error {
		for i := range n {
			to.Send(i)
		}
		return io.EOF
	}
}

// Decided: the interrupt of a link comes before the messages that the crashed
// process had sent, which are all still there.
func TestDecided_ALinksInterruptOvertakesMessages(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const n = 10
		p := puppetOf[any](w, w.System())
		var peer proc.ID
		first := puppetDo(p, func(self *proc.Self[any]) error {
			peer = proc.SpawnLink(self, overtakingPeer(self.Pid(), n)).ID
			<-peer.Done()
			_, err := self.Receive()
			return err
		})
		require.Equal(w, peer, puppetError[proc.LinkedProcessCrashed](w, first).ID)
		require.Equal(w, []any{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, puppetDrain(p))
	})
}

// Decided: with a monitor beside the link the order can be had: what comes
// before the ProcessDown is all that the process had sent.
func TestDecided_AMonitorRestoresTheOrder(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		p := puppetOf[any](w, w.System())
		type outcome struct {
			crash, err error
			got        []int
			down       proc.ProcessDown
		}
		o := puppetDo(p, func(self *proc.Self[any]) (o outcome) {
			linked := make(chan struct{})
			peer, ref := proc.SpawnMonitor(self, func(peer *proc.Self[any]) error {
				<-linked
				return overtakingPeer(self.Pid(), 10)(peer)
			})
			o.err = self.Link(peer.ID)
			close(linked)
			<-peer.Done()
			_, o.crash = self.Receive()
			for o.err == nil {
				next, err := proc.Receive(self, sel.OneOf(sel.Message[int](), proc.SelectDown(ref)))
				if down, ok := next.Right(); ok || err != nil {
					o.down, o.err = down, err
					return o
				}
				m, _ := next.Left()
				o.got = append(o.got, m)
			}
			return o
		})
		require.NoError(w, o.err)
		puppetError[proc.LinkedProcessCrashed](w, o.crash)
		require.Equal(w, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, o.got)
		require.ErrorIs(w, o.down.Reason, io.EOF)
	})
}

// Decided: a killed goroutine may go on to send until its next operation; that
// comes after the ProcessDown.
func TestDecided_AKilledGoroutineMaySendOn(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		ready, gate, unwound := make(chan struct{}), make(chan struct{}), make(chan struct{})
		killed := proc.Spawn(s, func(self *proc.Self[any]) error {
			defer close(unwound)
			p.Send("before")
			close(ready)
			<-gate
			p.Send("after")
			err := self.Yield()
			p.Send("never")
			return err
		})
		harness.Value(w, ready)
		ref := puppetDo(p, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(killed.ID) })
		killed.Kill()
		close(gate)
		harness.Value(w, unwound)
		w.Arrive()
		all := puppetDrain(p)
		require.Len(w, all, 3)
		require.Equal(w, "before", all[0])
		require.Equal(w, ref, all[1].(proc.ProcessDown).Ref)
		require.Equal(w, "after", all[2])
	})
}
