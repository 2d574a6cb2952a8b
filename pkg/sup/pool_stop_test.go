package sup_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// stopPond stops the pool itself.
func (p *pond) stop() {
	p.w.Helper()
	require.NoError(p.w, harness.Value(p.w, harness.Async(p.w, func() error { return p.Ref().Stop(context.Background()) })))
}

// U2: a pool asks all at once.
func TestU2_APoolAsksAllAtOnce(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, poolStop(sup.Stop{Finish: sup.NoLimit}))
		for _, key := range words("a, b, c") {
			p.c.is(key, manner{deaf: true})
		}
		p.spawnAll("a, b, c")
		stopping := harness.Async(w, func() error { return p.Ref().Stop(context.Background()) })
		for _, key := range words("a, b, c") { // each is asked though none has ended
			p.c.saw(key + " asked")
		}
		harness.Pending(w, stopping, "the stop")
		for _, key := range words("b, c, a") {
			harness.Leave(p.c.now(key), nil)
		}
		require.NoError(w, harness.Value(w, stopping))
	})
}

// U2: one shared limit: all that do not finish in time are shut down together, and
// all that do not clean up in time are killed together.
func TestU2_APoolsChildrenShareOneLimit(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, poolStop(sup.Stop{Finish: 10 * time.Second, Cleanup: 5 * time.Second}))
		keys := words("a, b, c, d, e, f")
		for i, key := range keys {
			p.c.is(key, []manner{{}, {deaf: true}, {numb: true}}[i%3])
		}
		p.spawnAll("a, b, c, d, e, f")
		require.Equal(w, 15*time.Second, elapsed(w, p.stop))
		for i, key := range keys {
			reason := p.c.now(key).Reason()
			switch i % 3 {
			case 0:
				require.Equal(w, proc.ExitNormally{}, reason)
			case 1:
				require.Equal(w, proc.ExitNormallyWith{Detail: "stopped by its supervisor"}, reason)
			case 2:
				require.Equal(w, proc.ExitKilled{}, reason)
			}
		}
		require.Equal(w, 4, strings.Count(w.Logs.String(), "a child has not finished"))
		require.Equal(w, 2, strings.Count(w.Logs.String(), "a child has not cleaned up"))
	})
}

// U2: a pool that is shut down passes over Finish: all clean up together, within
// one Cleanup.
func TestU2_APoolThatIsShutDownPassesOverFinish(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, poolStop(sup.Stop{Finish: 10 * time.Second, Cleanup: 5 * time.Second}))
		for _, key := range words("a, b, c") {
			p.c.is(key, manner{deaf: true})
		}
		p.c.is("d", manner{numb: true})
		p.c.is("e", manner{numb: true})
		p.spawnAll("d, a, b, c, e")
		why := proc.ExitNormallyWith{Detail: "enough"}
		require.Equal(w, 5*time.Second, elapsed(w, func() {
			p.Ref().Shutdown(why)
			p.c.saw("d cleans up")
			w.Settle()
			require.Empty(w, p.found(), "not found from when its stop begins")
			require.Equal(w, why, harness.Ended(w, p.Ref().ID))
		}))
		for _, key := range words("a, b, c") {
			require.Equal(w, why, p.c.now(key).Reason())
		}
		for _, key := range words("d, e") {
			require.Equal(w, proc.ExitKilled{}, p.c.now(key).Reason())
		}
		require.Equal(w, 2, strings.Count(w.Logs.String(), "a child has not cleaned up"), "those that have ended while d was waited for are not late")
		require.False(w, slices.ContainsFunc(p.c.diary(), func(note string) bool { return strings.Contains(note, "asked") }))
		require.Zero(w, p.Len())
		require.Empty(w, p.found())
	})
}

// U2: a shutdown in the midst of stopping ends the Finish step of all, and leaves
// the Cleanup step that one is in already as it is.
func TestU2_APoolIsShutDownWhileItStops(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, poolStop(sup.Stop{Finish: time.Minute, Cleanup: 10 * time.Second}))
		for _, key := range words("a, b") {
			p.c.is(key, manner{deaf: true})
		}
		p.c.is("early", manner{numb: true})
		p.spawnAll("a, b, early")
		begin := time.Now()
		stopped := p.beginStop("early")
		p.c.saw("early asked")
		time.Sleep(63 * time.Second) // it cleans up since 3 s
		p.Ref().Interrupt(proc.NormalExitRequested{})
		p.c.saw("a asked")
		time.Sleep(2 * time.Second)
		p.Ref().Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		harness.Ended(w, p.Ref().ID)
		require.Equal(w, 70*time.Second, time.Since(begin), "early has 10 s to clean up, from the end of its minute on")
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, p.c.now("a").Reason())
		require.Equal(w, proc.ExitKilled{}, p.c.now("early").Reason())
		as[proc.OtherProcessNotRunning](w, harness.Value(w, stopped))
	})
}

