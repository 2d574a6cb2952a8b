package sup_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// An event tells when, of whom, by which path from the root, and why.
func TestDecided_WhatEventsTell(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Observe: c.observe, Backoff: sup.Backoff{First: time.Second}, Children: []sup.Child{
			c.child("a"), sup.Supervisor("n", sup.Spec{Backoff: sup.Backoff{First: time.Minute}, Intensity: 2, Children: []sup.Child{
				sup.Supervisor("m", sup.Spec{Intensity: -1, Children: c.children("x")}),
			}}),
		}})
		n, err := ref.Supervisor(ctx, "n")
		require.NoError(w, err)
		m, err := n.Supervisor(ctx, "m")
		require.NoError(w, err)
		for path, of := range map[string]struct{ supervisor, id proc.ID }{
			"a": {ref.ID, c.now("a").ID}, "n": {ref.ID, n.ID}, "n/m": {n.ID, m.ID}, "n/m/x": {m.ID, c.now("x").ID},
		} {
			e := c.event(sup.ChildStarted, path, 1)
			require.Equal(w, sup.Event{Kind: sup.ChildStarted, At: time.Now(), Supervisor: of.supervisor, Path: path, ID: of.id}, sameTime(w, e))
		}
		time.Sleep(time.Hour)
		c.forget()
		x := c.now("x")
		c.crash("x", errBroken)
		w.Settle()

		e := sameTime(w, c.event(sup.ChildEnded, "n/m/x", 1))
		require.Equal(w, sup.Event{Kind: sup.ChildEnded, At: time.Now(), Supervisor: m.ID, Path: "n/m/x", ID: x.ID, Reason: x.Reason()}, e)
		e = sameTime(w, c.event(sup.GaveUp, "n/m", 1))
		require.Equal(w, m.ID, e.Supervisor)
		require.Equal(w, sup.TooManyRestarts{Child: "x", Period: 5 * time.Second, Reason: x.Reason()}, as[sup.TooManyRestarts](w, e.Reason))
		require.Equal(w, m.ID, sameTime(w, c.event(sup.StoppingAll, "n/m", 1)).Supervisor)
		e = sameTime(w, c.event(sup.ChildEnded, "n/m", 1))
		require.Equal(w, n.ID, e.Supervisor)
		require.Equal(w, m.ID, e.ID)
		require.Equal(w, m.Reason(), e.Reason)
		e = sameTime(w, c.event(sup.ChildRestarting, "n/m", 1))
		require.Equal(w, time.Minute, e.After)
		require.Equal(w, 1, e.Attempt)
		require.Equal(w, m.Reason(), e.Reason)

		c.forget()
		require.NoError(w, ref.Stop(ctx))
		require.Equal(w, ref.ID, sameTime(w, c.event(sup.StoppingAll, "", 1)).Supervisor)
		require.Equal(w, n.ID, sameTime(w, c.event(sup.StoppingAll, "n", 1)).Supervisor)
	})
}

// sameTime is e with its time in the form that time.Now has: no time passes in a
// bubble while anything happens.
func sameTime(w *world, e sup.Event) sup.Event {
	w.Helper()
	now := time.Now()
	require.True(w, e.At.Equal(now), "%v, not %v", e.At, now)
	e.At = now
	return e
}

// After ChildStartFailed there is no ChildEnded, and its reason is the failure.
func TestDecided_AStartThatFailedIsOneEvent(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Children: c.children("a"), Observe: c.observe})
		c.told("started a")
		c.is("bad", manner{fail: errBroken})
		_, err := ref.StartChild(context.Background(), c.child("bad"))
		require.ErrorIs(w, err, errBroken)
		e := c.event(sup.ChildStartFailed, "bad", 1)
		require.ErrorIs(w, e.Reason, errBroken)
		require.Equal(w, c.now("bad").ID, e.ID)
		c.told("start failed bad")
	})
}

