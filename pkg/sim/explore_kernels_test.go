package sim

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sup"
)

// The small races at the core of proc, each over all of its schedules, in both models of
// delivery. With -v each says how many there are and how long that takes. Each has a
// mistake, too, that a program of its shape can have: then exploring finds a schedule
// that fails, or else it would prove nothing that there is none.

type smallKernel func(s *Sim, mistake bool, happened seen)

// exhaust explores a kernel with and without its mistake. What is said to happen must
// happen in some of its schedules.
func exhaust(t *testing.T, kernel smallKernel, what []string, in models) {
	t.Helper()
	for name, opts := range in {
		t.Run(name, func(t *testing.T) {
			happened := make(seen)
			begun := time.Now()
			e := exploring(t, func(s *Sim) { kernel(s, false, happened) }, opts...)
			t.Logf("%s: %v", e, time.Since(begun).Round(time.Millisecond))
			happened.all(t, what...)

			c := newCheck(t, func(s *Sim) { kernel(s, true, make(seen)) }, opts)
			r := c.explore()
			require.NotNil(t, r, "the mistake is not found")
			require.Empty(t, r.doubt)
			t.Logf("the mistake is found in schedule %d: %s", r.run, firstLine(r.outcome.failure.what))
			requireRepeats(t, c, r)
		})
	}
}

// models are the options of each model of delivery.
type models map[string][]Option

// isolated is for kernels whose threads share only what makes no difference: counters
// of what has happened. The bounds are for the model that has far more schedules.
func isolated(queues ...Bound) models {
	return models{"queues": {Exhaustive(queues...), Isolated()}, "instant": {Instant(), Exhaustive(), Isolated()}}
}

// joined waits for a process that must have ended normally.
func joined(s *Sim, id proc.ID) {
	reason, err := proc.Join(s.Context(), id)
	require.NoError(s, err)
	require.Equal(s, proc.ExitNormally{}, reason)
}

// L2, L1: whether one links just before or just after the end, one hears of it once.
// The mistake: what Link says is not looked at.
func TestExhaustiveKernel_LinkAgainstExit(t *testing.T) {
	eachEnd(t, func(t *testing.T, end func(proc.Pid[string])) {
		exhaust(t, func(s *Sim, mistake bool, happened seen) {
			sys := s.System()
			other := crasher(s, sys)
			linker := proc.Spawn(sys, func(self *proc.Self[string]) error {
				heard := 0
				if err := self.Link(other.ID); err != nil && !mistake {
					happened["link says so"]++
					heard++
				}
				if err := self.Sleep(time.Second); err != nil {
					happened["an interrupt says so"]++
					heard++
				}
				require.NoError(s, self.Sleep(time.Second), "a second interrupt")
				require.Equal(s, 1, heard)
				return nil
			}, proc.Titled("linker"))
			end(other)
			joined(s, linker.ID)
		}, []string{"link says so", "an interrupt says so"}, isolated())
	})
}

// L5: no interrupt of a link comes after Unlink has returned. The mistake: who has ended
// is not unlinked.
func TestExhaustiveKernel_UnlinkAgainstExit(t *testing.T) {
	eachEnd(t, func(t *testing.T, end func(proc.Pid[string])) {
		exhaust(t, func(s *Sim, mistake bool, happened seen) {
			sys := s.System()
			other := crasher(s, sys)
			unlinker := proc.Spawn(sys, func(self *proc.Self[string]) error {
				if err := self.Link(other.ID); err != nil {
					happened["before the link"]++
					return nil
				}
				for range 2 {
					if err := self.Yield(); err != nil {
						happened["before"]++
						return nil
					}
				}
				if !mistake || other.Alive() {
					self.Unlink(other.ID)
				}
				happened["after"]++
				require.NoError(s, self.Sleep(time.Second))
				return nil
			}, proc.Titled("unlinker"))
			end(other)
			joined(s, unlinker.ID)
		}, []string{"before", "after"}, isolated())
	})
}

// L2, L3: each monitor sends one Down, with the true reason, whenever it is made. The
// mistake: who is not alive is not monitored, and yet waited for.
func TestExhaustiveKernel_MonitorAgainstExit(t *testing.T) {
	eachEnd(t, func(t *testing.T, end func(proc.Pid[string])) {
		exhaust(t, func(s *Sim, mistake bool, happened seen) {
			sys := s.System()
			other := crasher(s, sys)
			watcher := proc.Spawn(sys, func(self *proc.Self[string]) error {
				var ref proc.MonitorRef
				if !mistake || other.Alive() {
					ref = self.Monitor(other.ID)
				}
				down, err := proc.Receive(self, sel.Message[proc.ProcessDown]())
				require.NoError(s, err)
				require.Equal(s, ref, down.Ref)
				require.Equal(s, other.Reason(), down.Reason)
				require.False(s, other.Alive())
				_, err = proc.ReceiveWithin(self, time.Second, sel.Any())
				require.Error(s, err, "a second message")
				happened["told"]++
				return nil
			}, proc.Titled("watcher"))
			end(other)
			joined(s, watcher.ID)
		}, []string{"told"}, isolated())
	})
}

