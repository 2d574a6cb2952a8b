package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// Who gets a message twice may change it when it has the first of the two.
func TestSeal_ArrivesTwice(t *testing.T) {
	both(t, func(s *Sim) {
		s.Fault(Duplicate(Between(Any(), Any())).Chance(1).AtMost(Unlimited))
		n := 0
		to := proc.Spawn(s.System(), func(self *proc.Self[*parcel]) error {
			for p, err := range self.Messages() {
				if err != nil {
					return err
				}
				p.items = append(p.items, 0)
				n++
			}
			return nil
		})
		for range 2 {
			to.Send(&parcel{items: []int{1}})
			s.Settle()
			to.Send(&parcel{items: []int{1}})
		}
		s.Settle()
		require.Equal(s, 8, n)
	})
}

// So may who gets a reply twice.
func TestSeal_ReplyTwice(t *testing.T) {
	both(t, func(s *Sim) {
		s.Fault(Duplicate(Between(Any(), Any())).Chance(1).AtMost(Unlimited))
		to := proc.Spawn(s.System(), func(self *proc.Self[proc.ReplyTo[*parcel]]) error {
			for r, err := range self.Messages() {
				if err != nil {
					return err
				}
				r.Reply(&parcel{items: []int{1}})
			}
			return nil
		})
		for range 3 {
			p, err := proc.Call(s.Context(), to, func(r proc.ReplyTo[*parcel]) proc.ReplyTo[*parcel] { return r })
			require.NoError(s, err)
			p.items[0]++
			s.Settle()
		}
	})
}

// A sender that changes what arrives twice, or late, is found.
func TestSeal_FindsInSpiteOfFaults(t *testing.T) {
	for name, f := range map[string]Fault{
		"twice": Duplicate(Between(Any(), Any())).Chance(1).AtMost(Unlimited),
		"late":  Delay(Between(Any(), Any()), time.Second).Chance(1),
	} {
		t.Run(name, func(t *testing.T) {
			requireChanged(t, func(s *Sim) {
				s.Fault(f)
				to := taker(s.System(), "taker", nothing)
				p := &parcel{items: []int{1}}
				to.Send(p)
				p.items[0] = 2
				s.Sleep(2 * time.Second)
			})
		})
	}
}

// What has led to a changed message is who sent it and who changed it: not the talkers.
func TestShrink_Changed(t *testing.T) {
	r := failing(t, func(s *Sim) {
		for range 3 {
			talker(s)
		}
		sys := s.System()
		p := &parcel{items: []int{1}}
		to := taker(sys, "taker", nothing)
		proc.Spawn(sys, func(self *proc.Self[int]) error { to.Send(p); return nil }, proc.Titled("sender"))
		proc.Spawn(sys, func(self *proc.Self[int]) error { p.items[0]++; return nil }, proc.Titled("culprit"))
		s.Settle()
	})
	require.Equal(t, failureChanged, r.outcome.failure.kind)
	require.Regexp(t, `changed by !\d+ culprit in step`, r.outcome.failure.what)
	require.True(t, r.shrunk.after.less(r.shrunk.before) || r.shrunk.after == r.shrunk.before)
	require.LessOrEqual(t, r.shrunk.after.switches, 2)
	slice := lanesOf(sliceOf(&r.outcome).events, nil, 0)
	for _, who := range []string{"taker", "sender", "culprit"} {
		require.Contains(t, slice, who)
	}
	requireRepeats(t, r.check, r)
}

// Messages that are left over are the same ones after shrinking.
func TestShrink_Unread(t *testing.T) {
	r := failing(t, func(s *Sim) {
		for range 3 {
			talker(s)
		}
		n := 0
		to := proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			m, err := self.Receive()
			n = m
			return err
		}, proc.Titled("takes one"))
		for i := range 3 {
			s.Go(func() { to.Send(i) })
		}
		s.Settle()
		if n == 0 {
			return
		}
	}, AllReceived())
	require.Equal(t, failureUnread, r.outcome.failure.kind)
	require.Contains(t, r.outcome.failure.what, "takes one")
	require.Zero(t, r.shrunk.after.switches)
	requireRepeats(t, r.check, r)
}

// What has not come in time has not, wherever others are meanwhile.
func TestShrink_Eventually(t *testing.T) {
	r := failing(t, func(s *Sim) {
		for range 3 {
			talker(s)
		}
		s.Eventually("it comes", func() bool { return false }, WithinSteps(50))
	})
	require.Equal(t, failureEventually, r.outcome.failure.kind)
	require.Zero(t, r.shrunk.after.switches)
	requireRepeats(t, r.check, r)
}

// talker has two who send each other something.
func talker(s *Sim) {
	var pair [2]proc.Pid[int]
	talk := func(j int) func(*proc.Self[int]) error {
		return func(self *proc.Self[int]) error {
			for n, err := range self.Messages() {
				if err != nil {
					return err
				}
				if n > 0 {
					pair[1-j].Send(n - 1)
				}
			}
			return nil
		}
	}
	for j := range pair {
		pair[j] = proc.Spawn(s.System(), talk(j))
	}
	pair[0].Send(5)
}