// Observe of a nested supervisor sees its own events and those below it; the
// root's sees all of them, each once.
func TestDecided_ObserveSeesWhatIsBelow(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		root, nested := newCast(w), newCast(w)
		ref := start(w, sup.Spec{Observe: root.observe, Children: []sup.Child{
			root.child("a"),
			sup.Supervisor("n", sup.Spec{Observe: nested.observe, Children: []sup.Child{
				sup.Supervisor("m", sup.Spec{Children: root.children("x")}),
			}}),
		}})
		require.Equal(w, words("started n/m/x, started n/m"), nested.trace())
		require.Equal(w, words("started a, started n/m/x, started n/m, started n"), root.trace())
		require.NoError(w, ref.Stop(context.Background()))
		require.ElementsMatch(w, words("started n/m/x, started n/m, stopping all n, stopping all n/m, ended n/m/x, ended n/m"), nested.trace())
	})
}

// StoppingAll comes once, when the supervisor stops for good, whatever the cause.
func TestDecided_StoppingAllComesOnce(t *testing.T) {
	for name, end := range map[string]struct {
		do   func(w *world, c *cast, k *keeper, ref sup.Ref)
		want []string
	}{
		"interrupt": {func(w *world, c *cast, k *keeper, ref sup.Ref) {
			ref.Interrupt(proc.NormalExitRequested{})
			ref.Interrupt(proc.NormalExitRequested{})
			ref.Interrupt(proc.InterruptedBy{Value: "again"})
		}, words("stopping all, ended s, ended a")},
		"shutdown": {func(w *world, c *cast, k *keeper, ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}) },
			words("stopping all, ended s, ended a")},
		"end of the parent": {func(w *world, c *cast, k *keeper, ref sup.Ref) { harness.Leave(k.Pid, nil) },
			words("stopping all, ended s, ended a")},
		"auto-shutdown": {func(w *world, c *cast, k *keeper, ref sup.Ref) { harness.Leave(c.now("s"), nil) },
			words("ended s, stopping all, ended a")},
		"giving up": {func(w *world, c *cast, k *keeper, ref sup.Ref) { harness.Leave(c.now("a"), errBroken) },
			words("ended a, gave up, stopping all, ended s")},
		"kill": {func(w *world, c *cast, k *keeper, ref sup.Ref) { ref.Kill() }, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				k := newKeeper(w, w.System())
				ref := k.start(sup.Spec{Intensity: -1, AutoShutdown: sup.AnySignificant, Observe: c.observe, Children: []sup.Child{
					c.child("a"), c.child("s", restart(sup.Transient), significant),
				}})
				c.forget()
				end.do(w, c, k, ref)
				harness.Ended(w, ref.ID)
				c.told(end.want...)
			})
		})
	}
}

// Each event tells its own time, also in a stop that takes long, however it came.
func TestDecided_EventsTellTheirTime(t *testing.T) {
	for name, end := range map[string]func(k *keeper, ref sup.Ref){
		"interrupt":         func(k *keeper, ref sup.Ref) { ref.Interrupt(proc.NormalExitRequested{}) },
		"shutdown":          func(k *keeper, ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}) },
		"end of the parent": func(k *keeper, ref sup.Ref) { harness.Leave(k.Pid, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Virtually(t, func(w *world) {
				c := newCast(w)
				for _, id := range words("a, b, d") {
					c.is(id, manner{numb: true})
				}
				k := newKeeper(w, w.System(proc.WithStopTimeout(time.Hour)))
				ref := k.start(sup.Spec{Children: c.children("a, b, d"), Observe: func(e sup.Event) {
					if now := time.Now(); !e.At.Equal(now) {
						c.note(fmt.Sprintf("%s: %v late", eventText(e), now.Sub(e.At)))
					}
				}})
				c.forget()
				end(k, ref)
				harness.Ended(w, ref.ID)
				for _, note := range c.diary() {
					require.NotContains(w, note, "late")
				}
			})
		})
	}
}

