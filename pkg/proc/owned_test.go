package proc_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// ownedWatch monitors (or links to) owner, and tells which of ids live at the
// moment when it sees the end.
func ownedWatch(w *harness.World, s *proc.System, byLink bool, owner proc.ID, ids ...proc.ID) <-chan []proc.ID {
	w.Helper()
	living := make(chan []proc.ID, 1)
	look := func() {
		var alive []proc.ID
		for _, id := range ids {
			if id.Alive() || id.Reason() == nil {
				alive = append(alive, id)
			}
		}
		living <- alive
	}
	watcher := &actor{
		w:           w,
		onDown:      func(*proc.Self[actorOrder], proc.ProcessDown) { look() },
		onInterrupt: func(*proc.Self[actorOrder], proc.InterruptReason) { look() },
	}
	watcher.spawn(s)
	if byLink {
		require.NoError(w, watcher.link(owner))
	} else {
		watcher.monitor(owner)
	}
	return living
}

// ownedReason requires that a process owned by owner ended as e asks for.
func ownedReason(w *harness.World, e actorEnding, owner proc.ID, got proc.ShutdownReason) {
	w.Helper()
	switch e.by {
	case actorItself:
		require.Equal(w, proc.ExitOwnerEnded{ID: owner, Reason: owner.Reason()}, got)
	case actorShutDown:
		require.Equal(w, owner.Reason(), got)
	case actorKilled:
		require.Equal(w, proc.ExitKilled{}, got)
	case actorExit: // by itself or shut down: either is a fair reading
	}
	require.Equal(w, e.severity(), got.Severity())
	if e.cause != nil {
		require.ErrorIs(w, got, e.cause)
	}
}

// Whoever sees the end of an owner finds all that it owned dead, down to the last leaf, and with the right reason.
func TestL9_OwnedNeverOutliveTheirOwner(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		owner := newActor(w, s)
		var owned, below []*actor
		var all []proc.ID
		for range 3 {
			child := owner.child(proc.Owned())
			grandchild := child.child(proc.Owned())
			owned, below = append(owned, child), append(below, grandchild)
			all = append(all, child.ID, grandchild.ID, grandchild.child(proc.Owned()).ID)
		}
		require.Equal(w, owner.ID, owned[0].info().Parent)
		require.Equal(w, owned[0].ID, below[0].info().Parent)
		byDown := ownedWatch(w, s, false, owner.ID, all...)
		byLink := ownedWatch(w, s, true, owner.ID, all...)

		owner.ends(e)
		for _, id := range all {
			require.False(w, id.Alive())
		}
		require.Empty(w, harness.Value(w, byDown), "alive at the owner's ProcessDown")
		if e.crash {
			require.Empty(w, harness.Value(w, byLink), "alive at the owner's link interrupt")
		}
		for i := range owned {
			ownedReason(w, e, owner.ID, owned[i].Reason())
			// The child was shut down or killed, so its own are with the same reason.
			require.Equal(w, owned[i].Reason(), below[i].Reason())
		}
	})
}

// Owned processes live until the owner's deferred functions have run, and can be called there.
func TestL9_OwnedLiveWhileDeferredFunctionsRun(t *testing.T) {
	for _, e := range actorEndings {
		if e.by == actorKilled {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				var helper *actor
				alive := make(chan bool, 2)
				answers := make(chan error, 1)
				owner := &actor{w: w}
				owner.deferred = func(self *proc.Self[actorOrder]) {
					alive <- helper.Alive()
					helper.tell(func(*proc.Self[actorOrder]) { alive <- true })
					if e.name == "returns nil" || e.name == "returns an error" {
						_, err := actorCall(self, helper.Pid)
						answers <- err
					}
				}
				owner.spawn(w.System())
				helper = owner.child(proc.Owned())
				owner.ends(e)
				require.True(w, harness.Value(w, alive))
				if e.name == "returns nil" || e.name == "returns an error" {
					require.NoError(w, harness.Value(w, answers))
					require.True(w, harness.Value(w, alive))
				}
				require.False(w, helper.Alive())
			})
		})
	}
}

