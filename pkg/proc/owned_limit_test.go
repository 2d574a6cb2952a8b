package proc_test

import (
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// ownedStuck is a deferred function that does not end before release is closed.
func ownedStuck(release <-chan struct{}) func(*proc.Self[actorOrder]) {
	return func(*proc.Self[actorOrder]) { <-release }
}

// ownedTakes is a deferred function that takes d.
func ownedTakes(d time.Duration) func(*proc.Self[actorOrder]) {
	return func(*proc.Self[actorOrder]) { <-time.After(d) }
}

// ownedElapsed requires that exactly d of virtual time have passed since start.
func ownedElapsed(w *harness.World, d time.Duration, start time.Time) {
	w.Helper()
	if w.Bubble {
		require.Equal(w, d, time.Since(start))
	}
}

// ownedUnwound waits until the killed processes of s have unwound.
func ownedUnwound(w *harness.World, s *proc.System) {
	w.Helper()
	w.Eventually("the killed have unwound", func() bool {
		for range s.Abandoned() {
			return false
		}
		return true
	})
}

// What does not end within the stop timeout is killed, and only then is the owner dead; its reason stays its own.
func TestL9_StubbornOwnedAreKilledAfterTheStopTimeout(t *testing.T) {
	for _, e := range actorEndings {
		if e.by == actorKilled {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				release := make(chan struct{})
				defer close(release)
				timeout := 10 * time.Second // the default
				var opts []proc.Option
				if !w.Bubble {
					timeout = 10 * time.Millisecond
					opts = append(opts, proc.WithStopTimeout(timeout))
				}
				s := w.System(opts...)
				owner := newActor(w, s)
				stuck := owner.spawns(&actor{w: w, deferred: ownedStuck(release)}, proc.Owned())
				busy, good := owner.child(proc.Owned()), owner.child(proc.Owned())
				busy.busy(release)
				living := ownedWatch(w, s, false, owner.ID, stuck.ID, busy.ID, good.ID)

				start := time.Now()
				owner.ends(e)
				ownedElapsed(w, timeout, start)
				require.Empty(w, harness.Value(w, living))
				require.Equal(w, proc.ExitKilled{}, stuck.Reason())
				require.Equal(w, proc.ExitKilled{}, busy.Reason())
				ownedReason(w, e, owner.ID, good.Reason())

				var abandoned []proc.ID
				for info := range s.Abandoned() {
					abandoned = append(abandoned, info.ID)
				}
				require.ElementsMatch(w, []proc.ID{stuck.ID, busy.ID}, abandoned)
			})
		})
	}
}

// What ends in time is not killed, and nobody waits longer than it takes.
func TestL9_OwnedMayTakeTheirTime(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return
		}
		owner := newActor(w, w.System())
		slow := owner.spawns(&actor{w: w, deferred: ownedTakes(9 * time.Second)}, proc.Owned())
		slower := slow.spawns(&actor{w: w, deferred: ownedTakes(999 * time.Millisecond)}, proc.Owned())
		start := time.Now()
		actorReturns(io.EOF)(owner)
		harness.Ended(w, owner.ID)
		require.Equal(w, 9999*time.Millisecond, time.Since(start))
		require.Equal(w, proc.ExitOwnerEnded{ID: owner.ID, Reason: owner.Reason()}, slow.Reason())
		require.Equal(w, slow.Reason(), slower.Reason())
	})
}

