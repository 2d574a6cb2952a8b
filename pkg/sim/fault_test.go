package sim

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sup"
)

// both runs a body some times in each model of delivery.
func both(t *testing.T, body func(s *Sim)) {
	t.Helper()
	t.Run("queues", func(t *testing.T) { Check(t, body, Runs(64)) })
	t.Run("instant", func(t *testing.T) { Check(t, body, Runs(64), Instant()) })
}

// hopeless is both for a body whose faults have no opportunity, which is told.
func hopeless(t *testing.T, body func(s *Sim)) {
	t.Helper()
	for name, opts := range map[string][]Option{"queues": nil, "instant": {Instant()}} {
		t.Run(name, func(t *testing.T) {
			c := newCheck(t, body, opts)
			c.runs = 64
			if r := c.sweep(); r != nil {
				t.Fatal(r)
			}
			text, _ := c.verdict()
			require.Contains(t, text, " has had no opportunity")
		})
	}
}

// oneRun runs a body once.
func oneRun(t *testing.T, body func(s *Sim), opts ...Option) outcome {
	t.Helper()
	c := newCheck(t, body, opts)
	o := c.run(plan{seed: 1, strategy: Random()})
	require.Nil(t, o.failure)
	return o
}

// watch is a process that gathers all messages of a type.
func watch[M any](sys *proc.System, got *[]M) proc.Pid[M] {
	return proc.Spawn(sys, func(self *proc.Self[M]) error {
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			*got = append(*got, m)
		}
		return nil
	}, proc.Titled("watch"))
}

// A kill by a fault is one like others, for links, monitors and names; and what had
// arrived just before is unread.
func TestFault_KillIsAKill(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Kill(Titled("victim")).When(Gets[string]()).Nth(2))
		name := proc.NewName[string]("victim")
		got := 0
		victim := proc.Spawn(sys, func(self *proc.Self[string]) error {
			for {
				if _, err := self.Receive(); err != nil {
					return err
				}
				got++
			}
		}, proc.Titled("victim"), proc.Registered(name))
		linked := proc.Spawn(sys, func(self *proc.Self[int]) error {
			require.NoError(s, self.Link(victim.ID))
			ref := self.Monitor(victim.ID)
			victim.Send("first")
			victim.Send("second")
			victim.Send("third")
			_, err := self.Receive()
			crash, _ := errors.AsType[proc.LinkedProcessCrashed](err)
			require.Equal(s, proc.ExitKilled{}, crash.Reason)
			down, err := proc.Receive(self, proc.SelectDown(ref))
			require.NoError(s, err)
			require.Equal(s, proc.ExitKilled{}, down.Reason)
			_, found := proc.Whereis(sys, name)
			require.False(s, found)
			return nil
		}, proc.Titled("linked"))
		_, err := proc.Join(s.Context(), linked.ID)
		require.NoError(s, err)
		require.Equal(s, proc.ExitNormally{}, linked.Reason())
		s.Settle()
		require.LessOrEqual(s, got, 1)
		letters := sys.Counters().DeadLetters
		require.EqualValues(s, 3-got, letters["unread at exit"]+letters["process not running"], "%v", letters)
	})
}

// Between two sends nothing but a crash can come: a killed process goes on to its next
// operation.
func TestFault_KillAndCrashWhenItSends(t *testing.T) {
	for name, c := range map[string]struct {
		fault Fault
		got   []int
	}{
		"kill":            {Kill(Titled("sender")), []int{1, 2}},
		"crash":           {Crash(Titled("sender")), []int{1}},
		"kill at a point": {Kill(Titled("sender")).When(Passes("half-way")), []int{1}},
	} {
		if c.fault.when.kind == momentAny {
			c.fault = c.fault.When(Sends[int]()).Nth(1)
		}
		t.Run(name, func(t *testing.T) {
			both(t, func(s *Sim) {
				sys := s.System()
				s.Fault(c.fault.Chance(1))
				var got []int
				unwound := false
				to := watch(sys, &got)
				sender := proc.Spawn(sys, func(self *proc.Self[string]) error {
					defer func() { unwound = true }()
					to.Send(1)
					if c.fault.when.kind == momentPoint {
						s.Point("half-way")
					}
					to.Send(2)
					err := self.Yield()
					to.Send(3)
					return err
				}, proc.Titled("sender"))
				_, err := proc.Join(s.Context(), sender.ID)
				require.NoError(s, err)
				s.Settle()
				require.Equal(s, c.got, got)
				require.True(s, unwound)
			})
		})
	}
}

