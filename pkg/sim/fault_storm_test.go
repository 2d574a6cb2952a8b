package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sup"
)

// Whatever goes wrong, the promises of processes hold, each run can be repeated, and
// nothing is left.
func TestFault_Storm(t *testing.T) {
	fired := make(map[faultKind]int)
	storm := func(s *Sim) { storm(s, fired) }
	for name, opts := range map[string][]Option{"queues": nil, "instant": {Instant()}} {
		t.Run(name, func(t *testing.T) { Check(t, storm, append(opts, Runs(150))...) })
	}
	t.Run("careful", func(t *testing.T) {
		c := newCheck(t, storm, nil)
		c.careful, c.runs = true, 64
		r := c.sweep()
		require.Nil(t, r, "%v", r)
	})
	for kind := faultKill; kind <= faultDuplicate; kind++ {
		require.Positive(t, fired[kind], "of kind %d none has fired: %v", kind, fired)
	}
}

func storm(s *Sim, fired map[faultKind]int) {
	const often = 0.02
	sys := s.System()
	anybody := AnyBut(Titled("watcher"))
	for _, f := range []Fault{
		Kill(anybody), Kill(Titled("top", "supervisor")), Crash(anybody), FailStart(anybody), Interrupt(anybody, proc.InterruptedBy{Value: "fault"}),
		Shutdown(anybody, proc.ExitNormallyWith{Detail: "fault"}), Pause(Any(), time.Second), Full(Any(), time.Second),
		Delay(Between(Any(), Any()), time.Second), Drop(Between(anybody, Titled("server"))), Duplicate(Between(anybody, Titled("server"))),
	} {
		s.Fault(f.Chance(often).AtMost(3))
	}

	// M2: what one sends comes in its order, L3: each monitor tells once.
	type numbered struct {
		from proc.ID
		n    int
	}
	watcher := proc.Spawn(sys, func(self *proc.Self[any]) error {
		latest := make(map[proc.ID]int)
		ended := make(map[proc.ID]bool)
		for {
			m, err := proc.Receive(self, sel.Any())
			if err != nil {
				return err
			}
			switch m := m.(type) {
			case proc.ID:
				self.Monitor(m)
			case numbered:
				// A killed one goes on to its next operation, and may send before that.
				require.True(s, !ended[m.from] || m.from.Reason() == (proc.ExitKilled{}), "a message after the end")
				require.Equal(s, latest[m.from]+1, m.n)
				latest[m.from] = m.n
			case proc.ProcessDown:
				require.False(s, ended[m.ID], "a second Down")
				require.False(s, m.ID.Alive())
				ended[m.ID] = true
			}
		}
	}, proc.Titled("watcher"))

	type state struct{ sum int }
	adding := server.New(func(*state, *proc.Self[deposit], int) error { return nil },
		server.On(func(st *state, _ *proc.Self[deposit], m deposit) error {
			st.sum += m.amount
			m.reply.Reply(st.sum)
			return nil
		}))
	name := proc.NewName[deposit]("server")
	worker := func(self *proc.Self[int]) error {
		watcher.Send(self.ID())
		for n := range 4 {
			watcher.Send(numbered{self.ID(), n + 1})
			_, err := proc.CallWithin(self, time.Second, proc.Named(self, name), func(r proc.ReplyTo[int]) deposit { return deposit{1, r} })
			if err == nil {
				err = self.Sleep(time.Second)
			}
			_ = err // goes on, whatever it is
			s.Point("worker")
		}
		return fmt.Errorf("has done its work")
	}
	top := proc.Spawn(sys, func(self *proc.Self[string]) error {
		return sup.Run(self, sup.Spec{Strategy: sup.OneForAll, Intensity: 4, Period: time.Minute, Children: []sup.Child{
			sup.WorkerReady("server", time.Minute, adding.BodyReady(0), proc.Registered(name), proc.Bounded(2, proc.Reject)),
			sup.Supervisor("workers", sup.Spec{Intensity: 2, Period: time.Minute, Children: []sup.Child{
				sup.Worker("a", worker), sup.Worker("b", worker, proc.Bounded(1, proc.DropOldest)),
			}}),
		}})
	}, proc.Titled("top"))
	if s.Rand().IntN(2) == 0 {
		s.Sleep(time.Duration(s.Rand().IntN(5)) * time.Second)
		top.Interrupt(proc.NormalExitRequested{})
	}
	_, err := proc.Join(s.Context(), top.ID)
	require.NoError(s, err)
	s.Settle()
	_, found := proc.Whereis(sys, name)
	require.False(s, found, "a child outlives its supervisor")
	for _, r := range s.s.rules {
		fired[r.kind] += r.fired
	}
}
