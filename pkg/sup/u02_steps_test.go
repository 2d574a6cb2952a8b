package sup_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// steps is each step that a child can stop at.
var steps = []struct {
	name   string
	how    manner
	stop   sup.Stop
	takes  time.Duration
	notes  []string
	killed bool
}{
	{"finishes at once", manner{}, sup.Stop{}, 0, []string{"w asked"}, false},
	{"finishes in time", manner{finish: 3*time.Second - 1}, sup.Stop{}, 3*time.Second - 1, []string{"w asked"}, false},
	{"does not finish in time", manner{finish: 3*time.Second + 1}, sup.Stop{}, 3 * time.Second, []string{"w asked", "w cleans up"}, false},
	{"cleans up", manner{deaf: true}, sup.Stop{}, 3 * time.Second, []string{"w asked", "w cleans up"}, false},
	{"does not clean up in time", manner{numb: true}, sup.Stop{}, 5 * time.Second, []string{"w asked", "w cleans up"}, true},
	{"does not come to an operation", manner{stuck: true}, sup.Stop{}, 5 * time.Second, nil, true},
	{"own limits, finishes", manner{finish: time.Hour - 1}, sup.Stop{Finish: time.Hour}, time.Hour - 1, []string{"w asked"}, false},
	{"own limits, cleans up", manner{deaf: true}, sup.Stop{Finish: time.Hour}, time.Hour, []string{"w asked", "w cleans up"}, false},
	{"own limits, killed", manner{numb: true}, sup.Stop{Finish: time.Hour, Cleanup: time.Minute}, time.Hour + time.Minute,
		[]string{"w asked", "w cleans up"}, true},
	{"no Finish step", manner{}, sup.Stop{Finish: -1}, 0, []string{"w cleans up"}, false},
	{"no Finish step, killed", manner{numb: true}, sup.Stop{Finish: -1}, 2 * time.Second, []string{"w cleans up"}, true},
	{"no Cleanup step, finishes", manner{finish: time.Second}, sup.Stop{Cleanup: -1}, time.Second, []string{"w asked"}, false},
	{"no Cleanup step, killed", manner{deaf: true}, sup.Stop{Cleanup: -1}, 3 * time.Second, []string{"w asked"}, true},
	{"brutal", manner{}, sup.BrutalKill, 0, nil, true},
	{"brutal, stuck", manner{stuck: true}, sup.BrutalKill, 0, nil, true},
	{"no limit", manner{finish: 10_000 * time.Hour}, sup.Stop{Finish: sup.NoLimit}, 10_000 * time.Hour, []string{"w asked"}, false},
}

// U2: interrupt, after Finish shutdown, after Cleanup kill: by whatever the
// child is stopped, alone or with its supervisor, or in a group.
func TestU2_StepsOfAStop(t *testing.T) {
	ways := []struct {
		name string
		do   func(w *world, c *cast, ref sup.Ref)
	}{
		{"StopChild", func(w *world, c *cast, ref sup.Ref) {
			require.NoError(w, ref.StopChild(context.Background(), "w"))
			got := status(w, ref, "w")
			require.Equal(w, sup.Stopped, got.State)
			require.Equal(w, c.now("w").Reason(), got.LastExit)
			require.Zero(w, got.ID)
		}},
		{"Stop", func(w *world, c *cast, ref sup.Ref) {
			require.NoError(w, ref.Stop(context.Background()))
			require.Equal(w, proc.ExitNormally{}, ref.Reason())
		}},
		{"group", func(w *world, c *cast, ref sup.Ref) {
			c.is("w", manner{})
			harness.Leave(c.now("a"), errBroken)
			c.life("a", 2)
		}},
	}
	for _, s := range steps {
		for _, way := range ways {
			t.Run(s.name+", "+way.name, func(t *testing.T) {
				harness.Virtually(t, func(w *world) {
					c := newCast(w)
					c.is("w", s.how)
					k := newKeeper(w, w.System())
					ref := k.start(sup.Spec{Strategy: sup.RestForOne, Children: []sup.Child{c.child("a"), c.child("w", stop(s.stop))}})
					c.forget()
					began, w1 := time.Now(), c.now("w")
					way.do(w, c, ref)
					require.Equal(w, s.takes, time.Since(began))
					var notes []string
					for _, note := range c.diary() {
						if note == "w asked beside a" || note == "w asked" {
							notes = append(notes, "w asked")
						}
						if note == "w cleans up beside a" || note == "w cleans up" {
							notes = append(notes, "w cleans up")
						}
					}
					require.Equal(w, s.notes, notes)
					require.False(w, w1.Alive())
					_, killed := w1.Reason().(proc.ExitKilled)
					require.Equal(w, s.killed, killed, "%v", w1.Reason())
					if !s.killed {
						require.Equal(w, proc.ExitSuccess, w1.Reason().Severity(), "%v", w1.Reason())
					}
					k.undisturbed()
				})
			})
		}
	}
}

