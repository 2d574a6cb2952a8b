package sup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// U3: whom the crash of b concerns, and in which order.
func TestU3_TheStrategySaysWhoIsRestarted(t *testing.T) {
	for _, s := range []struct {
		name     string
		strategy sup.Strategy
		notes    []string
		events   []string
		lives    map[string]int
		restarts map[string]int
	}{
		{"OneForOne", sup.OneForOne,
			[]string{"b starts beside a c d"},
			words("ended b, started b"),
			map[string]int{"a": 1, "b": 2, "c": 1, "d": 1}, map[string]int{"b": 1}},
		{"RestForOne", sup.RestForOne,
			[]string{"d asked beside a c", "c asked beside a", "b starts beside a", "c starts beside a b", "d starts beside a b c"},
			words("ended b, ended d, ended c, started b, started c, started d"),
			map[string]int{"a": 1, "b": 2, "c": 2, "d": 2}, map[string]int{"b": 1, "c": 1, "d": 1}},
		{"OneForAll", sup.OneForAll,
			[]string{"d asked beside a c", "c asked beside a", "a asked", "a starts", "b starts beside a", "c starts beside a b", "d starts beside a b c"},
			words("ended b, ended d, ended c, ended a, started a, started b, started c, started d"),
			map[string]int{"a": 2, "b": 2, "c": 2, "d": 2}, map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}},
	} {
		t.Run(s.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				k := newKeeper(w, w.System())
				ref := k.start(sup.Spec{Strategy: s.strategy, Children: c.children("a, b, c, d"), Observe: c.observe})
				c.forget()
				c.crash("b", errBroken)
				c.wrote(s.notes...)
				c.toldOf(words("restarting b attempt 1 after 0s"), s.events)
				for _, st := range statuses(w, ref) {
					require.Equal(w, s.lives[st.Child], c.count(st.Child), st.Child)
					require.Equal(w, s.restarts[st.Child], st.Restarts, st.Child)
					require.Equal(w, sup.Running, st.State, st.Child)
					require.Equal(w, c.now(st.Child).ID, st.ID, st.Child)
				}
				require.ErrorIs(w, status(w, ref, "b").LastExit, errBroken)
				require.Equal(w, words("a running, b running, c running, d running"), list(w, ref))
				k.undisturbed()
			})
		})
	}
}

// U3: which ends lead to a restart, for each kind, and who is still listed then.
func TestU3_RestartKinds(t *testing.T) {
	ends := []struct {
		name  string
		do    func(pid proc.Pid[order])
		crash bool
	}{
		{"nil", func(pid proc.Pid[order]) { harness.Leave(pid, nil) }, false},
		{"NormalExitRequested", func(pid proc.Pid[order]) { harness.Leave(pid, proc.NormalExitRequested{}) }, false},
		{"asked by a stranger", func(pid proc.Pid[order]) { pid.Interrupt(proc.NormalExitRequested{}) }, false},
		{"shut down normally", func(pid proc.Pid[order]) { pid.Shutdown(proc.ExitNormallyWith{Detail: "done"}) }, false},
		{"error", func(pid proc.Pid[order]) { harness.Leave(pid, errBroken) }, true},
		{"panic", func(pid proc.Pid[order]) { pid.Send(func(*proc.Self[order]) *harness.End { panic("broken") }) }, true},
		{"kill", func(pid proc.Pid[order]) { pid.Kill() }, true},
		{"shut down with a crash", func(pid proc.Pid[order]) { pid.Shutdown(proc.ExitUnhandledError{Err: errBroken}) }, true},
	}
	for _, e := range ends {
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
					c := newCast(w)
					ref := start(w, sup.Spec{Strategy: strategy, Children: []sup.Child{
						c.child("p"), c.child("t", restart(sup.Transient)), c.child("o", restart(sup.Temporary)),
					}, Observe: c.observe})

					e.do(c.now("o")) // never restarted, and forgotten
					harness.Ended(w, c.now("o").ID)
					c.event(sup.ChildEnded, "o", 1)
					w.Settle()
					require.Equal(w, words("p running, t running"), list(w, ref), "%v", strategy)
					require.Equal(w, []int{1, 1, 1}, []int{c.count("p"), c.count("t"), c.count("o")})

					t1 := c.now("t")
					e.do(t1)
					harness.Ended(w, t1.ID)
					if e.crash {
						c.life("t", 2)
					} else {
						c.event(sup.ChildEnded, "t", 1)
						w.Settle()
						require.Equal(w, words("p running, t stopped"), list(w, ref), "%v", strategy)
						require.Equal(w, t1.Reason(), status(w, ref, "t").LastExit)
						require.Equal(w, 1, c.count("p"))
					}

					p := c.now("p")
					e.do(p) // always restarted
					harness.Ended(w, p.ID)
					c.event(sup.ChildRestarting, "p", 1)
					w.Eventually("p is up", func() bool { return status(w, ref, "p").State == sup.Running })
					require.Equal(w, p.Reason(), status(w, ref, "p").LastExit)
				}
			})
		})
	}
}