// A crash says that it was a fault, and where: by a panic where the process acts, by an
// error where it waits. Its deferred functions run.
func TestFault_Crash(t *testing.T) {
	reasons := make(seen)
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Crash(Titled("victim")).Nth(1 + s.Rand().IntN(4)))
		var got []int
		deferred := 0
		to := watch(sys, &got)
		victim := proc.Spawn(sys, func(self *proc.Self[int]) error {
			defer func() { deferred++; to.Send(-1) }()
			for i := range 2 {
				to.Send(i)
			}
			_, err := self.Receive()
			return err
		}, proc.Titled("victim"))
		reason, err := proc.Join(s.Context(), victim.ID)
		require.NoError(s, err)
		require.ErrorIs(s, reason, ErrFault)
		require.Equal(s, proc.Crash, reason.Severity())
		if p, ok := reason.(proc.ExitPanic); ok {
			require.Contains(s, p.Stack, "fault_test.go:")
			reasons["panic"]++
		} else {
			reasons["error"]++
		}
		s.Settle()
		require.Equal(s, 1, deferred)
		require.Equal(s, -1, got[len(got)-1])
	})
	reasons.all(t, "panic", "error")
}

// What a crash keeps from being answered fails with it.
func TestFault_CrashWhenItReplies(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Crash(Titled("server")).When(Gets[deposit]()).Nth(1))
		balance := 0
		server := account(sys, "server", &balance)
		_, err := proc.CallWithin(s.Context(), -1, server, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} })
		require.ErrorIs(s, err, ErrFault)
	})
}

// An idle process can be hit, too, and what is done to it is done at once.
func TestFault_Idle(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		pid := idle[int](sys, "idle")
		s.Settle()
		s.Fault(Shutdown(Pids(pid.ID), proc.ExitNormallyWith{Detail: "enough"}).Chance(1))
		s.Settle()
		require.Equal(s, proc.ExitNormallyWith{Detail: "enough"}, pid.Reason())
	})
}

// Each opportunity of an interrupt is one more, in order, if it may fire that often.
func TestFault_Interrupts(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Interrupt(Titled("victim"), proc.InterruptedBy{Value: "fault"}).When(Gets[int]()).Chance(1).AtMost(3))
		interrupts := 0
		victim := proc.Spawn(sys, func(self *proc.Self[int]) error {
			for got := 0; got < 5; {
				if n, err := self.Receive(); err == nil {
					require.Equal(s, got, n)
					got++
				} else {
					require.Equal(s, proc.InterruptedBy{Value: "fault"}, err)
					interrupts++
				}
			}
			return nil
		}, proc.Titled("victim"))
		for i := range 5 {
			victim.Send(i)
		}
		_, err := proc.Join(s.Context(), victim.ID)
		require.NoError(s, err)
		require.Equal(s, 3, interrupts)
	})
}

// A paused process does not go on before its time has passed; others do.
func TestFault_Pause(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Pause(Titled("paused"), time.Minute).When(Gets[string]()).Nth(1))
		begin := s.Now()
		var after [2]time.Duration
		for i, title := range []string{"paused", "other"} {
			pid := proc.Spawn(sys, func(self *proc.Self[string]) error {
				_, err := self.Receive()
				after[i] = s.Now().Sub(begin)
				return err
			}, proc.Titled(title))
			pid.Send("go on")
		}
		s.Sleep(time.Hour)
		require.Equal(s, [2]time.Duration{time.Minute, 0}, after)
	})
}

// What is paused, held up or full when the body returns is not a leak.
func TestFault_EndWithTheBody(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		const long = 1000 * time.Hour
		s.Fault(Pause(Titled("a"), long).Chance(1), Delay(Between(Outside(), Titled("b")), long).Chance(1),
			Full(Titled("c"), long).Chance(1))
		idle[int](sys, "a").Send(1)
		idle[int](sys, "b").Send(1)
		proc.Spawn(sys, func(self *proc.Self[int]) error { _, err := self.Receive(); return err },
			proc.Titled("c"), proc.Bounded(1, proc.Reject)).Send(1)
		s.Settle()
		require.Len(s, s.s.lasts, 3)
	})
}

