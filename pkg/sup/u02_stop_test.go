package sup_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// tree is a supervisor with workers before, in and after a nested one.
func (c *cast) tree() sup.Spec {
	return sup.Spec{Children: []sup.Child{
		c.child("a"),
		sup.Supervisor("n", sup.Spec{Children: []sup.Child{
			c.child("x"), sup.Supervisor("m", sup.Spec{Children: c.children("l, r")}), c.child("y"),
		}}),
		c.child("b"),
	}}
}

// treeAsked is the diary of a tree that is asked to finish, in reverse order.
var treeAsked = []string{
	"b asked beside a x l r y", "y asked beside a x l r", "r asked beside a x l", "l asked beside a x", "x asked beside a", "a asked",
}

// treeCleaned is the diary of a tree that is made to clean up.
var treeCleaned = []string{
	"b cleans up beside a x l r y", "y cleans up beside a x l r", "r cleans up beside a x l",
	"l cleans up beside a x", "x cleans up beside a", "a cleans up",
}

// U2: whatever asks a tree to finish, its leaves are asked one after the other,
// in reverse order, each when the one after it has ended.
func TestU2_StoppingGoesInReverse(t *testing.T) {
	for _, how := range []struct {
		name string
		do   func(w *world, k *keeper, ref sup.Ref)
		is   error // in the supervisor's reason
		ends proc.Severity
	}{
		{"Stop", func(w *world, k *keeper, ref sup.Ref) { require.NoError(w, ref.Stop(context.Background())) }, nil, proc.ExitSuccess},
		{"interrupted", func(w *world, k *keeper, ref sup.Ref) { ref.Interrupt(proc.NormalExitRequested{}) }, nil, proc.ExitSuccess},
		{"interrupted by something else", func(w *world, k *keeper, ref sup.Ref) {
			ref.Interrupt(proc.InterruptedBy{Value: errBroken})
		}, errBroken, proc.Crash},
		{"parent ends", func(w *world, k *keeper, ref sup.Ref) { harness.Leave(k.Pid, nil) }, nil, proc.ExitSuccess},
		{"parent crashes", func(w *world, k *keeper, ref sup.Ref) { harness.Leave(k.Pid, errBroken) }, errBroken, proc.Crash},
	} {
		t.Run(how.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				k := newKeeper(w, w.System())
				ref := k.start(c.tree())
				c.forget()
				how.do(w, k, ref)
				reason := harness.Ended(w, ref.ID)
				require.Equal(w, how.ends, reason.Severity(), "%v", reason)
				if how.is != nil {
					require.ErrorIs(w, reason, how.is)
				}
				c.wrote(treeAsked...)
			})
		})
	}
}

// U2: a supervisor that is shut down goes in the same order, without Finish
// steps, down to its last leaf. A kill asks nothing.
func TestU2_AShutdownAsksForCleaningUpDownToTheLeaves(t *testing.T) {
	for _, how := range []struct {
		name string
		do   func(w *world, s *proc.System, k *keeper, ref sup.Ref)
		want []string
	}{
		{"shut down", func(w *world, s *proc.System, k *keeper, ref sup.Ref) {
			ref.Shutdown(proc.ExitUnhandledError{Err: errBroken})
			require.ErrorIs(w, harness.Ended(w, ref.ID), errBroken)
		}, treeCleaned},
		{"parent shut down", func(w *world, s *proc.System, k *keeper, ref sup.Ref) {
			k.Shutdown(proc.ExitNormally{})
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, ref.ID))
		}, treeCleaned},
		{"system stopped", func(w *world, s *proc.System, k *keeper, ref sup.Ref) {
			require.NoError(w, s.Stop(context.Background()))
			require.Equal(w, proc.ExitSuccess, harness.Ended(w, ref.ID).Severity())
		}, treeCleaned},
		{"killed", func(w *world, s *proc.System, k *keeper, ref sup.Ref) {
			ref.Kill()
			require.Equal(w, proc.ExitKilled{}, harness.Ended(w, ref.ID))
		}, []string{}},
		{"parent killed", func(w *world, s *proc.System, k *keeper, ref sup.Ref) {
			k.Kill()
			require.Equal(w, proc.ExitKilled{}, harness.Ended(w, ref.ID))
		}, []string{}},
	} {
		t.Run(how.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				s := w.System()
				k := newKeeper(w, s)
				ref := k.start(c.tree())
				c.forget()
				w.Settle() // one that is killed before it waits may still be on its way out
				how.do(w, s, k, ref)
				for _, id := range words("a, b, x, l, r, y") {
					require.False(w, c.now(id).Alive(), "%s outlived its supervisor", id)
				}
				c.wrote(how.want...)
			})
		})
	}
}

