package sim

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Small programs, each with one of the mistakes that runtimes and programs like these
// have made, and the same without it. They keep by hand what proc keeps itself, for
// that does not have the mistake.
var planted = []struct {
	name string
	body func(s *Sim, mended bool)
}{
	{"a late reply taken for the next call's", plantedLateReply},
	{"unlink that leaves the interrupt queued", plantedUnlink},
	{"demonitor that leaves the Down", plantedDemonitor},
	{"a cancelled timer already queued", plantedCancelledTimer},
	{"a double restart when two siblings die", plantedDoubleRestart},
	{"a shutdown overwritten by an interrupt", plantedOneSlot},
	{"a lost wake-up in the selective wake", plantedLostWakeUp},
	{"a supervisor's stop racing a retry", plantedStopRacesRetry},
}

// Answers come as messages, and say nothing of the question.
func plantedLateReply(s *Sim, mended bool) {
	type answer struct{ to int }
	type ask struct {
		from proc.Pid[answer]
		n    int
		work time.Duration
	}
	sys := s.System()
	server := proc.Spawn(sys, func(self *proc.Self[ask]) error {
		for m, err := range self.Messages() {
			if err != nil || self.Sleep(m.work) != nil {
				return err
			}
			m.from.Send(answer{m.n})
		}
		return nil
	}, proc.Titled("server"))
	client := proc.Spawn(sys, func(self *proc.Self[answer]) error {
		call := func(n int, work time.Duration) (answer, error) {
			server.Send(ask{self.Pid(), n, work})
			return proc.ReceiveWithin(self, time.Second, sel.Message[answer]().Where(func(a answer) bool {
				return !mended || a.to == n
			}))
		}
		_, _ = call(1, time.Second) // the answer is just in time, or just not
		got, err := call(2, 0)
		require.NoError(s, err)
		require.Equal(s, 2, got.to, "the answer to the second call")
		return nil
	}, proc.Titled("client"))
	_, err := proc.Join(s.Context(), client.ID)
	require.NoError(s, err)
}

// Two linked processes of a runtime in small: a crash of one puts an interrupt into
// the queue of the other, if they are linked.
func plantedUnlink(s *Sim, mended bool) {
	sys := s.System()
	linked, queue := true, []string(nil)
	crashing := proc.Spawn(sys, func(self *proc.Self[string]) error {
		_, err := self.Receive()
		if linked {
			queue = append(queue, "linked process crashed")
		}
		return err
	}, proc.Titled("crashing"))
	crashing.Send("crash")
	other := proc.Spawn(sys, func(self *proc.Self[string]) error {
		if err := self.Yield(); err != nil {
			return err
		}
		linked = false
		if mended {
			queue = nil
		}
		err := self.Yield()
		require.Empty(s, queue, "after unlink")
		return err
	}, proc.Titled("other"))
	_, err := proc.Join(s.Context(), other.ID)
	require.NoError(s, err)
}

// A process that sets messages aside, and demonitors: not those which it has set
// aside.
func plantedDemonitor(s *Sim, mended bool) {
	sys := s.System()
	target := proc.Spawn(sys, func(self *proc.Self[string]) error { _, err := self.Receive(); return err })
	watcher := proc.Spawn(sys, func(self *proc.Self[string]) error {
		ref := self.Monitor(target.ID)
		var aside []any
		for {
			m, err := proc.Receive(self, sel.Any())
			if err != nil {
				return err
			}
			if m == any("stop watching") {
				break
			}
			aside = append(aside, m)
		}
		self.Demonitor(ref)
		for _, m := range aside {
			if down, ok := m.(proc.ProcessDown); ok && !(mended && down.Ref == ref) {
				s.Errorf("a Down after demonitor")
			}
		}
		return nil
	}, proc.Titled("watcher"))
	s.Go(func() { target.Send("end") })
	watcher.Send("stop watching")
	_, err := proc.Join(s.Context(), watcher.ID)
	require.NoError(s, err)
}

// A timer that is a process of its own and sends a message. To stop it is not to take
// back what it has sent.
func plantedCancelledTimer(s *Sim, mended bool) {
	type tick struct{ timer proc.ID }
	sys := s.System()
	owner := proc.Spawn(sys, func(self *proc.Self[tick]) error {
		start := func() proc.ID {
			return proc.Spawn(self, func(timer *proc.Self[string]) error {
				if err := timer.Sleep(time.Second); err != nil {
					return err
				}
				self.Pid().Send(tick{timer.ID()})
				return nil
			}, proc.Titled("timer"), proc.Owned()).ID
		}
		first := start()
		if err := self.Sleep(time.Second); err != nil {
			return err
		}
		first.Kill()
		second := start()
		got, err := proc.Receive(self, sel.Message[tick]().Where(func(t tick) bool { return !mended || t.timer == second }))
		require.Equal(s, second.String(), got.timer.String(), "a tick of the cancelled timer")
		return err
	}, proc.Titled("owner"))
	_, err := proc.Join(s.Context(), owner.ID)
	require.NoError(s, err)
}

