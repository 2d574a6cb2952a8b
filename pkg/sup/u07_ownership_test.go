package sup_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// U7: children are owned and monitored, not linked.
func TestU7_ChildrenAreOwnedAndMonitoredNotLinked(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.System())
		ref := k.start(sup.Spec{Children: []sup.Child{
			c.child("a"), sup.Supervisor("n", sup.Spec{Children: c.children("x")}),
			sup.Worker("p", func(self *proc.Self[order]) error { return c.play("p", self, func() {}) }),
		}})
		c.saw("p starts")
		for _, s := range statuses(w, ref) {
			info, ok := s.ID.Info()
			require.True(w, ok)
			require.Equal(w, ref.ID, info.Parent, s.Child)
			require.Empty(w, info.Links, s.Child)
			require.Equal(w, 1, info.Monitors, s.Child)
		}
		info, _ := ref.Info()
		require.Equal(w, []proc.ID{k.ID}, info.Links)
	})
}

// U7: unlinking, or linking, changes nothing: a child that has tried to get away
// is restarted, stopped, and ended with its supervisor like others.
func TestU7_UnlinkingChangesNothing(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Intensity: 10, Children: c.children("a, b")})
		naughty := func() {
			require.NoError(w, harness.Do(w, c.now("a"), func(self *proc.Self[order]) error {
				self.Unlink(ref.ID)
				err := self.Link(ref.ID)
				self.Unlink(ref.ID)
				return err
			}))
		}
		naughty()
		c.crashes("a", 1, errBroken)
		naughty()
		w.Eventually("a is up", func() bool { return status(w, ref, "a").State == sup.Running })
		require.NoError(w, ref.StopChild(context.Background(), "a"))
		require.False(w, c.now("a").Alive())
		_, err := ref.RestartChild(context.Background(), "a")
		require.NoError(w, err)
		naughty()

		// Linked for good, its crash is nothing to the supervisor but a crash.
		require.NoError(w, harness.Do(w, c.now("a"), func(self *proc.Self[order]) error { return self.Link(ref.ID) }))
		c.crashes("a", 1, errBroken)
		require.True(w, ref.Alive())
		require.Equal(w, 1, c.count("b"))
		naughty()
		ref.Kill()
		require.False(w, c.now("a").Alive())
	})
}

// Erlang's naughty child: it unlinks itself and heeds nothing. The stop is over
// when its steps are.
func TestU7_ANaughtyChildCannotHangAStop(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("a", manner{numb: true})
		ref := start(w, sup.Spec{Children: c.children("a")})
		harness.Do(w, c.now("a"), func(self *proc.Self[order]) int { self.Unlink(ref.ID); return 0 })
		began := time.Now()
		require.NoError(w, ref.Stop(context.Background()))
		require.Equal(w, 5*time.Second, time.Since(began))
		require.Equal(w, proc.ExitKilled{}, c.now("a").Reason())
	})
}

// U7: a crash costs neither the siblings nor the supervisor nor the parent an interrupt.
func TestU7_ACrashCostsNoInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.System())
		ref := k.start(sup.Spec{Intensity: many, Children: []sup.Child{
			c.child("a"), sup.Supervisor("n", sup.Spec{Intensity: many, Children: c.children("x, y")}), c.child("b"),
		}})
		c.forget()
		c.crashes("a", 3, errBroken)
		c.crashes("x", 3, errBroken)
		c.now("y").Kill()
		c.life("y", 2)
		w.Settle()
		for _, note := range c.diary() {
			require.Contains(w, note, "starts")
		}
		k.undisturbed()
		require.True(w, ref.Alive())
	})
}

// U7, D18: however a supervisor ends, its children end, and theirs, before it is dead.
func TestD18_HoweverASupervisorEndsItsChildrenEnd(t *testing.T) {
	for name, how := range map[string]func(k *keeper, ref sup.Ref){
		"kill":                 func(k *keeper, ref sup.Ref) { ref.Kill() },
		"shutdown":             func(k *keeper, ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}) },
		"interrupt":            func(k *keeper, ref sup.Ref) { ref.Interrupt(proc.NormalExitRequested{}) },
		"kill of the parent":   func(k *keeper, ref sup.Ref) { k.Kill() },
		"end of the parent":    func(k *keeper, ref sup.Ref) { harness.Leave(k.Pid, nil) },
		"shutdown, then kill":  func(k *keeper, ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}); ref.Kill() },
		"interrupt, then kill": func(k *keeper, ref sup.Ref) { ref.Interrupt(proc.NormalExitRequested{}); ref.Kill() },
		"many at the same time": func(k *keeper, ref sup.Ref) {
			ref.Interrupt(proc.InterruptedBy{})
			ref.Shutdown(proc.ExitKilled{})
			k.Kill()
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				k := newKeeper(w, w.System())
				ref := k.start(c.tree())
				var alive []string
				watched := make(chan struct{})
				watcher := newKeeper(w, w.Systems()[0])
				harness.Do(w, watcher.Pid, func(self *proc.Self[order]) int { self.Monitor(ref.ID); return 0 })
				harness.Begin(watcher.Pid, func(self *proc.Self[order]) int {
					_, _ = proc.Receive(self, proc.SelectDownOf(ref.ID))
					for _, id := range words("a, b, x, y, l, r") {
						if c.now(id).Alive() {
							alive = append(alive, id)
						}
					}
					close(watched)
					return 0
				})
				how(k, ref)
				harness.Value(w, watched)
				require.Empty(w, alive, "alive though the supervisor was dead")
			})
		})
	}
}

// U7, L9: a restarted child never meets the helpers of its past.
func TestU7_ARestartedChildNeverMeetsItsPastsHelpers(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		name := proc.NewName[string]("helper")
		met := make(chan proc.ShutdownReason, 10)
		pids := make(chan proc.ID, 10)
		start(w, sup.Spec{Intensity: 5, Children: []sup.Child{
			sup.Worker("a", func(self *proc.Self[string]) error {
				helper := proc.Spawn(self, func(self *proc.Self[string]) error {
					defer func() {
						for range 5 {
							self.AwaitEnd(proc.Spawn(self, func(self *proc.Self[string]) error { return self.Yield() }).ID, -1)
						}
					}()
					_, err := self.Receive()
					return err
				}, proc.Owned(), proc.Registered(name))
				met <- helper.Reason()
				pids <- self.ID()
				_, err := self.Receive()
				return err
			}),
		}})
		for i := range 4 {
			require.Nil(w, harness.Value(w, met), "life %d", i+1)
			id := harness.Value(w, pids)
			if i < 3 {
				[]func(){id.Kill, func() { id.Shutdown(proc.ExitNormally{}) }, func() { id.Interrupt(proc.InterruptedBy{}) }}[i]()
			}
		}
	})
}
