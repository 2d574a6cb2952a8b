package sim

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// Nothing gets lost but messages, requests and replies, and only at the boundary.
func TestBoundary_WhatCrossesIt(t *testing.T) {
	losing := func(s *Sim, b Boundary) { s.Fault(Drop(b).Chance(1).AtMost(Unlimited)) }

	t.Run("messages", func(t *testing.T) {
		both(t, func(s *Sim) {
			sys := s.System()
			losing(s, OneWay(Titled("a"), Titled("watch")))
			var got []int
			to := watch(sys, &got)
			for i, title := range []string{"a", "b"} {
				pid := proc.Spawn(sys, func(self *proc.Self[int]) error {
					to.Send(i)
					require.NoError(s, to.TrySend(10+i))
					self.Pid().Send(20 + i)
					n, err := self.Receive()
					to.SendContext(self, n)
					return err
				}, proc.Titled(title))
				_, err := proc.Join(s.Context(), pid.ID)
				require.NoError(s, err)
			}
			s.Settle()
			require.Equal(s, []int{10, 20, 1, 11, 21}, got)
			require.Empty(s, sys.Counters().DeadLetters)
		})
	})
	t.Run("signals and ends", func(t *testing.T) {
		hopeless(t, func(s *Sim) {
			sys := s.System()
			losing(s, Between(Any(), Any()))
			watcher := proc.Spawn(sys, func(self *proc.Self[int]) error {
				other := idle[int](sys, "other")
				require.NoError(s, self.Link(other.ID))
				ref := self.Monitor(other.ID)
				other.Interrupt(proc.InterruptedBy{Value: "end"})
				require.Error(s, self.Sleep(time.Hour))
				_, err := proc.Receive(self, proc.SelectDown(ref))
				require.NoError(s, err)
				proc.StartTimer(self, time.Second)
				_, err = proc.Receive(self, proc.SelectTimer(proc.StartTimer(self, time.Second)))
				require.NoError(s, err)
				third := idle[int](sys, "third")
				third.Shutdown(proc.ExitNormally{})
				require.True(s, self.AwaitEnd(third.ID, time.Hour))
				return nil
			}, proc.Titled("watcher"))
			reason, err := proc.Join(s.Context(), watcher.ID)
			require.NoError(s, err)
			require.Equal(s, proc.ExitNormally{}, reason)
		})
	})
	t.Run("requests", func(t *testing.T) {
		both(t, func(s *Sim) {
			sys := s.System()
			losing(s, OneWay(Outside(), Titled("server")))
			balance := 0
			server := account(sys, "server", &balance)
			_, err := proc.CallWithin(s.Context(), time.Second, server, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} })
			require.Equal(s, proc.TimeoutInterrupt{After: time.Second}, err)
			require.Zero(s, balance)
		})
	})
	t.Run("replies", func(t *testing.T) {
		both(t, func(s *Sim) {
			sys := s.System()
			losing(s, OneWay(Titled("server"), Outside()))
			balance := 0
			server := account(sys, "server", &balance)
			_, err := proc.CallWithin(s.Context(), time.Second, server, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} })
			require.Equal(s, proc.TimeoutInterrupt{After: time.Second}, err)
			require.Equal(s, 1, balance)
		})
	})
	t.Run("tasks", func(t *testing.T) {
		both(t, func(s *Sim) {
			sys := s.System()
			losing(s, OneWay(Titled("client"), Titled("watch")))
			var got []int
			to := watch(sys, &got)
			client := proc.Spawn(sys, func(self *proc.Self[int]) error {
				task := proc.Go(self, func(context.Context) (int, error) {
					to.Send(1)
					return 2, nil
				})
				task.Notify(self)
				_, err := task.Await(self)
				return err
			}, proc.Titled("client"))
			reason, err := proc.Join(s.Context(), client.ID)
			require.NoError(s, err)
			require.Equal(s, proc.ExitNormally{}, reason)
			s.Settle()
			require.Empty(s, got)
		})
	})
}

// C1: a call whose reply is lost learns of the end of its server, whenever that is, and
// an answer that is given again counts.
func TestBoundary_LostReply(t *testing.T) {
	happened := make(seen)
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Drop(OneWay(Titled("server"), Any())).When(Sends[int]()).Nth(1))
		again := s.Rand().IntN(2) == 0
		server := proc.Spawn(sys, func(self *proc.Self[proc.ReplyTo[int]]) error {
			reply, err := self.Receive()
			if err != nil {
				return err
			}
			reply.Reply(1)
			if again {
				if err := self.Sleep(time.Second); err != nil {
					return err
				}
				reply.Reply(2)
			}
			return nil
		}, proc.Titled("server"))
		client := proc.Spawn(sys, func(self *proc.Self[int]) error {
			n, err := proc.CallWithin(self, -1, server, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
			if again {
				require.NoError(s, err)
				require.Equal(s, 2, n)
				happened["answered"]++
			} else {
				require.Equal(s, proc.OtherProcessNotRunning{ID: server.ID, Reason: proc.ExitNormally{}}, err)
				happened["failed"]++
			}
			return nil
		}, proc.Titled("client"))
		_, err := proc.Join(s.Context(), client.ID)
		require.NoError(s, err)
	})
	happened.all(t, "answered", "failed")
}

// C4: a request that comes twice is two messages, the first answer counts, and what
// becomes of the second is nothing to the call.
func TestBoundary_DuplicateRequest(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Duplicate(OneWay(Outside(), Titled("server"))).Chance(1).AtMost(Unlimited))
		balance := 0
		server := account(sys, "server", &balance)
		for i := range 3 {
			n, err := proc.Call(s.Context(), server, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} })
			require.NoError(s, err)
			require.Equal(s, 1+2*i, n)
			s.Settle()
			require.Equal(s, 2+2*i, balance)
		}
		got := 0
		refusing := proc.Spawn(sys, func(self *proc.Self[deposit]) error {
			m, err := self.Receive()
			if err != nil {
				return err
			}
			got++
			m.reply.Reply(got)
			return self.Sleep(time.Hour)
		}, proc.Titled("server"), proc.Bounded(1, proc.Reject))
		n, err := proc.Call(s.Context(), refusing, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} })
		require.NoError(s, err)
		require.Equal(s, 1, n)
	})
}

// A message that comes twice does so in its place.
func TestBoundary_DuplicateMessage(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Duplicate(Between(Any(), Any())).When(Gets[int]()).Nth(2))
		var got []int
		to := watch(sys, &got)
		for i := range 3 {
			to.Send(i)
		}
		s.Settle()
		require.Equal(s, []int{0, 1, 1, 2}, got)
	})
}

// What is lost does not arrive, for other faults either.
func TestBoundary_WhatIsLostIsNotGot(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Drop(Between(Any(), Any())).Chance(1).AtMost(2), Kill(Titled("watch")).When(Gets[int]()).Nth(2))
		var got []int
		to := watch(sys, &got)
		for i := range 3 {
			to.Send(i)
			s.Settle()
		}
		require.Equal(s, []int{2}, got)
		require.True(s, to.Alive())
	})
}
