package sup_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

var errBroken = errors.New("broken")

// U1: children start in order, and all of them are up when Start returns.
func TestU1_ChildrenStartInOrder(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.System())
		ref := k.start(sup.Spec{Children: c.children("a, b, c"), Observe: c.observe})
		require.Equal(w, []string{"a starts", "b starts beside a", "c starts beside a b"}, c.diary())
		require.Equal(w, []string{"started a", "started b", "started c"}, c.trace())
		require.True(w, ref.Alive())
		for i, s := range statuses(w, ref) {
			id := []string{"a", "b", "c"}[i]
			require.Equal(w, sup.Status{Child: id, ID: c.now(id).ID}, s)
		}
		k.undisturbed()
	})
}

// U1: each child is fully up before the next one is started.
func TestU1_EachIsUpBeforeTheNext(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		c.is("b", manner{slow: true})
		start := newKeeper(w, w.System()).begin(sup.Spec{Children: c.children("a, b, c"), Observe: c.observe})
		c.saw("b starts")
		harness.Pending(w, start, "Start")
		c.told("started a")
		require.Zero(w, c.count("c"))
		c.getReady("b")
		require.NoError(w, harness.Value(w, start).err)
		c.told("started b", "started c")
	})
}

// Decided: a plain Worker counts as up once it is spawned, whatever its body does then.
func TestU1_APlainWorkerIsUpOnceSpawned(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		never := make(chan struct{})
		w.Cleanup(func() { close(never) })
		ref := start(w, sup.Spec{Children: []sup.Child{
			sup.Worker("a", func(*proc.Self[string]) error { <-never; return nil }, proc.Titled("worker a")),
			sup.Worker("b", func(self *proc.Self[string]) error { _, err := self.Receive(); return err }),
		}})
		require.Equal(w, []string{"a running", "b running"}, list(w, ref))
		info, ok := status(w, ref, "a").ID.Info()
		require.True(w, ok)
		require.Equal(w, "worker a", info.Title)
		status(w, ref, "a").ID.Kill() // it would take its whole time
	})
}

// U1: a nested supervisor is up when its children are.
func TestU1_ANestedSupervisorIsUpWhenItsChildrenAre(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		c.is("y", manner{slow: true})
		start := newKeeper(w, w.System()).begin(sup.Spec{Children: []sup.Child{
			c.child("a"),
			sup.Supervisor("n", sup.Spec{Children: c.children("x, y")}),
			c.child("b"),
		}})
		c.saw("y starts")
		harness.Pending(w, start, "Start")
		require.Zero(w, c.count("b"))
		c.getReady("y")
		ref := harness.Value(w, start).ref
		c.wrote("a starts", "x starts beside a", "y starts beside a x", "b starts beside a x y")
		require.Equal(w, []string{"a running", "n running", "b running"}, list(w, ref))
		require.Equal(w, sup.SupervisorKind, status(w, ref, "n").Kind)
	})
}

// failures are the ways in which a start may fail, the causes that are found in
// the error, and what its text tells besides the child.
var failures = []struct {
	name string
	body func(self *proc.Self[order], ready func()) error
	is   error
	says string
}{
	{"an error", func(*proc.Self[order], func()) error { return fmt.Errorf("no disk: %w", io.EOF) }, io.EOF, "no disk"},
	{"a normal end", func(*proc.Self[order], func()) error { return nil }, nil, ""},
	{"a panic", func(*proc.Self[order], func()) error { panic(fmt.Errorf("bad luck: %w", errBroken)) }, errBroken, "bad luck"},
	{"a kill", func(self *proc.Self[order], _ func()) error { self.ID().Kill(); return self.Yield() }, proc.ExitKilled{}, ""},
	{"a shutdown", func(self *proc.Self[order], _ func()) error {
		self.Exit(proc.ExitUnhandledError{Err: errBroken})
		return nil
	}, errBroken, ""},
}

// U1, and Erlang's "init failure of child k": a failed start stops the started
// ones in reverse order, never starts those after it, and is returned with the
// child's id and reason.
func TestU1_AFailedStartStopsTheStartedInReverse(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				k := newKeeper(w, w.System())
				children := append(c.children("a, b"), sup.WorkerReady("bad", 0, f.body), c.child("d"))
				got := harness.Value(w, k.begin(sup.Spec{Children: children, Observe: c.observe}))
				require.Error(w, got.err)
				require.Equal(w, "bad", as[sup.StartFailed](w, got.err).Child)
				if f.is != nil {
					require.ErrorIs(w, got.err, f.is)
				}
				require.ErrorContains(w, got.err, "bad")
				require.ErrorContains(w, got.err, f.says)
				require.Equal(w, []string{
					"started a", "started b", "start failed bad", "stopping all", "ended b", "ended a",
				}, c.trace())
				c.wrote("a starts", "b starts beside a", "b asked beside a", "a asked")
				require.Zero(w, c.count("d"))
				k.undisturbed()
			})
		})
	}
}

