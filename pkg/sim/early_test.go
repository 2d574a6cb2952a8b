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
		name  string
		early time.Duration
		opts  []Option
		late  bool
	}{
		{"none", 0, nil, false},
		{"a negative one is none", -time.Second, nil, false},
		{"shorter than the limit", time.Second - 1, nil, false},
		{"as long as the limit", time.Second, nil, true},
		{"whatever the limit", math.MaxInt64, nil, true},
		{"at once", time.Second, []Option{Instant()}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			late, inTime := 0, 0
			check := newCheck(t, func(s *Sim) {
				s.EarlyTimers(c.early)
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
}

// A run with them is repeated from its line, and made smaller, as any other one.
func TestEarlyTimers_Replay(t *testing.T) {
	r := failing(t, func(s *Sim) {
		s.EarlyTimers(time.Second)
		for range 3 {
			if answered(s, time.Second) {
				s.Errorf("late")
			}
		}
	})
	require.Equal(t, "late", firstLine(r.outcome.failure.what))
	require.Regexp(t, `1s +@ +has waited for 1s`, r.String())
	requireRepeats(t, r.check, r)
}

// Timers fire in the order in which they are due, and each when the clock shows it.
func TestEarlyTimers_InOrder(t *testing.T) {
	early := 0
	Check(t, func(s *Sim) {
		s.EarlyTimers(10)
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
	}, Runs(200), Unrepeatable())
	require.Positive(t, early)
}

// Somebody who ticks for ever keeps nobody from going on.
func TestEarlyTimers_TicksStarveNobody(t *testing.T) {
	Check(t, func(s *Sim) {
		s.EarlyTimers(time.Second)
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
	}, Runs(200), StepLimit(10_000))
}

// Nothing waits for longer than it is said, though others tick on: not what is under
// way, and not who can go on. And they can be switched off.
func TestEarlyTimers_NothingIsLaterThanThat(t *testing.T) {
	const early = time.Second
	latest := time.Duration(0)
	Check(t, func(s *Sim) {
		s.EarlyTimers(early)
		sys := s.System()
		ticking := true
		for range 2 {
			s.Go(func() {
				for ticking {
					s.Sleep(early / 7)
				}
			})
		}
		var most time.Duration
		reader := proc.Spawn(sys, func(self *proc.Self[time.Time]) error {
			for sent, err := range self.Messages() {
				if err != nil {
					return err
				}
				most = max(most, s.Now().Sub(sent))
				if err := self.Yield(); err != nil {
					return err
				}
			}
			return nil
		})
		for range 5 {
			reader.Send(s.Now())
			s.Sleep(10 * early)
		}
		require.LessOrEqual(s, most, 2*early, "its way, and its receiver")
		latest = max(latest, most)
		s.EarlyTimers(0)
		most = 0
		reader.Send(s.Now())
		s.Sleep(early)
		require.Zero(s, most)
		ticking = false
		s.Sleep(early)
		reader.Kill()
	}, Runs(400), Unrepeatable())
	require.Greater(t, latest, early, "it is not late at all")
}

// What is waited for eventually has its time.
func TestEarlyTimers_EventuallyIsNotEarly(t *testing.T) {
	Check(t, func(s *Sim) {
		s.EarlyTimers(time.Hour)
		up := false
		proc.Spawn(s.System(), func(*proc.Self[int]) error { up = true; return nil })
		s.Eventually("it is up", func() bool { return up }, WithinTime(time.Second))
	}, Runs(200))
}

// What cannot be explored is said.
func TestEarlyTimers_AreNotExplored(t *testing.T) {
	c := newCheck(t, func(s *Sim) { s.EarlyTimers(time.Second) }, []Option{Exhaustive()})
	r := c.explore()
	require.NotNil(t, r)
	require.Contains(t, r.String(), "EarlyTimers: ")
}
