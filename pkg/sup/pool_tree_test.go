package sup_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// newPondIn is a pond that runs as child "pool" of a supervisor.
func newPondIn(w *world, tree sup.Spec, adjust ...func(*pondSpec)) (*pond, sup.Ref) {
	w.Helper()
	p := &pond{w: w, c: newCast(w), s: w.System()}
	p.k = newKeeper(w, p.s)
	spec := newPondSpec(p.c)
	for _, f := range adjust {
		f(&spec)
	}
	p.Pool = sup.NewPool(spec)
	tree.Children = append(tree.Children, p.Child("pool"))
	return p, p.k.start(tree)
}

// U10: the pool's value, its Ref and a Via pid stay good across its own restarts,
// and it begins empty.
func TestU10_APoolStaysGoodAcrossItsRestarts(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p, ref := newPondIn(w, sup.Spec{})
		via := p.Via(p.s, "a")
		require.False(w, via.Alive())
		first := p.spawn("a")
		require.True(w, harness.Do(w, via, func(self *proc.Self[order]) bool { return self.Pid() == first }))
		before := p.Ref()
		require.Equal(w, before.ID, status(w, ref, "pool").ID)

		before.Kill()
		require.False(w, first.Alive())
		w.Eventually("the pool runs again", func() bool { return p.Ref().ID != before.ID && p.Ref().Alive() })
		require.Zero(w, p.Len())
		require.Empty(w, p.found())
		require.False(w, via.Alive())
		second := p.spawn("a")
		require.NotEqual(w, first, second)
		require.True(w, harness.Do(w, via, func(self *proc.Self[order]) bool { return self.Pid() == second }))
		require.Equal(w, p.Ref().ID, status(w, ref, "pool").ID)
		require.Equal(w, sup.PoolKind, status(w, ref, "pool").Kind)
	})
}

// U10: a Via pid follows the restarts of its key. During the gap a call fails at
// once, a send is a dead letter, and who wants to wait asks GetOrSpawn.
func TestU10_AViaPidFollowsItsKey(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Backoff = sup.Backoff{First: time.Minute} })
		via := p.Via(p.s, "a")
		p.spawn("a")
		p.c.crash("a", errBroken)
		w.Settle()
		dead := func() (n uint64) {
			for _, count := range p.s.Counters().DeadLetters {
				n += count
			}
			return n
		}
		before := dead()
		via.Send(func(*proc.Self[order]) *harness.End { return nil })
		require.Equal(w, before+1, dead())
		require.Zero(w, elapsed(w, func() {
			_, err := proc.Call(context.Background(), via, func(proc.ReplyTo[int]) order { return nil })
			as[proc.OtherProcessNotRunning](w, err)
		}))
		got := harness.Value(w, p.beginGet("a"))
		require.Equal(w, p.c.life("a", 2), got.pid)
		require.True(w, harness.Do(w, via, func(self *proc.Self[order]) bool { return self.Pid() == got.pid }))
	})
}

// A pool that runs already is an AlreadyStarted: at once if it is started by hand,
// and as why a supervisor did not start.
func TestPool_OneThatRunsIsAlreadyStarted(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p, _ := newPondIn(w, sup.Spec{})
		p.spawn("a")
		other := p.k.start(sup.Spec{})
		_, err := other.StartChild(context.Background(), p.Child("second"))
		require.Equal(w, sup.AlreadyStarted{Child: "second", ID: p.Ref().ID}, err)
		require.Empty(w, list(w, other))

		got := harness.Value(w, p.k.begin(sup.Spec{Children: []sup.Child{p.c.child("x"), p.Child("third")}}))
		require.Equal(w, "third", as[sup.StartFailed](w, got.err).Child)
		require.Equal(w, sup.AlreadyStarted{Child: "third", ID: p.Ref().ID}, as[sup.AlreadyStarted](w, got.err))
		require.Equal(w, words("a"), p.found(), "the first is as it was")

		twice := sup.NewPool(newPondSpec(p.c))
		got = harness.Value(w, p.k.begin(sup.Spec{Children: []sup.Child{twice.Child("1"), twice.Child("2")}}))
		require.Equal(w, "2", as[sup.StartFailed](w, got.err).Child)
		as[sup.AlreadyStarted](w, got.err)
		require.False(w, twice.Ref().Alive())
		p.k.undisturbed()
	})
}