// U1: not being ready in time is a failed start; that the child is then taken
// through the steps of its stop is not waited for longer than they last.
func TestU1_NotReadyInTimeIsAFailedStart(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("bad", manner{slow: true})
		c.is("numb", manner{slow: true, numb: true})
		for _, id := range []string{"bad", "numb"} {
			k := newKeeper(w, w.System())
			began := time.Now()
			got := harness.Value(w, k.begin(sup.Spec{Children: []sup.Child{c.child("a"), c.childWithin(id, time.Minute), c.child("d")}}))
			require.Equal(w, id, as[sup.StartFailed](w, got.err).Child)
			require.ErrorContains(w, got.err, id)
			took := time.Since(began)
			require.GreaterOrEqual(w, took, time.Minute)
			require.LessOrEqual(w, took, time.Minute+5*time.Second)
			require.False(w, c.now(id).Alive())
			require.False(w, c.now("a").Alive())
			require.Zero(w, c.count("d"))
			k.undisturbed()
		}
	})
}

// A child that is ready in time may then take as long as it likes.
func TestU1_ReadyInTime(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("a", manner{slow: true})
		start := newKeeper(w, w.System()).begin(sup.Spec{Children: []sup.Child{c.childWithin("a", time.Minute)}})
		c.saw("a starts")
		time.Sleep(time.Minute - 1)
		c.getReady("a")
		ref := harness.Value(w, start).ref
		time.Sleep(time.Hour)
		require.Equal(w, []string{"a running"}, list(w, ref))
		require.Equal(w, 1, c.count("a"))
	})
}

// Ready may be called again, by mistake, and changes nothing.
func TestU1_ReadyTwiceIsReadyOnce(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		twice := sup.WorkerReady("a", 0, func(self *proc.Self[order], ready func()) error {
			ready()
			ready()
			_, err := self.Receive()
			ready()
			return err
		})
		ref := start(w, sup.Spec{Children: []sup.Child{twice, c.child("b")}, Observe: c.observe})
		require.NoError(w, ref.Stop(w.Context()))
		c.told("started a", "started b", "stopping all", "ended b", "ended a")
	})
}

// U1: a process that never ran is a failed start, of a plain Worker too. The
// error names who has the name.
func TestU1_AProcessThatNeverRanIsAFailedStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		name := proc.NewName[string]("db")
		holder := newKeeper(w, s)
		require.NoError(w, proc.Register(s, proc.NewName[order]("db"), holder.Pid))
		ran := false
		body := func(*proc.Self[string]) error { ran = true; return nil }
		for kind, child := range map[string]sup.Child{
			"plain": sup.Worker("bad", body, proc.Registered(name)),
			"ready": sup.WorkerReady("bad", 0, func(self *proc.Self[string], ready func()) error {
				ready()
				return body(self)
			}, proc.Registered(name)),
		} {
			c := newCast(w)
			k := newKeeper(w, s)
			got := harness.Value(w, k.begin(sup.Spec{Children: []sup.Child{c.child("a"), child}}))
			require.Equal(w, "bad", as[sup.StartFailed](w, got.err).Child, kind)
			require.Equal(w, holder.ID, as[proc.NameTaken](w, got.err).Holder, kind)
			as[proc.ExitNotStarted](w, got.err)
			require.False(w, ran)
			c.wrote("a starts", "a asked")
			k.undisturbed()
		}
	})
}

// U1: a nested start that fails is the failure of the whole; the error tells the
// way down to the child.
func TestU1_AFailedNestedStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		c.is("bad", manner{fail: errBroken})
		k := newKeeper(w, w.System())
		got := harness.Value(w, k.begin(sup.Spec{Children: []sup.Child{
			c.child("a"),
			sup.Supervisor("n", sup.Spec{Children: c.children("x, bad, y")}),
			c.child("b"),
		}}))
		require.Equal(w, "n", as[sup.StartFailed](w, got.err).Child)
		require.ErrorIs(w, got.err, errBroken)
		require.ErrorContains(w, got.err, "bad")
		c.wrote("a starts", "x starts beside a", "bad starts beside a x", "x asked beside a", "a asked")
		k.undisturbed()
	})
}