// A supervisor of a group that restarts all of it for each death, also one in the
// group that has been restarted already.
func plantedDoubleRestart(s *Sim, mended bool) {
	sys := s.System()
	restarts := 0
	started := make(map[proc.ID]proc.Pid[string])
	var group []proc.ID
	proc.Spawn(sys, func(self *proc.Self[string]) error {
		start := func() {
			group = nil
			for range 2 {
				pid, _ := proc.SpawnMonitor(self, func(child *proc.Self[string]) error {
					if _, err := child.Receive(); err != nil {
						return err
					}
					return errors.New("crash")
				}, proc.Titled("child"), proc.Owned())
				group = append(group, pid.ID)
				started[pid.ID] = pid
			}
		}
		start()
		for {
			down, err := proc.Receive(self, sel.Message[proc.ProcessDown]())
			if err != nil {
				return err
			}
			if down.Reason == (proc.ExitKilled{}) || mended && !slices.Contains(group, down.ID) {
				continue
			}
			restarts++
			for _, id := range group {
				id.Kill()
			}
			start()
		}
	}, proc.Titled("supervisor"))
	s.Settle()
	for _, id := range slices.Clone(group) {
		started[id].Send("die")
	}
	s.Settle()
	require.LessOrEqual(s, restarts, 1)
}

// One slot for shutdowns and interrupts.
func plantedOneSlot(s *Sim, mended bool) {
	sys := s.System()
	type signal string
	slot := signal("")
	victim := proc.Spawn(sys, func(self *proc.Self[signal]) error {
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			if slot == "" || !mended {
				slot = m
			}
			if err := self.Sleep(time.Second); err != nil { // busy with something
				return err
			}
			for { // whatever has come meanwhile
				m, err := proc.ReceiveWithin(self, 0, sel.Message[signal]())
				if err != nil {
					break
				}
				if m == "shutdown" || !mended {
					slot = m
				}
			}
			if slot == "shutdown" {
				return nil
			}
			slot = ""
		}
		return nil
	}, proc.Titled("victim"))
	s.Go(func() { victim.Send("shutdown") })
	s.Go(func() { victim.Send("interrupt") })
	s.Sleep(time.Minute)
	require.False(s, victim.Alive(), "the shutdown is lost")
}

// A receiver that looks into its mailbox and then says that it waits, and a sender
// that wakes only who says so.
func plantedLostWakeUp(s *Sim, mended bool) {
	sys := s.System()
	waits, queue := false, 0
	receiver := proc.Spawn(sys, func(self *proc.Self[string]) error {
		waits = mended
		if queue > 0 {
			return nil
		}
		if err := self.Yield(); err != nil {
			return err
		}
		waits = true
		_, err := self.Receive() // to be woken
		return err
	}, proc.Titled("receiver"))
	s.Go(func() {
		queue++
		if waits {
			receiver.Send("wake up")
		}
	})
	_, err := proc.Join(s.Context(), receiver.ID)
	require.NoError(s, err)
}

// A supervisor that starts a child again after a while, in a task so that it can
// answer meanwhile, and stops the child that it knows of.
func plantedStopRacesRetry(s *Sim, mended bool) {
	type retry struct{}
	sys := s.System()
	var child proc.Pid[string]
	body := func(self *proc.Self[string]) error { _, err := self.Receive(); return err }
	supervisor := proc.Spawn(sys, func(self *proc.Self[any]) error {
		proc.SendAfter(self, time.Second, self.Pid(), any(retry{}))
		for {
			_, err := proc.Receive(self, sel.Message[retry]())
			switch {
			case err == nil && mended:
				child = proc.Spawn(self, body, proc.Titled("child"), proc.Owned())
			case err == nil:
				proc.Go(self, func(context.Context) (int, error) {
					child = proc.Spawn(sys, body, proc.Titled("child"))
					return 0, nil
				})
			default:
				child.Kill()
				return nil
			}
		}
	}, proc.Titled("supervisor"))
	s.Sleep(time.Second)
	supervisor.Interrupt(proc.NormalExitRequested{})
	_, err := proc.Join(s.Context(), supervisor.ID)
	require.NoError(s, err)
	s.Settle()
	require.False(s, child.Alive(), "a child outlives its supervisor")
}

// Each mistake is found within 2000 runs, whatever the seed, and its line leads to
// the same failure at the same step. Without the mistake nothing is found.
func TestPlantedBugs(t *testing.T) {
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			most := 0
			for seed := range uint64(10) {
				c := newCheck(t, func(s *Sim) { bug.body(s, false) }, []Option{Seed(seed + 1)})
				c.runs = 2000
				r := c.sweep()
				require.NotNil(t, r, "seed %d: not found", seed)
				require.Empty(t, r.doubt)
				most = max(most, r.run)
				requireRepeats(t, c, r)
			}
			Check(t, func(s *Sim) { bug.body(s, true) })
			t.Logf("found within %d runs, of ten seeds", most)
		})
	}
}

// requireRepeats holds that what is printed leads to the same failure.
func requireRepeats(t *testing.T, c *check, r *report) {
	t.Helper()
	text := r.recipe().String()
	parsed, err := parseRecipe(text)
	require.NoError(t, err)
	require.Contains(t, r.String(), "-sim.replay="+text+"\n")
	again := c.repeat(parsed)
	require.Empty(t, again.doubt)
	require.Equal(t, r.outcome.failure, again.outcome.failure)
	require.Equal(t, lines(r.outcome.events), lines(again.outcome.events))
}