// U2: shut down, a supervisor takes each child through Cleanup and kill, one
// after the other.
func TestU2_StepsOfAShutdown(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("a", manner{numb: true})
		c.is("b", manner{deaf: true})
		c.is("d", manner{stuck: true})
		c.is("e", manner{numb: true})
		k := newKeeper(w, w.System())
		ref := k.start(sup.Spec{Children: append(c.children("a, b, d"),
			c.child("e", stop(sup.Stop{Cleanup: time.Minute})), c.child("f", stop(sup.Stop{Cleanup: -1})))})
		c.forget()
		began := time.Now()
		ref.Shutdown(proc.ExitNormally{})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, ref.ID))
		require.Equal(w, time.Minute+2*time.Second+2*time.Second, time.Since(began))
		for id, killed := range map[string]bool{"a": true, "b": false, "d": true, "e": true, "f": true} {
			_, is := c.now(id).Reason().(proc.ExitKilled)
			require.Equal(w, killed, is, id)
		}
		c.wrote("e cleans up beside a b d", "b cleans up beside a", "a cleans up")
	})
}

// U2: a shutdown during a Cleanup step does not begin that again.
func TestU2_AShutdownDuringACleanup(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("b", manner{numb: true})
		ref := start(w, sup.Spec{Children: append(c.children("a"), c.child("b", stop(sup.Stop{Cleanup: time.Minute})))})
		c.forget()
		began := time.Now()
		stopped := harness.Async(w, func() error { return ref.Stop(context.Background()) })
		c.saw("b cleans up")
		require.Equal(w, 3*time.Second, time.Since(began))
		time.Sleep(30 * time.Second)
		ref.Shutdown(proc.ExitNormally{})
		require.NoError(w, harness.Value(w, stopped))
		require.Equal(w, proc.ExitKilled{}, c.now("b").Reason())
		require.LessOrEqual(w, time.Since(began), 3*time.Second+time.Minute+30*time.Second)
		c.wrote("b asked beside a", "b cleans up beside a", "a cleans up")
	})
}

// The default of a nested supervisor is NoLimit: its children have their own
// limits. One that has a limit is shut down past it, and then goes on without
// Finish steps; and past its Cleanup it is killed, with all its children.
func TestU2_StepsOfANestedSupervisor(t *testing.T) {
	for _, m := range []struct {
		stop  sup.Stop
		takes time.Duration
		notes []string
		kills []string
	}{
		{sup.Stop{}, 20 * time.Hour, words("z asked, y asked, x asked"), nil},
		{sup.Stop{Finish: time.Hour}, time.Hour, words("z asked, z cleans up, y cleans up, x cleans up"), nil},
		{sup.Stop{Finish: -1}, 0, words("z cleans up, y cleans up, x cleans up"), nil},
		{sup.BrutalKill, 0, nil, words("x, y, z")},
		{sup.Stop{Finish: time.Hour, Cleanup: -1}, time.Hour, words("z asked"), words("x, y, z")},
	} {
		t.Run(fmt.Sprint(m.stop), func(t *testing.T) {
			harness.Virtually(t, func(w *world) {
				c := newCast(w)
				c.is("y", manner{finish: 10 * time.Hour})
				c.is("z", manner{finish: 10 * time.Hour})
				nested := sup.Supervisor("n", sup.Spec{Children: c.children("x, y, z", stop(sup.Stop{Finish: sup.NoLimit}))})
				nested.Stop = m.stop
				ref := start(w, sup.Spec{Children: []sup.Child{nested}})
				c.forget()
				began := time.Now()
				require.NoError(w, ref.StopChild(context.Background(), "n"))
				require.Equal(w, m.takes, time.Since(began))
				w.Settle()
				var notes []string
				for _, note := range c.diary() {
					for _, want := range words("z asked, y asked, x asked, z cleans up, y cleans up, x cleans up") {
						if len(note) >= len(want) && note[:len(want)] == want {
							notes = append(notes, want)
						}
					}
				}
				require.Equal(w, m.notes, notes)
				for _, id := range words("x, y, z") {
					require.False(w, c.now(id).Alive(), id)
				}
				for _, id := range m.kills {
					require.Equal(w, proc.ExitKilled{}, c.now(id).Reason(), id)
				}
			})
		})
	}
}