// A panic in Observe is logged and changes nothing.
func TestDecided_APanicInObserveIsLogged(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Children: c.children("a, b"), Observe: func(e sup.Event) {
			c.observe(e)
			panic(fmt.Sprintf("no observer for %q", e.Path))
		}})
		c.crashes("a", 2, errBroken)
		w.Eventually("a is up", func() bool { return status(w, ref, "a").State == sup.Running })
		require.NoError(w, ref.StopChild(context.Background(), "b"))
		require.NoError(w, ref.Stop(context.Background()))
		c.told("started a", "started b", "ended a", "restarting a attempt 1 after 0s", "started a",
			"ended a", "restarting a attempt 2 after 0s", "started a", "ended b", "stopping all", "ended a")
		panics := 0
		for _, line := range w.Logs.Lines() {
			if line.Pid == ref.String() && line.Level >= zerolog.ErrorLevel && contains(line, "no observer for") {
				panics++
			}
		}
		require.Equal(w, 11, panics)
	})
}

// Each event is logged once, by its supervisor, with the path; a restart is a
// warning that says why, which attempt and how long it waits; giving up is an
// error. What goes as it should is debug and info.
func TestDecided_EachEventIsLoggedOnce(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Observe: c.observe, Intensity: 2, Backoff: sup.Backoff{First: 90 * time.Second, Factor: 1}, Period: time.Hour, Children: []sup.Child{
			c.child("a"), sup.Supervisor("n", sup.Spec{Children: c.children("the-x")}), c.child("the-b"),
		}}, proc.Titled("root"))
		c.is("bad", manner{fail: errBroken})
		_, err := ref.StartChild(ctx, c.child("bad"))
		require.Error(w, err)
		require.NoError(w, ref.StopChild(ctx, "the-b"))
		for n := range 2 {
			c.crash("a", errBroken)
			c.life("a", n+2)
			w.Settle()
		}
		c.crash("a", fmt.Errorf("the last time: %w", errBroken))
		harness.Ended(w, ref.ID)

		byPid := map[string][]sup.Event{}
		for _, e := range c.events {
			byPid[e.Supervisor.String()] = append(byPid[e.Supervisor.String()], e)
		}
		require.Len(w, byPid, 2)
		for pid, events := range byPid {
			var lines []log.Line
			for _, line := range w.Logs.Lines() {
				// The process itself says that it has started and ended.
				if line.Pid == pid && line.Message != "process started" && line.Message != "process ended" && line.Message != "process crashed" {
					lines = append(lines, line)
				}
			}
			require.Len(w, lines, len(events), "%v\n%v", events, lines)
			for i, e := range events {
				line := lines[i]
				require.True(w, contains(line, e.Path), "%v: %v", eventText(e), line)
				if e.Reason != nil {
					require.Equal(w, e.Reason.Error(), reasons(line), "%v", eventText(e))
				}
				switch e.Kind {
				case sup.ChildStarted:
					require.Equal(w, zerolog.DebugLevel, line.Level, "%v", line)
				case sup.ChildRestarting:
					require.Equal(w, zerolog.WarnLevel, line.Level, "%v", line)
					require.True(w, contains(line, fmt.Sprint(e.Attempt)), "%v", line)
				case sup.GaveUp:
					require.Equal(w, zerolog.ErrorLevel, line.Level, "%v", line)
					require.True(w, contains(line, "the last time"), "%v", line)
				case sup.StoppingAll:
					require.Equal(w, zerolog.InfoLevel, line.Level, "%v", line)
				}
			}
		}
	})
}

// reasons is the chain of reasons in a line, in one text.
func reasons(line log.Line) string {
	var texts []string
	all, _ := line.Fields[log.ReasonsField].([]any)
	for _, text := range all {
		texts = append(texts, fmt.Sprint(text))
	}
	return strings.Join(texts, ": ")
}