// Owned processes are shut down together: each may wait for the others to clean up.
func TestL9_OwnedAreShutDownTogether(t *testing.T) {
	for _, e := range actorEndings {
		if e.by == actorKilled {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				owner := newActor(w, w.System(proc.WithStopTimeout(time.Hour)))
				const many = 3
				arrived := make(chan struct{}, many)
				var gates [many]chan struct{}
				var helpers []*actor
				for i := range gates {
					gates[i] = make(chan struct{})
					helpers = append(helpers, owner.spawns(&actor{w: w, deferred: func(*proc.Self[actorOrder]) {
						arrived <- struct{}{}
						<-gates[i]
					}}, proc.Owned()))
				}
				e.end(owner)
				for range many {
					harness.Value(w, arrived) // none has ended, all clean up
				}
				require.True(w, owner.Alive())
				for i := range gates {
					require.True(w, helpers[i].Alive())
					close(gates[i])
				}
				require.IsType(w, e.reason, harness.Ended(w, owner.ID))
			})
		})
	}
}

// An owned process may end before its owner, which costs the owner nothing: no interrupt, no message.
func TestL9_OwnedProcessMayEndEarlier(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		owner := newActor(w, s)
		gone, stays := owner.child(proc.Owned()), owner.child(proc.Owned())
		reason := gone.ends(e)
		interrupts, downs := owner.got()
		require.Empty(w, interrupts)
		require.Empty(w, downs)
		require.True(w, owner.Alive())

		actorReturns(errActorDone)(owner)
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, owner.ID))
		require.Equal(w, reason, gone.Reason())
		require.False(w, stays.Alive())
	})
}

// Children that are not owned live on, and what they own with them.
func TestL9_OthersLiveOn(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		owner := newActor(w, w.System())
		free := owner.child()
		its := free.child(proc.Owned())
		owner.ends(e)
		interrupts, _ := free.got()
		require.Empty(w, interrupts)
		its.catchUp()
		require.True(w, free.Alive())
		require.True(w, its.Alive())
	})
}

// An owned process linked to its owner is shut down; the interrupt of the link would come later.
func TestL9_OwnedAndLinked(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		owner := newActor(w, w.System())
		child := &actor{w: w}
		owner.do(func(self *proc.Self[actorOrder]) { child.Pid = proc.SpawnLink(self, child.body, proc.Owned()) })
		owner.ends(e)
		ownedReason(w, e, owner.ID, child.Reason())
		child.mu.Lock()
		defer child.mu.Unlock()
		require.Empty(w, child.interrupts)
	})
}

// A process spawned Owned in a deferred function does not outlive its owner either.
func TestL9_OwnedSpawnedInDeferredFunctions(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		spawned := make(chan proc.ID, 1)
		owner := (&actor{w: w, deferred: func(self *proc.Self[actorOrder]) {
			spawned <- newActor(w, self, proc.Owned()).ID
		}}).spawn(s).up()
		owner.ends(e)
		helper := harness.Value(w, spawned)
		require.False(w, helper.Alive())
		if e.by != actorKilled {
			ownedReason(w, e, owner.ID, helper.Reason())
		}
	})
}

// Nor does one that an owned process spawns Owned while it is cleaning up.
func TestL9_OwnedSpawnedWhileCleaningUp(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		spawned := make(chan proc.ID, 1)
		owner := newActor(w, w.System())
		child := owner.spawns(&actor{w: w, deferred: func(self *proc.Self[actorOrder]) {
			spawned <- newActor(w, self, proc.Owned()).ID
		}}, proc.Owned())
		actorReturns(io.EOF)(owner)
		harness.Ended(w, owner.ID)
		last := harness.Value(w, spawned)
		require.False(w, child.Alive())
		require.False(w, last.Alive())
		require.Equal(w, child.Reason(), last.Reason())
	})
}

// The reason of an owned process that has been shut down already stays; the owner waits for it all the same.
func TestL9_OwnedProcessShutDownBefore(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		unwinding, release := make(chan struct{}), make(chan struct{})
		owner := newActor(w, w.System(proc.WithStopTimeout(time.Hour)))
		child := owner.spawns(&actor{w: w, deferred: func(*proc.Self[actorOrder]) {
			close(unwinding)
			<-release
		}}, proc.Owned())
		child.Shutdown(proc.ExitNormallyWith{Detail: "first"})
		harness.Value(w, unwinding)
		asked := owner.spawns(&actor{w: w, deferred: func(*proc.Self[actorOrder]) { close(release) }}, proc.Owned())
		actorReturns(io.EOF)(owner)
		require.Equal(w, proc.ExitUnhandledError{Err: io.EOF}, harness.Ended(w, owner.ID))
		require.Equal(w, proc.ExitNormallyWith{Detail: "first"}, child.Reason())
		require.IsType(w, proc.ExitOwnerEnded{}, asked.Reason())
	})
}