// There is one limit for a whole nest, that of the outermost, however deep the stubborn one sits.
func TestL9_OneLimitForAWholeNest(t *testing.T) {
	const limit = 10 * time.Second
	for _, c := range []struct {
		name  string
		take  [3]time.Duration // child, grandchild, great-grandchild
		all   time.Duration
		stuck int // from this one on they are killed; those above may be, as they are late too
	}{
		{"stuck at the leaf", [3]time.Duration{0, 0, time.Minute}, limit, 2},
		{"stuck in the middle", [3]time.Duration{0, time.Minute, 0}, limit, 1},
		{"too slow together", [3]time.Duration{4 * time.Second, 4 * time.Second, 4 * time.Second}, limit, 2},
		{"just in time", [3]time.Duration{3 * time.Second, 3 * time.Second, 3 * time.Second}, 9 * time.Second, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				if !w.Bubble {
					return
				}
				s := w.System(proc.WithStopTimeout(limit))
				owner := newActor(w, s)
				var nest [3]*actor
				parent := owner
				for i, take := range c.take {
					parent = parent.spawns(&actor{w: w, deferred: ownedTakes(take)}, proc.Owned())
					nest[i] = parent
				}
				start := time.Now()
				owner.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
				require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, harness.Ended(w, owner.ID))
				require.Equal(w, c.all, time.Since(start))
				for i, p := range nest {
					require.False(w, p.Alive())
					switch {
					case i >= c.stuck:
						require.Equal(w, proc.ExitKilled{}, p.Reason())
					case c.stuck == len(nest):
						require.Equal(w, owner.Reason(), p.Reason())
					}
				}
				ownedUnwound(w, s)
			})
		})
	}
}

// A branch that does not end holds up its owner, but not its siblings.
func TestL9_StuckBranchDoesNotHoldTheOthers(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return
		}
		s := w.System()
		owner := newActor(w, s)
		quick := owner.child(proc.Owned())
		branch := owner.child(proc.Owned())
		stuck := branch.spawns(&actor{w: w, deferred: ownedTakes(time.Minute)}, proc.Owned())
		start := time.Now()
		actorReturns(io.EOF)(owner)
		require.IsType(w, proc.ExitOwnerEnded{}, harness.Ended(w, quick.ID))
		require.Zero(w, time.Since(start))
		require.Equal(w, proc.ExitKilled{}, harness.Ended(w, stuck.ID))
		harness.Ended(w, branch.ID)
		harness.Ended(w, owner.ID)
		require.Equal(w, 10*time.Second, time.Since(start))
		ownedUnwound(w, s)
	})
}

// Killing an owner kills all that it owns before Kill returns, whatever they are doing, and before its own ProcessDown.
func TestD18_KillingAnOwnerKillsItsOwned(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		release := make(chan struct{})
		defer close(release)
		s := w.System(proc.WithStopTimeout(time.Hour))
		owner := newActor(w, s)
		receiving, busy := owner.child(proc.Owned()), owner.child(proc.Owned())
		sleeping := owner.child(proc.Owned())
		below := receiving.child(proc.Owned())
		last := below.child(proc.Owned())
		unwinding := owner.spawns(&actor{w: w, deferred: ownedStuck(release)}, proc.Owned())
		waiting := owner.child(proc.Owned())
		held := waiting.spawns(&actor{w: w, deferred: ownedStuck(release)}, proc.Owned())
		stranger := owner.child()

		busy.busy(release)
		sleeping.tell(func(self *proc.Self[actorOrder]) { _ = self.Sleep(time.Hour) })
		unwinding.Shutdown(proc.ExitNormally{})
		actorReturns(errActorDone)(waiting)

		all := []*actor{receiving, busy, sleeping, below, last, unwinding, waiting, held}
		watcher := newActor(w, s)
		watcher.monitor(owner.ID) // the first to be monitored, the last to be dead
		for _, p := range all {
			watcher.monitor(p.ID)
		}

		owner.Kill()
		for _, p := range append(slices.Clone(all), owner) {
			require.False(w, p.Alive())
			require.Equal(w, proc.ExitKilled{}, p.Reason())
		}
		_, downs := watcher.got()
		require.Len(w, downs, len(all)+1)
		require.Equal(w, owner.ID, downs[len(all)].ID, "its ProcessDown came before those of what it owned")
		stranger.catchUp()
		require.True(w, stranger.Alive())
	})
}

// Killing one that is owned kills what it owns, and leaves its owner and siblings alone.
func TestD18_KillingAnOwnedProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		owner := newActor(w, w.System())
		child, sibling := owner.child(proc.Owned()), owner.child(proc.Owned())
		below := child.child(proc.Owned())
		child.Kill()
		require.False(w, below.Alive())
		require.Equal(w, proc.ExitKilled{}, below.Reason())
		interrupts, downs := owner.got()
		require.Empty(w, interrupts)
		require.Empty(w, downs)
		sibling.catchUp()
	})
}