// U2: a supervisor whose parent ends by itself takes the Finish steps; what is
// left after the stop timeout of the system is killed (L9).
func TestU2_TheParentEndsByItself(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("b", manner{finish: 8 * time.Second})
		c.is("a", manner{finish: 8 * time.Second})
		k := newKeeper(w, w.System(proc.WithStopTimeout(10*time.Second)))
		ref := k.start(sup.Spec{Children: c.children("o, a, b", stop(sup.Stop{Finish: time.Minute}))})
		c.forget()
		began := time.Now()
		harness.Leave(k.Pid, errBroken)
		require.ErrorIs(w, harness.Ended(w, k.ID), errBroken)
		require.Equal(w, 10*time.Second, time.Since(began))
		require.Equal(w, proc.ExitKilled{}, ref.Reason())
		require.Equal(w, proc.ExitNormally{}, c.now("b").Reason())
		require.Equal(w, proc.ExitKilled{}, c.now("a").Reason())
		require.Equal(w, proc.ExitKilled{}, c.now("o").Reason())
		c.wrote("b asked beside o a", "a asked beside o")

		c = newCast(w)
		c.is("a", manner{finish: 8 * time.Second})
		k = newKeeper(w, w.Systems()[0])
		ref = k.start(sup.Spec{Children: c.children("a", stop(sup.Stop{Finish: time.Minute}))})
		harness.Leave(k.Pid, errBroken)
		harness.Ended(w, k.ID)
		owner, ok := errors.AsType[proc.ExitOwnerEnded](ref.Reason())
		require.True(w, ok, "%v", ref.Reason())
		require.Equal(w, k.ID, owner.ID)
		require.Equal(w, proc.ExitNormally{}, c.now("a").Reason())
	})
}

// U2: children that are being stopped at the same time, each by an operation,
// keep their own limits when the supervisor is shut down meanwhile.
func TestU2_AShutdownKeepsTheLimitsOfStopsUnderWay(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		limits := stop(sup.Stop{Finish: -1, Cleanup: time.Minute})
		ref := start(w, sup.Spec{Children: c.children("a, b, d", limits), Observe: c.observe})
		for _, id := range words("a, b, d") {
			pid := c.now(id)
			harness.Begin(pid, func(self *proc.Self[order]) int { <-c.over; return 0 }) // stuck
		}
		w.Settle()
		began := time.Now()
		for _, id := range words("a, b, d") {
			harness.Async(w, func() error { return ref.StopChild(context.Background(), id) })
		}
		time.Sleep(10 * time.Second)
		ref.Shutdown(proc.ExitNormally{})
		harness.Ended(w, ref.ID)
		require.Equal(w, time.Minute, time.Since(began), "each was shut down a minute ago")
	})
}

// U2: when the parent of the whole ends by itself a nested supervisor is asked to
// finish; past its Finish it is to clean up, and so are its children: what it is
// shut down with is no second leave to finish.
func TestU2_TheParentEndsAndANestedSupervisorIsLate(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("x", manner{finish: 10 * time.Hour})
		k := newKeeper(w, w.System(proc.WithStopTimeout(time.Hour)))
		nested := sup.Supervisor("n", sup.Spec{Children: c.children("y, x", stop(sup.Stop{Finish: sup.NoLimit}))})
		nested.Stop = sup.Stop{Finish: time.Minute}
		k.start(sup.Spec{Children: []sup.Child{c.child("a"), nested}})
		c.forget()
		began := time.Now()
		harness.Leave(k.Pid, nil)
		harness.Ended(w, k.ID)
		require.Equal(w, time.Minute, time.Since(began))
		c.wrote("x asked beside a y", "x cleans up beside a y", "y cleans up beside a", "a asked")
	})
}