// The supervisor of a line is named, the root as well, and times say in which unit
// they are.
func TestDecided_TheLogNamesTheRootAndItsUnits(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		pool := sup.NewPool(newPondSpec(c))
		c.is("deaf", manner{deaf: true})
		ref := start(w, sup.Spec{Backoff: sup.Backoff{First: 1500 * time.Microsecond}, Children: []sup.Child{
			pool.Child("pool"), c.child("a"), c.child("deaf", stop(sup.Stop{Finish: 2 * time.Second})),
		}})
		c.crash("a", errBroken)
		c.life("a", 2)
		require.NoError(w, ref.Stop(context.Background()))
		got := map[string]any{}
		for _, line := range w.Logs.Lines() {
			switch line.Message {
			case "stopping all":
				got[line.Message+" "+fmt.Sprint(line.Fields["supervisor"])] = true
			case "child restarting", "a child has not finished: shutting it down":
				got[line.Message] = fmt.Sprint(line.Fields["after_ms"])
			}
		}
		require.Equal(w, map[string]any{
			"stopping all /": true, "stopping all pool": true, "child restarting": "1.5",
			"a child has not finished: shutting it down": "2000",
		}, got)
	})
}

// An event tells how often its child has been restarted, and the key of a child of a
// pool as it is.
func TestDecided_EventsTellRestartsAndKeys(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		type key struct{ n int }
		pool := sup.NewPool(sup.PoolSpec[key, int, order]{
			Body:      func(self *proc.Self[order], k key, _ int) error { return c.play(fmt.Sprint(k), self, func() {}) },
			Intensity: sup.Unlimited,
		})
		ref := start(w, sup.Spec{Observe: c.observe, Intensity: sup.Unlimited, Children: []sup.Child{c.child("a"), pool.Child("pool")}})
		_, err := pool.Spawn(context.Background(), key{7}, 0)
		require.NoError(w, err)
		for path, id := range map[string]string{"a": "a", "pool/{7}": "{7}"} {
			var want any
			if id != path {
				want = key{7}
			}
			first := c.event(sup.ChildStarted, path, 1)
			require.Zero(w, first.Restarts)
			require.Equal(w, want, first.Key)
			for n := range 3 {
				c.life(id, n+1)
				c.crash(id, errBroken)
				require.Equal(w, n, c.event(sup.ChildRestarting, path, n+1).Restarts)
				again := c.event(sup.ChildStarted, path, n+2)
				require.Equal(w, n+1, again.Restarts)
				require.Equal(w, want, again.Key)
			}
		}
		// By hand it is no restart.
		ctx := context.Background()
		require.NoError(w, ref.StopChild(ctx, "a"))
		require.NoError(w, errorOf(ref.RestartChild(ctx, "a")))
		require.Equal(w, 3, c.event(sup.ChildStarted, "a", 5).Restarts)
		require.Nil(w, c.event(sup.ChildStarted, "pool", 1).Key)
	})
}

func contains(line log.Line, text string) bool { return strings.Contains(line.Raw, text) }

// D12: an ordered stop logs no warning and no error.
func TestDecided_AnOrderedStopIsNoTrouble(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("l", manner{finish: time.Second})
		s := w.System()
		k := newKeeper(w, s)
		ref := k.start(c.tree())
		require.NoError(w, ref.Stop(context.Background()))
		k.start(c.tree())
		require.NoError(w, s.Stop(context.Background()))
		for _, line := range w.Logs.Lines() {
			require.Less(w, line.Level, zerolog.WarnLevel, "%v", line)
		}
	})
}

// Each kind has a name of its own; so has what there is not.
func TestDecided_EventKindsHaveNames(t *testing.T) {
	seen := map[string]sup.EventKind{}
	for kind := sup.ChildStarted - 1; kind <= sup.StoppingAll+1; kind++ {
		name := kind.String()
		require.NotEmpty(t, name)
		require.NotContains(t, seen, name)
		seen[name] = kind
	}
}