// U2: a shutdown in the midst of stopping goes on in the same order, without
// asking any further child to finish; also deep down, where the stop has got to.
func TestU2_AShutdownInTheMidstOfStopping(t *testing.T) {
	for _, m := range []struct {
		at   string // who is being asked to finish
		want []string
	}{
		{"b", append([]string{treeAsked[0]}, treeCleaned...)},
		{"r", append(append([]string{}, treeAsked[:3]...), treeCleaned[2:]...)},
		{"x", append(append([]string{}, treeAsked[:5]...), treeCleaned[4:]...)},
		{"a", append(append([]string{}, treeAsked...), treeCleaned[5:]...)},
	} {
		t.Run("at "+m.at, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				c.is(m.at, manner{deaf: true})
				patient := stop(sup.Stop{Finish: sup.NoLimit})
				ref := start(w, sup.Spec{Observe: c.observe, Children: []sup.Child{
					c.child("a", patient),
					sup.Supervisor("n", sup.Spec{Children: []sup.Child{
						c.child("x", patient), sup.Supervisor("m", sup.Spec{Children: c.children("l, r", patient)}), c.child("y", patient),
					}}),
					c.child("b", patient),
				}})
				c.forget()
				stopped := harness.Async(w, func() error { return ref.Stop(context.Background()) })
				c.saw(m.at + " asked")
				harness.Pending(w, stopped, "Stop")
				ref.Shutdown(proc.ExitNormallyWith{Detail: "no more time"})
				harness.Value(w, stopped)
				require.Equal(w, proc.ExitSuccess, harness.Ended(w, ref.ID).Severity())
				require.Equal(w, m.want, c.diary())
				stops := 0
				for _, e := range c.trace() {
					if e == "stopping all" {
						stops++
					}
				}
				require.Equal(w, 1, stops, "%v", c.trace())
			})
		})
	}
}

// U2: fully ended: a child's deferred functions have run, and what it owns has
// ended, before the one before it is asked.
func TestU2_EachIsFullyEndedBeforeTheNextIsAsked(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		helper := func(self *proc.Self[order]) error {
			defer func() {
				for range 5 { // the next one would be asked meanwhile
					self.AwaitEnd(proc.Spawn(self, func(self *proc.Self[string]) error { return self.Yield() }).ID, -1)
				}
				c.note("helper ends")
			}()
			_, err := self.Receive()
			return err
		}
		ref := start(w, sup.Spec{Children: []sup.Child{c.child("a"), sup.Worker("b", func(self *proc.Self[order]) error {
			proc.Spawn(self, helper, proc.Owned())
			defer c.note("b unwinds")
			_, err := self.Receive()
			return err
		})}})
		require.NoError(w, ref.Stop(context.Background()))
		c.wrote("a starts", "b unwinds beside a", "helper ends beside a", "a asked")
	})
}

// U2: a child that is gone already, that was stopped, or never came back, is
// passed over; a waiting restart is given up.
func TestU2_WhoIsNotThereIsNotAsked(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Backoff: sup.Backoff{First: 1000 * time.Hour}, Observe: c.observe, Children: []sup.Child{
			c.child("a"), c.child("gone", restart(sup.Transient)), c.child("stopped"), c.child("waiting"), c.child("b"),
		}})
		c.crash("gone", nil)
		c.crash("waiting", errBroken)
		require.NoError(w, ref.StopChild(w.Context(), "stopped"))
		w.Settle()
		require.Equal(w, words("a running, gone stopped, stopped stopped, waiting restarting, b running"), list(w, ref))
		c.forget()
		require.NoError(w, ref.Stop(w.Context()))
		c.told("stopping all", "ended b", "ended a")
	})
}

