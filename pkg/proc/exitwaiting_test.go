package proc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// exitWaiting is a process between its own end and its death: its body and
// deferred functions are through, but something that it owns still cleans up.
type exitWaiting struct {
	*actor
	s       *proc.System
	helper  *actor
	name    proc.Name[actorOrder]
	release func()
}

// exitWaits brings a process there in the way of e. prepare comes before that.
func exitWaits(w *harness.World, e actorEnding, prepare func(p *actor)) *exitWaiting {
	w.Helper()
	unwinding, release := make(chan struct{}), make(chan struct{})
	x := &exitWaiting{
		s:       w.System(proc.WithStopTimeout(100 * time.Hour)),
		name:    proc.NewName[actorOrder]("worker"),
		release: func() { close(release) },
	}
	x.actor = newActor(w, x.s, proc.Registered(x.name))
	x.helper = x.spawns(&actor{w: w, deferred: func(*proc.Self[actorOrder]) {
		close(unwinding)
		<-release
	}}, proc.Owned())
	prepare(x.actor)
	e.end(x.actor)
	harness.Value(w, unwinding)
	return x
}

// exitNothing prepares nothing.
func exitNothing(*actor) {}

// exitEach runs a test for every way to end that waits for owned processes.
func exitEach(t *testing.T, test func(w *harness.World, e actorEnding)) {
	t.Helper()
	for _, e := range actorEndings {
		if e.by == actorKilled {
			continue
		}
		t.Run(e.name, func(t *testing.T) { harness.Everywhere(t, func(w *harness.World) { test(w, e) }) })
	}
}

// While it waits for its owned processes it is not dead: it keeps its name, and neither links nor monitors nor Done fire.
func TestL4_NotDeadBeforeItsOwned(t *testing.T) {
	exitEach(t, func(w *harness.World, e actorEnding) {
		x := exitWaits(w, e, exitNothing)
		watcher := newActor(w, x.s)
		require.NoError(w, watcher.link(x.ID)) // both work still
		ref := watcher.monitor(x.ID)

		require.True(w, x.Alive())
		require.Nil(w, x.Reason())
		w.Eventually("it is seen waiting", func() bool { return x.info().State == proc.Awaiting })
		require.ErrorContains(w, proc.Register(x.s, x.name, watcher.Pid), x.ID.String())
		interrupts, downs := watcher.got()
		require.Empty(w, interrupts)
		require.Empty(w, downs)
		select {
		case <-x.Done():
			require.Fail(w, "Done is closed already")
		default:
		}

		x.release()
		require.IsType(w, e.reason, harness.Ended(w, x.ID))
		namesFree(w, x.s, x.name)
		interrupts, downs = watcher.got()
		actorDown(w, downs, ref)
		if e.crash {
			actorCrashed(w, interrupts, x.ID)
		} else {
			require.Empty(w, interrupts)
		}
	})
}

// Its reason is fixed: no interrupt and no shutdown changes it any more.
func TestL4_ReasonIsFixedBeforeItsOwnedEnd(t *testing.T) {
	exitEach(t, func(w *harness.World, e actorEnding) {
		x := exitWaits(w, e, exitNothing)
		x.Interrupt(proc.InterruptedBy{Value: "late"})
		x.Shutdown(proc.ExitNormallyWith{Detail: "late"})
		x.Shutdown(proc.ExitUnhandledError{Err: context.Canceled})
		x.release()
		reason := harness.Ended(w, x.ID)
		require.IsType(w, e.reason, reason)
		require.NotErrorIs(w, reason, context.Canceled)
		require.NotEqual(w, proc.ExitNormallyWith{Detail: "late"}, reason)
		require.Equal(w, e.severity(), x.helper.Reason().Severity())
	})
}

// A kill does: it is dead at once, and what it owns is dead before it.
func TestL4_KillWhileWaitingForOwned(t *testing.T) {
	exitEach(t, func(w *harness.World, e actorEnding) {
		x := exitWaits(w, e, exitNothing)
		defer x.release()
		watcher := newActor(w, x.s)
		refs := []proc.MonitorRef{watcher.monitor(x.ID), watcher.monitor(x.helper.ID)}
		x.Kill()
		require.False(w, x.Alive())
		require.Equal(w, proc.ExitKilled{}, x.Reason())
		require.False(w, x.helper.Alive())
		require.Equal(w, proc.ExitKilled{}, x.helper.Reason())
		namesFree(w, x.s, x.name)
		_, downs := watcher.got()
		monitorDowns(w, downs, refs[1], refs[0])
	})
}