// U2: a parent that ends by itself lets them finish.
func TestU2_APoolWhoseOwnerEndsAsksToFinish(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w)
		p.c.is("a", manner{finish: 2 * time.Second})
		p.c.is("b", manner{finish: 2 * time.Second})
		p.spawnAll("a, b")
		require.Equal(w, 2*time.Second, elapsed(w, func() {
			harness.Leave(p.k.Pid, nil)
			harness.Ended(w, p.k.ID)
		}))
		p.c.saw("a asked")
		p.c.saw("b asked")
		require.Equal(w, proc.ExitNormally{}, p.c.now("a").Reason())
	})
}

// U7: however a pool ends its children end.
func TestU7_AKilledPoolLeavesNoChild(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.spawnAll("a, b, c")
		p.Ref().Kill()
		for _, key := range words("a, b, c") {
			require.Equal(w, proc.ExitKilled{}, p.c.now(key).Reason())
		}
		require.Zero(w, p.Len())
		require.Empty(w, p.found())
	})
}

// A pool that stops refuses operations at once, lists its children still, and
// finds none of them.
func TestPool_OneThatStopsRefuses(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, poolStop(sup.Stop{Finish: sup.NoLimit}))
		p.c.is("a", manner{deaf: true})
		p.spawnAll("a")
		stopping := harness.Async(w, func() error { return p.Ref().Stop(context.Background()) })
		p.c.saw("a asked")
		for _, got := range []fetched{harness.Value(w, p.beginSpawn("a")), harness.Value(w, p.beginSpawn("b")), harness.Value(w, p.beginGet("b"))} {
			require.Equal(w, p.Ref().ID, as[proc.OtherProcessNotRunning](w, got.err).ID)
		}
		as[proc.OtherProcessNotRunning](w, harness.Value(w, p.beginStop("a")))
		require.Equal(w, words("a stopping"), list(w, p.Ref()))
		require.Empty(w, p.found())
		require.Equal(w, 1, p.Len())
		harness.Leave(p.c.now("a"), nil)
		require.NoError(w, harness.Value(w, stopping))
		require.Zero(w, p.Len())
	})
}

// One that has never run names itself, as well as it can, and says what is missing.
func TestPool_OneThatHasNeverRunSaysWhatIsMissing(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := sup.NewPool(pondSpec{})
		_, _, err := p.GetOrSpawn(context.Background(), "a", 1)
		require.Equal(w, sup.PoolNotRunning{Key: "string", Message: "harness.Order"}, err)
		require.EqualError(w, err, "the pool of harness.Order by string does not run: make it a child of a supervisor, with Pool.Child")
		_, err = p.Spawn(context.Background(), "a", 1)
		as[sup.PoolNotRunning](w, err)
		as[sup.PoolNotRunning](w, p.StopChild(context.Background(), "a"))
	})
}

// One that does not run, because it never did or has ended, answers with
// OtherProcessNotRunning.
func TestPool_OneThatDoesNotRunRefuses(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		refuses := func(p *sup.Pool[string, int, order], id proc.ID) {
			_, err := p.Spawn(context.Background(), "a", 1)
			require.Equal(w, id, as[proc.OtherProcessNotRunning](w, err).ID)
			_, _, err = p.GetOrSpawn(context.Background(), "a", 1)
			require.Equal(w, id, as[proc.OtherProcessNotRunning](w, err).ID)
			err = p.StopChild(context.Background(), "a")
			require.Equal(w, id, as[proc.OtherProcessNotRunning](w, err).ID)
			_, err = p.Ref().Children(context.Background())
			as[proc.OtherProcessNotRunning](w, err)
			_, ok := p.Lookup("a")
			require.False(w, ok)
			require.Zero(w, p.Len())
			for range p.All() {
				w.Error("it has a child")
			}
			require.Equal(w, id, p.Ref().ID)
		}
		refuses(sup.NewPool(pondSpec{}), proc.ID{})
		p := newPond(w)
		p.spawnAll("a")
		p.stop()
		require.NotEqual(w, proc.ID{}, p.Ref().ID)
		refuses(p.Pool, p.Ref().ID)
	})
}