// L3: after Demonitor no Down is received, be it queued or on its way. The mistake: of
// who has ended it is thought that its Down has been received.
func TestExhaustiveKernel_DemonitorAgainstExit(t *testing.T) {
	eachEnd(t, func(t *testing.T, end func(proc.Pid[string])) {
		exhaust(t, func(s *Sim, mistake bool, happened seen) {
			sys := s.System()
			other := crasher(s, sys)
			watcher := proc.Spawn(sys, func(self *proc.Self[string]) error {
				ref := self.Monitor(other.ID)
				alive := other.Alive()
				if alive {
					happened["before the end"]++
				} else {
					happened["after the end"]++
				}
				if !mistake || alive {
					self.Demonitor(ref)
				}
				_, err := proc.ReceiveWithin(self, 0, sel.Any())
				require.Error(s, err, "a Down in the mailbox")
				_, err = proc.ReceiveWithin(self, time.Second, sel.Any())
				require.Error(s, err, "a Down")
				return nil
			}, proc.Titled("watcher"))
			end(other)
			joined(s, watcher.ID)
		}, []string{"before the end", "after the end"}, isolated())
	})
}

// C6: nothing of a timer is received after CancelTimer, which says true if it has not
// been before. The mistake: a timer that has fired is not cancelled.
func TestExhaustiveKernel_CancelAgainstFire(t *testing.T) {
	exhaust(t, func(s *Sim, mistake bool, happened seen) {
		sys := s.System()
		owner := proc.Spawn(sys, func(self *proc.Self[string]) error {
			timer := proc.StartTimer(self, time.Second)
			sent := proc.SendAfter(self, time.Second, self.Pid(), "tick")
			if err := self.Sleep(time.Second); err != nil {
				return err
			}
			_ = self.Yield()
			info, _ := self.ID().Info()
			happened[[]string{"none has fired", "one has fired", "both have fired"}[info.Mailbox]]++
			if !mistake || info.Mailbox == 0 {
				require.True(s, proc.CancelTimer(self, timer))
				require.True(s, proc.CancelTimer(self, sent))
				require.False(s, proc.CancelTimer(self, sent))
			}
			_, err := proc.ReceiveWithin(self, time.Minute, sel.Any())
			require.Error(s, err)
			return nil
		}, proc.Titled("owner"))
		joined(s, owner.ID)
	}, []string{"none has fired", "one has fired", "both have fired"}, isolated())
}

// No message is lost to a process of a Loop that gives its goroutine up, or has. The
// mistake: before that it cleans up, and throws away what has come since it was asked.
func TestExhaustiveKernel_HandOverOfAnIdleLoop(t *testing.T) {
	type state struct {
		got      []int
		mistake  bool
		happened seen
	}
	loop := proc.NewLoop(func(self *proc.Self[int], st *state) error {
		for len(st.got) < 3 {
			n, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil)
			if err == proc.Hibernate {
				_ = self.Yield() // something may come between the question and the rest
				info, _ := self.ID().Info()
				st.happened[[]string{"nothing has come", "one has come", "two have come"}[info.Mailbox]]++
				if st.mistake {
					self.Flush()
				}
			}
			if err != nil {
				return err
			}
			st.got = append(st.got, n)
		}
		for i, n := range st.got {
			if i != n {
				return errors.New("out of order")
			}
		}
		return nil
	})
	exhaust(t, func(s *Sim, mistake bool, happened seen) {
		sys := s.System()
		pid := proc.Spawn(sys, func(self *proc.Self[int]) error { return loop.Enter(state{mistake: mistake, happened: happened}) }, proc.Titled("loop"))
		pid.Send(0)
		s.Sleep(200 * time.Millisecond) // when it is not warm any more
		pid.Send(1)
		pid.Send(2)
		joined(s, pid.ID)
	}, []string{"nothing has come", "one has come", "two have come"}, isolated())
}

// U2, U7: a supervisor that is stopped while it restarts a child leaves none behind. The
// mistake: somebody else restarts it, whom the stop knows nothing of.
//
// There are too many schedules, and package sup shares tables: those with three delays
// are taken.
func TestExhaustiveKernel_SupervisorsStopAgainstRestart(t *testing.T) {
	crash := errors.New("crash")
	exhaust(t, func(s *Sim, mistake bool, happened seen) {
		sys := s.System()
		var latest proc.ID
		runs := 0
		child := func(self *proc.Self[string]) error {
			latest = self.ID()
			if runs++; runs == 1 {
				return crash
			}
			_, err := self.Receive()
			return err
		}
		supervisor := func(self *proc.Self[string]) error {
			return sup.Run(self, sup.Spec{Intensity: 1, Period: time.Minute, Children: []sup.Child{sup.Worker("child", child)}})
		}
		if mistake {
			supervisor = func(self *proc.Self[string]) error {
				self.Monitor(proc.Spawn(sys, child, proc.Titled("child")).ID)
				for {
					if _, err := proc.Receive(self, sel.Message[proc.ProcessDown]()); err != nil {
						latest.Kill()
						return nil
					}
					proc.Spawn(sys, func(*proc.Self[string]) error {
						proc.Spawn(sys, child, proc.Titled("child"))
						return nil
					}, proc.Titled("restarter"))
				}
			}
		}
		top := proc.Spawn(sys, supervisor, proc.Titled("supervisor"))
		top.Interrupt(proc.NormalExitRequested{})
		joined(s, top.ID)
		s.Settle()
		require.False(s, latest.Alive(), "the child outlives its supervisor")
		if runs == 2 {
			happened["restarted"]++
		} else {
			happened["stopped before"]++
		}
	}, []string{"restarted", "stopped before"}, models{
		"queues": {Exhaustive(Delays(3))}, "instant": {Instant(), Exhaustive(Delays(3))},
	})
}
