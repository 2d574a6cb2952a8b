package sim

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// answered calls somebody who answers at once, within a limit.
func answered(s *Sim, limit time.Duration) (late bool) {
	server := proc.Spawn(s.System(), func(self *proc.Self[proc.ReplyTo[int]]) error {
		reply, err := self.Receive()
		reply.Reply(1)
		return err
	})
	began := s.Now()
	_, err := proc.CallWithin(s.Context(), limit, server, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
	if err == nil {
		return false
	}
	require.ErrorIs(s, err, context.DeadlineExceeded)
	require.Equal(s, limit, s.Now().Sub(began), "the clock shows that it is early")
	return true
}

func TestEarlyTimers(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []Option
		late bool
	}{
		{"none", nil, false},
		{"shorter than the limit", []Option{EarlyTimers(time.Second - 1)}, false},
		{"as long as the limit", []Option{EarlyTimers(time.Second)}, true},
		{"whatever the limit", []Option{EarlyTimers(math.MaxInt64)}, true},
		{"at once", []Option{EarlyTimers(time.Second), Instant()}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			late, inTime := 0, 0
			check := newCheck(t, func(s *Sim) {
				if answered(s, time.Second) {
					late++
				} else {
					inTime++
				}
			}, append(c.opts, Unrepeatable()))
			check.runs = 200
			require.Nil(t, check.sweep())
			require.Equal(t, c.late, late > 0)
			require.Positive(t, inTime)
		})
	}
	require.Panics(t, func() { EarlyTimers(0) })
	require.Panics(t, func() { EarlyTimers(-1) })
}

// A run with them is repeated from its line, and made smaller, as any other one.
func TestEarlyTimers_Replay(t *testing.T) {
	r := failing(t, func(s *Sim) {
		for range 3 {
			if answered(s, time.Second) {
				s.Errorf("late")
			}
		}
	}, EarlyTimers(time.Second))
	require.Equal(t, "late", firstLine(r.outcome.failure.what))
	require.Regexp(t, `1s +@ +its timer fires`, r.String())
	requireRepeats(t, r.check, r)
}

// Timers fire in the order in which they are due, and each when the clock shows it.
func TestEarlyTimers_InOrder(t *testing.T) {
	early := 0
	Check(t, func(s *Sim) {
		var fired []time.Duration
		for _, d := range []time.Duration{3, 1, 2, 1, 5} {
			s.s.AfterFunc(d, func() {
				fired = append(fired, d)
				require.Equal(s, d, s.s.Elapsed())
			})
		}
		for len(fired) < 5 && s.s.steps < 1000 {
			s.s.Yield()
		}
		if len(fired) > 0 {
			early++
		}
		s.Sleep(5)
		s.Settle()
		require.Equal(s, []time.Duration{1, 1, 2, 3, 5}, fired)
	}, EarlyTimers(10), Runs(200), Unrepeatable())
	require.Positive(t, early)
}

// Somebody who ticks for ever keeps nobody from going on.
func TestEarlyTimers_TicksStarveNobody(t *testing.T) {
	Check(t, func(s *Sim) {
		sys := s.System()
		ctx, cancel := context.WithCancel(s.Context())
		s.Go(func() {
			for ctx.Err() == nil {
				s.Sleep(time.Millisecond)
			}
		})
		p := proc.Spawn(sys, func(self *proc.Self[int]) error {
			for range 20 {
				if err := self.Yield(); err != nil {
					return err
				}
			}
			return nil
		})
		_, err := proc.Join(s.Context(), p.ID)
		require.NoError(s, err)
		cancel()
		s.Sleep(time.Second)
	}, EarlyTimers(time.Second), Runs(200), StepLimit(10_000))
}

// What cannot be explored is said.
func TestEarlyTimers_AreNotExplored(t *testing.T) {
	c := newCheck(t, func(s *Sim) { answered(s, time.Second) }, []Option{Exhaustive(), EarlyTimers(time.Second)})
	r := c.explore()
	require.NotNil(t, r)
	require.Contains(t, r.String(), "EarlyTimers: ")
}