// What is under way when the pool stops fails: starts, those who wait for them,
// and stops.
func TestPool_AStopCutsOffWhatIsUnderWay(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, poolStop(sup.Stop{Finish: sup.NoLimit}), func(s *pondSpec) {
			s.Intensity, s.Backoff = 10, sup.Backoff{First: time.Hour}
		})
		p.c.is("starting", manner{slow: true})
		p.c.is("stopping", manner{deaf: true})
		p.spawnAll("stopping, waiting")
		starts := []<-chan fetched{p.beginSpawn("starting")}
		p.c.saw("starting starts")
		p.c.crash("waiting", errBroken)
		p.c.event(sup.ChildRestarting, "waiting", 1)
		stop := p.beginStop("stopping")
		p.c.saw("stopping asked")
		starts = append(starts, p.beginGet("starting"), p.beginGet("waiting"), p.beginGet("stopping"))
		w.Settle()
		for _, start := range starts {
			harness.Pending(w, start, "a start")
		}
		stopped := harness.Async(w, func() error { return p.Ref().Stop(context.Background()) })
		for _, start := range starts {
			require.Equal(w, p.Ref().ID, as[proc.OtherProcessNotRunning](w, harness.Value(w, start).err).ID)
		}
		as[proc.OtherProcessNotRunning](w, harness.Value(w, stop))
		harness.Leave(p.c.now("stopping"), nil)
		require.NoError(w, harness.Value(w, stopped))
		require.Equal(w, 1, p.c.count("waiting"))
	})
}

// StopChild frees the key, whatever Restart says, and takes as long as the child.
func TestPool_StopChildFreesTheKey(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, restart := range []sup.Restart{sup.Permanent, sup.Transient, sup.Temporary} {
			p := newPond(w, poolRestart(restart), poolStop(sup.Stop{Finish: sup.NoLimit}))
			p.c.is("a", manner{deaf: true})
			first := p.spawn("a")
			stops := []<-chan error{p.beginStop("a")}
			p.c.saw("a asked")
			stops = append(stops, harness.Begin(p.k.Pid, func(self *proc.Self[order]) error { return p.StopChild(self, "a") }))
			p.arrived(p.k)
			for _, stop := range stops {
				harness.Pending(w, stop, "the stop")
			}
			require.Empty(w, p.found(), "not found from when its stop begins")
			require.Equal(w, 1, p.Len(), "taken until it has ended")
			require.Equal(w, first.ID, as[sup.AlreadyStarted](w, harness.Value(w, p.beginSpawn("a")).err).ID)
			harness.Leave(first, errBroken) // nil however it then ended
			for _, stop := range stops {
				require.NoError(w, harness.Value(w, stop))
			}
			require.False(w, first.Alive())
			require.Zero(w, p.Len())
			require.NotEqual(w, first, p.spawn("a"))
			p.stopNow("a")
		}
	})
}

// stopNow has an actor that is deaf end, after its stop has begun.
func (p *pond) stopNow(key string) {
	p.w.Helper()
	stop := p.beginStop(key)
	p.w.Settle()
	p.c.now(key).Shutdown(proc.ExitNormally{})
	require.NoError(p.w, harness.Value(p.w, stop))
}

// StopChild of an unknown key is NotFound, whether it was never there, or is not
// any more, or cannot be a key.
func TestPool_StopChildOfAnUnknownKeyIsNotFound(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		require.Equal(w, sup.NotFound{Child: "a"}, harness.Value(w, p.beginStop("a")))
		p.spawn("a")
		require.NoError(w, harness.Value(w, p.beginStop("a")))
		require.Equal(w, sup.NotFound{Child: "a"}, harness.Value(w, p.beginStop("a")))
	})
}

// StopChild of a starting one ends the start.
func TestPool_StopChildEndsAStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.c.is("a", manner{slow: true})
		start := p.beginSpawn("a")
		p.c.saw("a starts")
		require.NoError(w, harness.Value(w, p.beginStop("a")))
		failed := as[sup.StartFailed](w, harness.Value(w, start).err)
		require.Equal(w, sup.StartFailed{Child: "a", Err: proc.ExitNormally{}}, failed)
		require.Zero(w, p.Len())
	})
}

// StopChild of one that waits for its restart cancels that.
func TestPool_StopChildCancelsARestart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Backoff = sup.Backoff{First: time.Hour} })
		p.spawn("a")
		p.c.crash("a", errBroken)
		p.c.event(sup.ChildRestarting, "a", 1)
		require.NoError(w, harness.Value(w, p.beginStop("a")))
		require.Zero(w, p.Len())
		if w.Bubble {
			time.Sleep(2 * time.Hour)
		}
		w.Settle()
		require.Equal(w, 1, p.c.count("a"))
	})
}

// A StopChild that comes while a child is stopped for being late waits for that.
func TestPool_StopChildOfALateOne(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Within = time.Second; s.Stop.Cleanup = time.Minute })
		p.c.is("a", manner{slow: true, numb: true})
		start := p.beginSpawn("a")
		p.c.saw("a cleans up")
		stop := p.beginStop("a")
		harness.Pending(w, stop, "the stop")
		require.NoError(w, harness.Value(w, stop))
		failed := as[sup.StartFailed](w, harness.Value(w, start).err)
		require.True(w, errors.Is(failed, context.DeadlineExceeded), "%v", failed)
		require.Zero(w, p.Len())
	})
}