// Its owned processes do not change the reason of the owner.
func TestL9_OwnersReasonIsItsOwn(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		owner := newActor(w, w.System())
		owner.spawns(&actor{w: w, deferred: func(*proc.Self[actorOrder]) { panic("clean-up failed") }}, proc.Owned())
		actorReturns(errActorDone)(owner)
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, owner.ID))
	})
}

// A restarted process never meets its past's helpers: their names are free when its ProcessDown is seen.
func TestL9_RestartedOwnerFindsHelpersNamesFree(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		helper := proc.NewName[actorOrder]("helper")
		owner := newActor(w, s)
		owner.child(proc.Owned(), proc.Registered(helper))
		for round := range 5 {
			for _, e := range actorEndings {
				next := make(chan *actor, 1)
				boss := &actor{w: w}
				boss.onDown = func(*proc.Self[actorOrder], proc.ProcessDown) {
					// The new owner spawns its helper in the midst of its ancestor's exit.
					p := newActor(w, s)
					p.tell(func(self *proc.Self[actorOrder]) {
						newActor(w, self, proc.Owned(), proc.Registered(helper))
					})
					next <- p
				}
				boss.spawn(s).monitor(owner.ID)
				e.end(owner)
				owner = harness.Value(w, next)
				w.Arrive() // of the boss
				owner.catchUp()
				found, ok := proc.Whereis(s, helper)
				require.True(w, ok, "round %d: %s", round, e.name)
				require.True(w, found.Alive())
			}
		}
	})
}

// Owned means nothing when a system is the parent, also the own one.
func TestDecided_OwnedByASystem(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a := newActor(w, s, proc.Owned())
		a.catchUp()
		spawner := newActor(w, s)
		var b *actor
		spawner.do(func(self *proc.Self[actorOrder]) { b = newActor(w, self.System(), proc.Owned()) })
		require.Equal(w, proc.ID{}, b.info().Parent)
		actorReturns(io.EOF)(spawner)
		harness.Ended(w, spawner.ID)
		b.catchUp()
		require.True(w, a.Alive())
		require.True(w, b.Alive())

		require.NoError(w, s.Stop(context.Background()))
		require.False(w, a.Alive(), "it is an ordinary process")
		require.False(w, b.Alive())
	})
}

// What the unwinding goroutine of a killed owner spawns Owned is dead at once; its body never runs.
func TestDecided_OwnedOfAKilledOwnerIsDeadAtOnce(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		type sight struct {
			alive  bool
			reason proc.ShutdownReason
			id     proc.ID
		}
		seen, ran := make(chan sight, 1), make(chan struct{}, 1)
		owner := (&actor{w: w, deferred: func(self *proc.Self[actorOrder]) {
			id := proc.Spawn(self, func(*proc.Self[int]) error {
				ran <- struct{}{}
				return nil
			}, proc.Owned()).ID
			seen <- sight{id.Alive(), id.Reason(), id}
		}}).spawn(w.System()).up()
		owner.Kill()
		got := harness.Value(w, seen)
		require.False(w, got.alive)
		require.NotNil(w, got.reason)
		harness.Value(w, got.id.Done())
		require.Empty(w, ran)
	})
}

// A stopping system leaves owned processes to their owners, which shut them down with the same reason.
func TestL9_OwnedInAStoppingSystem(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		cleaned := make(chan string, 2)
		says := func(what string) func(*proc.Self[actorOrder]) {
			return func(*proc.Self[actorOrder]) { cleaned <- what }
		}
		owner := (&actor{w: w, deferred: says("owner")}).spawn(s).up()
		child := owner.spawns(&actor{w: w, deferred: says("owned")}, proc.Owned())
		require.NoError(w, s.Stop(context.Background()))
		require.Equal(w, "owner", harness.Value(w, cleaned))
		require.Equal(w, "owned", harness.Value(w, cleaned))
		require.IsType(w, proc.ExitNormallyWith{}, owner.Reason())
		require.Equal(w, owner.Reason(), child.Reason())
	})
}
