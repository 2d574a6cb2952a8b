package sim

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sup"
)

// Whoever waits for a start hears that it has failed, and why; what the process was to
// do before it is up it has done in part, and it never says that it is.
func TestFault_FailStart(t *testing.T) {
	type nothing struct{}
	starts := map[string]func(s *Sim, sys *proc.System) error{
		"proc.Start": func(s *Sim, sys *proc.System) error {
			_, _, err := proc.Start(s.Context(), sys, func(self *proc.Self[int], up proc.ReplyTo[int]) error {
				up.Reply(1)
				_, err := self.Receive()
				return err
			}, proc.Titled("child"))
			return err
		},
		"proc.Start, with a call in between": func(s *Sim, sys *proc.System) error {
			balance := 0
			other := account(sys, "other", &balance)
			_, _, err := proc.Start(s.Context(), sys, func(self *proc.Self[int], up proc.ReplyTo[int]) error {
				if _, err := proc.Call(self, other, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} }); err != nil {
					return err
				}
				up.Reply(1)
				_, err := self.Receive()
				return err
			}, proc.Titled("child"))
			return err
		},
		"server.Start": func(s *Sim, sys *proc.System) error {
			_, err := server.New(func(*nothing, *proc.Self[int], int) error { return nil }).Start(s.Context(), sys, 0, proc.Titled("child"))
			failed, ok := errors.AsType[server.StartFailed](err)
			require.True(s, ok, "%v", err)
			return failed
		},
		"a process": func(s *Sim, sys *proc.System) error {
			pid := proc.Spawn(sys, func(self *proc.Self[int]) error {
				_, err := self.Receive()
				return err
			}, proc.Titled("child"))
			reason, err := proc.Join(s.Context(), pid.ID)
			require.NoError(s, err)
			return reason
		},
		"a worker that says when it is ready": func(s *Sim, sys *proc.System) error {
			up := false
			child := sup.WorkerReady("child", 0, func(self *proc.Self[int], ready func()) error {
				ready()
				up = true
				_, err := self.Receive()
				return err
			})
			pid := proc.Spawn(sys, func(self *proc.Self[string]) error {
				return sup.Run(self, sup.Spec{Children: []sup.Child{child}})
			})
			reason, err := proc.Join(s.Context(), pid.ID)
			require.NoError(s, err)
			require.False(s, up)
			return reason
		},
	}
	for name, start := range starts {
		t.Run(name, func(t *testing.T) {
			both(t, func(s *Sim) {
				s.Fault(FailStart(Titled("child")).Chance(0.3).AtMost(Unlimited), FailStart(Titled("child")).Nth(1))
				require.ErrorIs(s, start(s, s.System()), ErrFault)
			})
		})
	}
}

// Once a process is up its start does not fail any more.
func TestFault_FailStartIsOverWhenItIsUp(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(FailStart(Titled("child")).Nth(1000))
		balance := 0
		other := account(sys, "other", &balance)
		pid, _, err := proc.Start(s.Context(), sys, func(self *proc.Self[int], up proc.ReplyTo[int]) error {
			up.Reply(1)
			for {
				if _, err := self.Receive(); err != nil {
					return err
				}
				if _, err := proc.Call(self, other, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} }); err != nil {
					return err
				}
			}
		}, proc.Titled("child"))
		require.NoError(s, err)
		waiting := idle[int](sys, "child")
		s.Settle()
		before := s.s.rules[0].seen
		for i := range 3 {
			pid.Send(i)
		}
		waiting.Send(1)
		s.Settle()
		require.Positive(s, before)
		require.Equal(s, before, s.s.rules[0].seen, "opportunities")
	})
}

// A supervised child whose start fails is started again, as often as its supervisor may.
func TestFault_FailStartOfAChild(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		begun := 0
		child := sup.WorkerReady("child", 0, func(self *proc.Self[string], ready func()) error {
			begun++
			ready()
			_, err := self.Receive()
			return err
		}, proc.Registered(proc.NewName[string]("child")))
		proc.Spawn(sys, func(self *proc.Self[string]) error {
			return sup.Run(self, sup.Spec{Intensity: 3, Children: []sup.Child{child}})
		})
		s.Settle()
		s.Fault(FailStart(Titled("child")).Chance(1).AtMost(2))
		pid, found := proc.Whereis(sys, proc.NewName[string]("child"))
		require.True(s, found)
		pid.Kill()
		s.Settle()
		again, found := proc.Whereis(sys, proc.NewName[string]("child"))
		require.True(s, found)
		require.NotEqual(s, pid.ID, again.ID)
		require.LessOrEqual(s, 2, begun) // a process may be ended before it has begun
	})
}

// A full mailbox does what its policy says, for as long as it is said to be full.
func TestFault_Full(t *testing.T) {
	bounded := func(s *Sim, overflow proc.Overflow, got *[]int) proc.Pid[int] {
		return proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			if err := self.Sleep(time.Hour); err != nil {
				return err
			}
			for n, err := range self.Messages() {
				if err != nil {
					return err
				}
				*got = append(*got, n)
			}
			return nil
		}, proc.Titled("bounded"), proc.Bounded(100, overflow))
	}
	full := func(s *Sim, nth int) { s.Fault(Full(Titled("bounded"), time.Minute).Nth(nth)) }

	t.Run("rejects", func(t *testing.T) {
		both(t, func(s *Sim) {
			var got []int
			full(s, 3)
			pid := bounded(s, proc.Reject, &got)
			require.NoError(s, pid.TrySend(1))
			require.NoError(s, pid.TrySend(2))
			require.ErrorIs(s, pid.TrySend(3), proc.ErrMailboxFull)
			pid.Send(4)
			_, err := proc.Call(s.Context(), pid, func(proc.ReplyTo[int]) int { return 5 })
			require.ErrorIs(s, err, proc.ErrMailboxFull)
			begin := s.Now()
			require.NoError(s, pid.SendContext(s.Context(), 6))
			require.Equal(s, time.Minute, s.Now().Sub(begin))
			s.Sleep(2 * time.Hour)
			require.Equal(s, []int{1, 2, 6}, got)
			require.Equal(s, map[string]uint64{"mailbox full": 1}, s.systems[0].Counters().DeadLetters)
		})
	})
	t.Run("drops the oldest", func(t *testing.T) {
		both(t, func(s *Sim) {
			var got []int
			full(s, 3)
			pid := bounded(s, proc.DropOldest, &got)
			for i := range 5 {
				pid.Send(i)
			}
			s.Sleep(30 * time.Minute)
			pid.Send(5)
			s.Sleep(2 * time.Hour)
			require.Equal(s, []int{3, 4, 5}, got)
		})
	})
	t.Run("has no bound", func(t *testing.T) {
		hopeless(t, func(s *Sim) {
			var got []int
			s.Fault(Full(Titled("watch"), time.Minute).Chance(1))
			pid := watch(s.System(), &got)
			require.NoError(s, pid.TrySend(1))
			s.Settle()
			require.Equal(s, []int{1}, got)
		})
	})
}
