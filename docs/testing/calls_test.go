package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sim"
)

type question struct{ server.Request[int] }

type front struct{ within time.Duration }

func (f *front) begin(_ *proc.Self[any], within time.Duration) error { f.within = within; return nil }

// ask asks somebody who never answers.
func (f *front) ask(self *proc.Self[any], _ *question) (int, error) {
	silent := proc.Spawn(self, func(self *proc.Self[any]) error { return self.Sleep(time.Hour) })
	return server.CallWithin(self, f.within, silent, &question{})
}

var fronts = server.New((*front).begin, server.OnCall((*front).ask))

// The limit of a call holds in a simulation, to the nanosecond.
func TestCalls_Limit(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		account := proc.Spawn(s.System(), func(self *proc.Self[Change]) error { return self.Sleep(time.Hour) })
		begun := s.Now()
		_, err := Add(s.Context(), account, 1)
		require.Equal(s, proc.TimeoutInterrupt{After: 5 * time.Second}, err)
		require.Equal(s, 5*time.Second, s.Now().Sub(begun))
	})
}

// A call of a server's own that fails is the answer of its OnCall, and the server goes on.
func TestCalls_OfAServer(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		pid, err := fronts.Start(s.Context(), s.System(), time.Second)
		require.NoError(s, err)
		_, err = server.Call(s.Context(), pid, &question{})
		require.Equal(s, server.Failure{Err: proc.TimeoutInterrupt{After: time.Second}}, err)
		require.True(s, pid.Alive())
	})
}

// With the same limit it may come too late to be an answer.
func TestCalls_WithTheSameLimit(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		s.Sometimes("the server's limit was first", nil)
		s.Sometimes("the client's limit was first", nil)
		pid, err := fronts.Start(s.Context(), s.System(), 5*time.Second)
		require.NoError(s, err)
		_, err = server.Call(s.Context(), pid, &question{})
		require.ErrorAs(s, err, new(proc.TimeoutInterrupt))
		if _, answered := server.Answered(err); answered {
			s.Happened("the server's limit was first")
		} else {
			s.Happened("the client's limit was first")
		}
		s.Settle()
		require.True(s, pid.Alive())
	})
}

// With timers that are early by as much as a limit a call may reach that though it is
// answered at once; with less than a quarter of it, never.
func TestCalls_EarlyTimers(t *testing.T) {
	call := func(s *sim.Sim, early time.Duration) error {
		sys := s.System()
		account := proc.Spawn(sys, Run(0, proc.Pid[Low]{}))
		proc.Spawn(sys, func(self *proc.Self[int]) error { // somebody else who waits
			for range 40 {
				if err := self.Sleep(50 * time.Millisecond); err != nil {
					return err
				}
			}
			return nil
		})
		s.EarlyTimers(early)
		_, err := proc.CallWithin(s.Context(), time.Second, account, func(r proc.ReplyTo[Changed]) Change { return Change{1, r} })
		return err
	}
	sim.Check(t, func(s *sim.Sim) {
		s.Sometimes("the limit is reached", nil)
		s.Sometimes("there is an answer", nil)
		if err := call(s, time.Second); err != nil {
			s.Happened("the limit is reached")
		} else {
			s.Happened("there is an answer")
		}
	})
	sim.Check(t, func(s *sim.Sim) {
		require.NoError(s, call(s, time.Second/4-1))
	})
}