// What is held up comes late, in its order; others do not wait for it.
func TestFault_Delay(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Delay(OneWay(Titled("slow"), Any()), time.Minute).When(Sends[int]()).Nth(2))
		begin := s.Now()
		type arrival struct {
			n     int
			after time.Duration
		}
		var got []arrival
		to := proc.Spawn(sys, func(self *proc.Self[int]) error {
			for n, err := range self.Messages() {
				if err != nil {
					return err
				}
				got = append(got, arrival{n, s.Now().Sub(begin)})
			}
			return nil
		}, proc.Titled("to"))
		proc.Spawn(sys, func(self *proc.Self[proc.ID]) error {
			for i := range 3 {
				to.Send(i)
			}
			if err := self.Sleep(time.Hour); err != nil {
				return err
			}
			to.Send(3)
			return nil
		}, proc.Titled("slow"))
		s.Sleep(time.Second)
		to.Send(10)
		s.Sleep(2 * time.Hour)
		require.Equal(s, []arrival{{0, 0}, {10, time.Second}, {1, time.Minute}, {2, time.Minute}, {3, time.Hour}}, got)
	})
}

// Interrupts and shutdowns are held up, too.
func TestFault_DelayOfSignals(t *testing.T) {
	both(t, func(s *Sim) {
		s.Fault(Delay(Between(Outside(), Any()), time.Minute).Chance(1))
		pid := idle[int](s.System(), "idle")
		begin := s.Now()
		pid.Shutdown(proc.ExitNormally{})
		_, err := proc.Join(s.Context(), pid.ID)
		require.NoError(s, err)
		require.Equal(s, time.Minute, s.Now().Sub(begin))
	})
}

// All that a process has sent comes before its end is told, held up or not.
func TestFault_DelayDoesNotOvertakeTheEnd(t *testing.T) {
	both(t, func(s *Sim) {
		sys := s.System()
		s.Fault(Delay(OneWay(Titled("sender"), Any()), time.Minute).Chance(1))
		watcher := proc.Spawn(sys, func(self *proc.Self[int]) error {
			_, ref := proc.SpawnMonitor(self, func(*proc.Self[string]) error {
				for i := range 3 {
					self.Pid().Send(i)
				}
				return nil
			}, proc.Titled("sender"))
			_, err := proc.Receive(self, proc.SelectDown(ref))
			require.NoError(s, err)
			for i := range 3 {
				n, err := proc.ReceiveWithin(self, 0, sel.Message[int]())
				require.NoError(s, err)
				require.Equal(s, i, n)
			}
			return nil
		}, proc.Titled("watcher"))
		_, err := proc.Join(s.Context(), watcher.ID)
		require.NoError(s, err)
	})
}

// What fires is drawn from a stream of its own: with a fault that does not fire the
// schedule is what it is without.
func TestFault_DoesNotChangeTheSchedule(t *testing.T) {
	body := func(s *Sim) {
		sys := s.System()
		balance := 0
		a := account(sys, "a", &balance)
		for range 3 {
			s.Go(func() {
				_, _ = proc.Call(s.Context(), a, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} })
			})
		}
		s.Settle()
	}
	without := oneRun(t, body)
	with := oneRun(t, func(s *Sim) {
		s.Fault(Kill(Any()).Nth(1000), Drop(Between(Any(), Any())).Chance(1e-12), Crash(Titled("nobody")).Chance(1))
		body(s)
	})
	require.NotEmpty(t, without.choices)
	require.Equal(t, without.choices, with.choices)
	require.Equal(t, lines(without.events), lines(with.events))
	require.Empty(t, with.faults)
}