// F2: a panic in a child's end, asked to finish or cleaning up, ends that child
// and nothing else: the stop goes on.
func TestF2_APanicInAStopHookHoldsUpNothing(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		c.is("b", manner{panics: true})
		k := newKeeper(w, w.System())
		spec := sup.Spec{Children: c.children("a, b, d")}
		ref := k.start(spec)
		c.forget()
		require.NoError(w, ref.StopChild(context.Background(), "b"))
		require.Equal(w, "b panics", as[proc.ExitPanic](w, status(w, ref, "b").LastExit).Value)
		_, err := ref.RestartChild(context.Background(), "b")
		require.NoError(w, err)
		require.NoError(w, ref.Stop(context.Background()))
		c.wrote("b asked beside a d", "b starts beside a d", "d asked beside a b", "b asked beside a", "a asked")

		ref = k.start(spec)
		c.forget()
		ref.Shutdown(proc.ExitNormally{})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, ref.ID))
		c.wrote("d cleans up beside a b", "b cleans up beside a", "a cleans up")
		k.undisturbed()
	})
}

// Decided: LinkedProcessCrashed, of strangers, is ignored; a supervisor is not
// ended by who has linked to it.
func TestDecided_CrashesOfStrangersAreIgnored(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		s := w.System()
		k := newKeeper(w, s)
		ref := k.start(sup.Spec{Children: c.children("a")})
		stranger := newKeeper(w, s)
		require.NoError(w, harness.Do(w, stranger.Pid, func(self *proc.Self[order]) error { return self.Link(ref.ID) }))
		harness.Leave(stranger.Pid, errBroken)
		require.ErrorIs(w, harness.Ended(w, stranger.ID), errBroken)
		require.Equal(w, []string{"a running"}, list(w, ref))
		require.Equal(w, 1, c.count("a"))
		k.undisturbed()
	})
}

// Decided: any other interrupt ends the supervisor with that, after an ordered stop.
func TestDecided_AnyOtherInterruptIsTheReason(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, interrupt := range []proc.InterruptReason{
			proc.InterruptedBy{Value: "reload"}, proc.ErrorInterrupt{Err: errBroken}, proc.TimeoutInterrupt{After: 1},
			proc.OtherProcessNotRunning{Reason: proc.ExitKilled{}},
		} {
			c := newCast(w)
			ref := start(w, sup.Spec{Children: c.children("a, b")})
			c.forget()
			ref.Interrupt(interrupt)
			require.Equal(w, proc.InterruptToExit(interrupt), harness.Ended(w, ref.ID))
			c.wrote("b asked beside a", "a asked")
		}
	})
}

// Decided: Stop and Wait of a supervisor: nil, or its reason if that is a crash;
// the same when it has ended long ago.
func TestDecided_StopAndWaitTellHowItEnded(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ctx := context.Background()
		ref := start(w, sup.Spec{Children: c.children("a")})
		waited := harness.Async(w, func() error { return ref.Wait(ctx) })
		harness.Pending(w, waited, "Wait")
		require.NoError(w, ref.Stop(ctx))
		require.NoError(w, harness.Value(w, waited))
		require.NoError(w, ref.Stop(ctx))
		require.NoError(w, ref.Wait(ctx))

		ref = start(w, sup.Spec{Intensity: -1, Children: c.children("a")})
		waited = harness.Async(w, func() error { return ref.Wait(ctx) })
		harness.Pending(w, waited, "Wait")
		c.crash("a", errBroken)
		reason := harness.Ended(w, ref.ID)
		for _, err := range []error{harness.Value(w, waited), ref.Wait(ctx), ref.Stop(ctx)} {
			require.True(w, errors.Is(err, errBroken), "%v", err)
			require.Equal(w, reason, err)
		}
	})
}