// Its context and its tasks have ended.
func TestL4_ContextAndTasksEndBeforeItsOwned(t *testing.T) {
	exitEach(t, func(w *harness.World, e actorEnding) {
		var ctx context.Context
		taskEnded := make(chan error, 1)
		x := exitWaits(w, e, func(p *actor) {
			p.do(func(self *proc.Self[actorOrder]) {
				ctx = proc.Outside(self)
				proc.Go(self, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					taskEnded <- ctx.Err()
					return 0, nil
				})
			})
		})
		harness.Value(w, ctx.Done())
		require.Error(w, harness.Value(w, taskEnded))
		require.True(w, x.Alive())
		x.release()
	})
}

// Calls to it fail at once, with its reason: those that came before and those that come now.
func TestL4_CallsFailBeforeItsOwnedEnd(t *testing.T) {
	exitEach(t, func(w *harness.World, e actorEnding) {
		failed := make(chan error, 1)
		x := exitWaits(w, e, func(p *actor) {
			received := make(chan struct{})
			newActor(w, p.systemOf()).tell(func(caller *proc.Self[actorOrder]) {
				_, err := proc.CallWithin(caller, -1, p.Pid, func(proc.ReplyTo[int]) actorOrder {
					return func(*proc.Self[actorOrder]) error {
						close(received)
						return nil
					}
				})
				failed <- err
			})
			harness.Value(w, received) // it is left unanswered
		})
		check := func(err error) {
			w.Helper()
			gone, ok := err.(proc.OtherProcessNotRunning)
			require.True(w, ok, "%T", err)
			require.Equal(w, x.ID, gone.ID)
			require.IsType(w, e.reason, gone.Reason)
		}
		check(harness.Value(w, failed))
		_, err := actorCall(w.Context(), x.Pid)
		check(err)
		var inside error
		caller := newActor(w, x.s)
		caller.do(func(self *proc.Self[actorOrder]) { _, inside = actorCall(self, x.Pid) })
		check(inside)
		require.True(w, x.Alive())
		x.release()
	})
}

// What is sent to it is a dead letter, at once; TrySend says so itself.
func TestL4_SendsAreDeadLettersBeforeItsOwnedEnd(t *testing.T) {
	exitEach(t, func(w *harness.World, e actorEnding) {
		x := exitWaits(w, e, exitNothing)
		nothing := func(*proc.Self[actorOrder]) error { return nil }
		before := actorDead(x.s)
		x.Send(nothing)
		proc.Named(x.s, x.name).Send(nothing)
		w.Arrive()
		require.Equal(w, before+2, actorDead(x.s))
		require.IsType(w, proc.OtherProcessNotRunning{}, x.TrySend(nothing))
		require.Equal(w, before+2, actorDead(x.s))
		x.release()
		harness.Ended(w, x.ID)
		require.Equal(w, before+2, actorDead(x.s))
	})
}

// Its timers have ended: nothing of them is sent while it waits.
func TestL4_TimersEndBeforeItsOwned(t *testing.T) {
	exitEach(t, func(w *harness.World, e actorEnding) {
		ticks := make(chan struct{}, 100)
		var to *actor
		x := exitWaits(w, e, func(p *actor) {
			to = newActor(w, p.systemOf())
			tick := func(*proc.Self[actorOrder]) error {
				select {
				case ticks <- struct{}{}:
				default:
				}
				return nil
			}
			p.do(func(self *proc.Self[actorOrder]) {
				proc.SendAfter(self, time.Hour, to.Pid, tick)
				proc.SendEvery(self, time.Hour, to.Pid, tick)
			})
		})
		if w.Bubble {
			<-time.After(10 * time.Hour)
		}
		to.catchUp()
		require.Empty(w, ticks)
		require.True(w, x.Alive())
		x.release()
	})
}