// In a repeated run just those faults fire that its plan says, whatever chance and
// limits say: so one can be taken away, or put in.
func TestFault_PlanDecides(t *testing.T) {
	body := func(s *Sim) {
		sys := s.System()
		s.Fault(Drop(Between(Outside(), Titled("watch"))).When(Sends[int]()).Chance(0.5).AtMost(2))
		var got []int
		pid := watch(sys, &got)
		for i := range 6 {
			pid.Send(i)
		}
		s.Settle()
		for _, n := range got {
			s.Logf("%d", n)
		}
	}
	c := newCheck(t, body, nil)
	o := c.run(plan{seed: 3, strategy: Random()})
	require.Nil(t, o.failure)
	require.Len(t, o.faults, 2)
	require.Len(t, strings.Fields(o.said), 4)
	for _, faults := range [][]int{nil, {0}, {5}, {0, 1, 2, 3, 4, 5}} {
		again := c.run(plan{seed: 3, strategy: Random(), replays: true, again: again{choices: o.choices, faults: faults}})
		require.Equal(t, faults, again.faults)
		want := "0\n1\n2\n3\n4\n5\n"
		for _, n := range faults {
			want = strings.ReplaceAll(want, string(rune('0'+n))+"\n", "")
		}
		require.Equal(t, want, again.said)
	}
}

// A supervisor is not hit unless it is chosen.
func TestFault_Who(t *testing.T) {
	named := proc.NewName[int]("named")
	for name, c := range map[string]struct {
		who  func(sys *proc.System, pid proc.Pid[int]) Who
		hits string
	}{
		"zero":    {func(*proc.System, proc.Pid[int]) Who { return Who{} }, "a/1 b runner"},
		"any":     {func(*proc.System, proc.Pid[int]) Who { return Any() }, "a/1 b runner"},
		"any but": {func(*proc.System, proc.Pid[int]) Who { return AnyBut(Titled("a/*")) }, "b runner"},
		"titled":  {func(*proc.System, proc.Pid[int]) Who { return Titled("a/*", "sup*") }, "a/1 supervisor"},
		"pids":    {func(_ *proc.System, pid proc.Pid[int]) Who { return Pids(pid.ID) }, "b"},
		"a name":  {func(sys *proc.System, _ proc.Pid[int]) Who { return Pids(proc.Named(sys, named).ID) }, "b"},
		"outside": {func(*proc.System, proc.Pid[int]) Who { return Outside() }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			runs := both
			if c.hits == "" {
				runs = hopeless
			}
			runs(t, func(s *Sim) {
				sys := s.System()
				idle[int](sys, "a/1")
				b := proc.Spawn(sys, func(self *proc.Self[int]) error { _, err := self.Receive(); return err },
					proc.Titled("b"), proc.Registered(named))
				proc.Spawn(sys, func(self *proc.Self[string]) error { return sup.Run(self, sup.Spec{}) }, proc.Titled("runner"))
				s.Settle()
				s.Fault(Kill(c.who(sys, b)).Chance(1).AtMost(Unlimited))
				s.Settle()
				var hit []string
				for _, e := range s.s.events {
					if e.kind == eventFault {
						hit = append(hit, strings.Fields(e.text)[1])
					}
				}
				require.Equal(s, c.hits, strings.Join(hit, " "))
			})
		})
	}
}

func TestFault_BadDescriptions(t *testing.T) {
	for name, f := range map[string]func(){
		"AtMost":          func() { Kill(Any()).AtMost(0) },
		"Chance":          func() { Kill(Any()).Chance(0) },
		"Chance above":    func() { Kill(Any()).Chance(1.5) },
		"Nth":             func() { Kill(Any()).Nth(0) },
		"Pause":           func() { Pause(Any(), 0) },
		"Full":            func() { Full(Any(), -1) },
		"Delay":           func() { Delay(Between(Any(), Any()), 0) },
		"Interrupt":       func() { Interrupt(Any(), nil) },
		"Shutdown":        func() { Shutdown(Any(), nil) },
		"point on a wire": func() { Drop(Between(Any(), Any())).When(Passes("x")) },
		"pattern":         func() { Titled("[") },
	} {
		t.Run(name, func(t *testing.T) { require.Panics(t, f) })
	}
	r := failing(t, func(s *Sim) { s.Fault(Fault{}) })
	require.Contains(t, r.outcome.failure.what, "a fault of no kind")
}