// A pool is stopped and started again by hand, like any child; and once it does
// not run elsewhere.
func TestPool_ItIsAChildLikeOthers(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p, ref := newPondIn(w, sup.Spec{})
		p.spawn("a")
		ctx := context.Background()
		nested, err := ref.Supervisor(ctx, "pool")
		require.NoError(w, err)
		require.Equal(w, p.Ref(), nested)
		require.NoError(w, ref.StopChild(ctx, "pool"))
		require.False(w, p.c.now("a").Alive())
		as[proc.OtherProcessNotRunning](w, harness.Value(w, p.beginSpawn("a")).err)

		other := p.k.start(sup.Spec{Children: []sup.Child{p.Child("pool")}})
		_, err = ref.RestartChild(ctx, "pool")
		require.Equal(w, sup.AlreadyStarted{Child: "pool", ID: p.Ref().ID}, err)
		require.NoError(w, other.Stop(ctx))

		id, err := ref.RestartChild(ctx, "pool")
		require.NoError(w, err)
		require.Equal(w, p.Ref().ID, id)
		p.spawn("a")
	})
}

// A crash of the whole pool is one crash for its supervisor, with the whole
// chain; the pool is restarted, and begins empty.
func TestPool_OneThatGivesUpIsRestarted(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p, ref := newPondIn(w, sup.Spec{}, func(s *pondSpec) { s.Intensity = -1 })
		p.spawnAll("a, b")
		before := p.Ref()
		p.c.crash("a", errBroken)
		as[sup.TooManyRestarts](w, harness.Ended(w, before.ID))
		w.Eventually("the pool runs again", func() bool { return p.Ref().ID != before.ID && p.Ref().Alive() })
		st := status(w, ref, "pool")
		require.Equal(w, 1, st.Restarts)
		require.ErrorIs(w, st.LastExit, errBroken)
		require.Zero(w, p.Len())
		require.False(w, p.c.now("b").Alive())
	})
}

// Events have the path from the root, and reach those who observe above. The log
// has each once.
func TestPool_EventsHaveThePathFromTheRoot(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		above := newCast(w)
		p, ref := newPondIn(w, sup.Spec{Observe: above.observe}, func(s *pondSpec) { s.Intensity = 1 })
		p.spawnAll("a, b")
		p.c.crash("a", errBroken)
		p.c.event(sup.ChildStarted, "pool/a", 2)
		p.c.told("started pool/a", "started pool/b", "ended pool/a", "restarting pool/a attempt 1 after 0s", "started pool/a")
		above.told("started pool", "started pool/a", "started pool/b", "ended pool/a", "restarting pool/a attempt 1 after 0s", "started pool/a")
		require.Equal(w, 1, strings.Count(w.Logs.String(), "child restarting"))
		id := p.Ref().ID
		p.c.crash("b", errBroken)
		gaveUp := p.c.event(sup.GaveUp, "pool", 1)
		require.Equal(w, id, gaveUp.Supervisor)
		as[sup.TooManyRestarts](w, gaveUp.Reason)
		p.c.event(sup.StoppingAll, "pool", 1)
		require.NoError(w, ref.Stop(context.Background()))
	})
}

// A registered pool's supervisor is found by its name.
func TestPool_ItsSupervisorCanHaveAName(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		s := w.System()
		k := newKeeper(w, s)
		harness.Do(w, k.Pid, func(self *proc.Self[order]) error {
			pool, err := sup.StartPool(self, newPondSpec(c), sup.Registered("the pool"))
			require.NoError(w, err)
			_, err = pool.Spawn(self, "a", 0)
			require.NoError(w, err)
			info, _ := pool.Ref().Info()
			require.Equal(w, "pool", info.Title)
			return err
		})
		require.Equal(w, words("a running"), list(w, sup.Named(s, "the pool")))
	})
}

// Children lists them in the order of their start.
func TestPool_ChildrenAreInTheOrderOfTheirStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.spawnAll("c, a, d, b")
		require.NoError(w, harness.Value(w, p.beginStop("a")))
		p.spawn("a")
		require.Equal(w, words("c running, d running, b running, a running"), list(w, p.Ref()))
	})
}

// A failing StartPool reports by its error alone.
func TestPool_AStartThatFailsIsReportedByItsErrorAlone(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.System())
		harness.Do(w, k.Pid, func(self *proc.Self[order]) bool {
			name := proc.NewName[int]("taken")
			proc.Spawn(self, func(self *proc.Self[int]) error { _, err := self.Receive(); return err }, proc.Registered(name))
			pool, err := sup.StartPool(self, newPondSpec(c), sup.Registered("taken"))
			require.Nil(w, pool)
			as[proc.NameTaken](w, err)
			return true
		})
		k.undisturbed()
	})
}