// U3, and OTP's ways: a group restart drops temporary siblings, starts a
// transient one that had ended normally, and also one that was stopped by hand.
func TestU3_WhoComesBackInAGroup(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForAll, sup.RestForOne} {
			c := newCast(w)
			ref := start(w, sup.Spec{Strategy: strategy, Children: []sup.Child{
				c.child("a"), c.child("done", restart(sup.Transient)), c.child("temp", restart(sup.Temporary)), c.child("hand"),
				c.child("running", restart(sup.Transient)),
			}, Observe: c.observe})
			c.crash("done", nil)
			c.event(sup.ChildEnded, "done", 1)
			require.NoError(w, ref.StopChild(context.Background(), "hand"))
			require.Equal(w, words("a running, done stopped, temp running, hand stopped, running running"), list(w, ref))
			c.forget()
			c.crash("a", errBroken)
			c.wrote("running asked beside temp", "temp asked",
				"a starts", "done starts beside a", "hand starts beside a done", "running starts beside a done hand")
			require.Equal(w, words("a running, done running, hand running, running running"), list(w, ref))
			require.Equal(w, 1, status(w, ref, "done").Restarts)
			_, err := ref.StartChild(context.Background(), c.child("temp", restart(sup.Temporary)))
			require.NoError(w, err, "its id is free again")
		}
	})
}

// U3: what ended before the one that crashed is not part of rest-for-one.
func TestU3_RestForOneLeavesTheEarlierAlone(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Strategy: sup.RestForOne, Children: []sup.Child{
			c.child("done", restart(sup.Transient)), c.child("hand"), c.child("temp", restart(sup.Temporary)), c.child("b"), c.child("z"),
		}, Observe: c.observe})
		c.crash("done", nil)
		c.event(sup.ChildEnded, "done", 1)
		require.NoError(w, ref.StopChild(context.Background(), "hand"))
		c.forget()
		c.crash("b", errBroken)
		c.wrote("z asked beside temp", "b starts beside temp", "z starts beside temp b")
		require.Equal(w, words("done stopped, hand stopped, temp running, b running, z running"), list(w, ref))
	})
}

// Erlang's one-for-all failing at a later child: on the retry all started ones
// are stopped again, in reverse, then all start.
func TestU3_OneForAllThatFailsStartsOver(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Strategy: sup.OneForAll, Intensity: 2, Children: c.children("a, b, c, d"), Observe: c.observe})
		c.forget()
		c.is("c", manner{fail: errBroken, times: 1})
		c.crash("c", errBroken)
		c.wrote("d asked beside a b", "b asked beside a", "a asked",
			"a starts", "b starts beside a", "c starts beside a b",
			"b asked beside a", "a asked",
			"a starts", "b starts beside a", "c starts beside a b", "d starts beside a b c")
		require.Equal(w, words("a running, b running, c running, d running"), list(w, ref))
		require.Equal(w, 2, status(w, ref, "c").Restarts)
		require.Equal(w, 2, status(w, ref, "a").Restarts)
		c.toldOf(words("restarting c attempt 1 after 0s, restarting c attempt 2 after 0s"),
			words("ended c, ended d, ended b, ended a, started a, started b, start failed c, ended b, ended a, started a, started b, started c, started d"))
	})
}

// Erlang's rest-for-one failing at a later child: it is retried from that one
// only; those restarted before it stay.
func TestU3_RestForOneThatFailsGoesOnFromThere(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Strategy: sup.RestForOne, Intensity: 2, Children: c.children("a, b, c, d"), Observe: c.observe})
		c.forget()
		c.is("c", manner{fail: errBroken, times: 1})
		c.crash("b", errBroken)
		c.wrote("d asked beside a c", "c asked beside a",
			"b starts beside a", "c starts beside a b", "c starts beside a b", "d starts beside a b c")
		require.Equal(w, words("a running, b running, c running, d running"), list(w, ref))
		require.Equal(w, 1, status(w, ref, "b").Restarts)
		require.Equal(w, 2, status(w, ref, "c").Restarts)
	})
}
