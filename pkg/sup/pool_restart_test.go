package sup_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// A crashed child is restarted with its key and argument, and found again; the
// others do not notice.
func TestPool_ACrashedChildIsRestarted(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.spawnAll("a, b")
		b := p.c.now("b")
		p.c.crash("a", errBroken)
		second := p.c.life("a", 2)
		p.c.event(sup.ChildStarted, "a", 2)
		got, ok := p.Lookup("a")
		require.True(w, ok)
		require.Equal(w, second, got)
		got, _ = p.Lookup("b")
		require.Equal(w, b, got)
		st := status(w, p.Ref(), "a")
		require.Equal(w, 1, st.Restarts)
		require.Equal(w, proc.ExitUnhandledError{Err: errBroken}, st.LastExit)
	})
}

// Which ends lead to a restart, and which to a free key: it is forgotten when its
// child has ended for good.
func TestPool_AKeyIsForgottenWhenItsChildHasEndedForGood(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, is := range []struct {
			restart sup.Restart
			end     error
			again   bool
		}{
			{sup.Permanent, nil, true},
			{sup.Permanent, errBroken, true},
			{sup.Transient, nil, false},
			{sup.Transient, errBroken, true},
			{sup.Temporary, nil, false},
			{sup.Temporary, errBroken, false},
		} {
			p := newPond(w, poolRestart(is.restart))
			a := p.spawn("a")
			down := harness.Do(w, p.k.Pid, func(self *proc.Self[order]) error {
				ref := self.Monitor(a.ID)
				harness.Leave(a, is.end)
				_, err := proc.Receive(self, proc.SelectDown(ref))
				return err
			})
			require.NoError(w, down)
			if is.again {
				p.c.event(sup.ChildStarted, "a", 2)
				require.Equal(w, 1, p.Len())
				continue
			}
			// Who has seen the end finds the key free: the supervisor has seen it, too.
			p.spawn("a")
			require.Equal(w, 2, p.c.count("a"))
			p.c.told("started a", "ended a", "started a")
		}
	})
}

// While a key waits for its restart it is taken and not found.
func TestPool_AKeyThatWaitsForItsRestartIsTakenAndNotFound(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Backoff = sup.Backoff{First: time.Minute} })
		p.spawn("a")
		p.c.crash("a", errBroken)
		w.Settle()
		require.Empty(w, p.found())
		require.Equal(w, 1, p.Len())
		require.Equal(w, words("a restarting"), list(w, p.Ref()))
		require.Equal(w, sup.AlreadyStarted{Child: "a"}, harness.Value(w, p.beginSpawn("a")).err)
		time.Sleep(time.Minute)
		w.Settle()
		require.Equal(w, words("a"), p.found())
		p.c.told("started a", "ended a", "restarting a attempt 1 after 1m0s", "started a")
	})
}

// Past the intensity, which is that of the whole pool, it gives up: 3 by default.
func TestPool_PastTheIntensityItGivesUp(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.spawnAll("a, b")
		for i, key := range words("a, b, a") {
			p.c.crash(key, errBroken)
			p.c.event(sup.ChildStarted, key, []int{2, 2, 3}[i])
		}
		p.c.crash("b", errBroken)
		reason := harness.Ended(w, p.Ref().ID)
		tooMany := as[sup.TooManyRestarts](w, reason)
		require.Equal(w, sup.TooManyRestarts{
			Child: "b", Restarts: 3, Period: 5 * time.Second, Reason: proc.ExitUnhandledError{Err: errBroken},
		}, tooMany)
		require.ErrorIs(w, reason, errBroken)
		require.False(w, p.c.now("a").Alive())
		harness.Value(w, p.k.interrupts) // it was linked
	})
}

// A negative intensity allows no restart.
func TestPool_ANegativeIntensityAllowsNone(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Intensity = -1 })
		p.spawn("a")
		p.c.crash("a", errBroken)
		require.Zero(w, as[sup.TooManyRestarts](w, harness.Ended(w, p.Ref().ID)).Restarts)
		harness.Value(w, p.k.interrupts)
	})
}

// PerKey: past it that key is given up and free, the pool goes on; and the pool
// has no other limit then.
func TestPool_PerKeyGivesUpAKeyAndNotThePool(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.PerKey, s.Period = 2, time.Minute })
		keys := words("a, b, c, d, e")
		for _, key := range keys {
			p.spawn(key)
			for i := range 2 {
				p.c.crash(key, errBroken)
				p.c.life(key, i+2)
				w.Settle()
			}
		}
		p.c.forget()
		p.c.crash("a", errBroken)
		w.Settle()
		given := p.c.event(sup.ChildGivenUp, "a", 1)
		require.Equal(w, sup.TooManyRestarts{
			Child: "a", Restarts: 2, Period: time.Minute, Reason: proc.ExitUnhandledError{Err: errBroken},
		}, given.Reason)
		p.c.told("ended a", "given up a")
		require.Equal(w, words("b, c, d, e"), p.found())
		require.Equal(w, 4, p.Len(), "it is free when that is told")

		// A freed key starts anew.
		p.spawn("a")
		p.c.crash("a", errBroken)
		w.Settle()
		p.c.told("started a", "ended a", "restarting a attempt 1 after 0s", "started a")

		// The window slides.
		time.Sleep(time.Minute)
		p.c.crash("b", errBroken)
		w.Settle()
		require.Len(w, p.found(), 5)
	})
}

// What PerKey refuses does not count towards Intensity.
func TestPool_WhatPerKeyRefusesDoesNotCount(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.PerKey, s.Intensity, s.Period = 1, 3, time.Hour })
		for i := range 3 {
			key := strconv.Itoa(i)
			p.spawn(key)
			p.c.crash(key, errBroken) // counts
			p.c.event(sup.ChildStarted, key, 2)
			p.c.crash(key, errBroken) // is refused
			p.c.event(sup.ChildGivenUp, key, 1)
		}
		p.spawn("last")
		require.True(w, p.Ref().Alive())
		p.c.crash("last", errBroken)
		require.Equal(w, 3, as[sup.TooManyRestarts](w, harness.Ended(w, p.Ref().ID)).Restarts)
		harness.Value(w, p.k.interrupts)
	})
}

// A GetOrSpawn that waits for the restart of a key that is given up starts it.
func TestPool_GetOrSpawnOfAKeyThatIsGivenUp(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.PerKey = 1 })
		p.spawn("a")
		p.c.is("a", manner{slow: true})
		p.c.crash("a", errBroken)
		second := p.c.life("a", 2)
		get := p.beginGet("a")
		harness.Pending(w, get, "the GetOrSpawn")
		harness.Leave(second, errBroken)
		p.c.event(sup.ChildGivenUp, "a", 1)
		p.c.life("a", 3)
		p.c.getReady("a")
		got := harness.Value(w, get)
		require.NoError(w, got.err)
		require.True(w, got.self)
	})
}

// A restart whose start fails counts and is tried again, with its back-off.
func TestPool_ARestartThatFailsIsTriedAgain(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) {
			s.Intensity, s.Period = 10, time.Hour
			s.Backoff = sup.Backoff{First: time.Second, Max: 4 * time.Second}
		})
		p.spawnAll("a, b")
		p.c.forget()
		p.c.is("a", manner{fail: errBroken, times: 3})
		p.c.crash("a", errBroken)
		p.c.crash("b", errBroken) // has a back-off of its own
		time.Sleep(time.Minute)
		w.Settle()
		waits := []string{}
		for _, e := range p.c.trace() {
			if e == "restarting b attempt 1 after 1s" || len(e) > 12 && e[:12] == "restarting a" {
				waits = append(waits, e)
			}
		}
		require.ElementsMatch(w, []string{
			"restarting b attempt 1 after 1s",
			"restarting a attempt 1 after 1s", "restarting a attempt 2 after 2s",
			"restarting a attempt 3 after 4s", "restarting a attempt 4 after 4s",
		}, waits)
		require.Equal(w, words("a, b"), p.found())
		require.Equal(w, 4, status(w, p.Ref(), "a").Restarts)
	})
}

// Whoever has seen a child's ProcessDown does not find that process any more,
// though the supervisor may not have seen it: here it is held up.
func TestPool_WhoHasSeenTheEndDoesNotFindTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		begun, over := make(chan struct{}), make(chan struct{})
		p := newPond(w, func(s *pondSpec) {
			s.Observe = func(e sup.Event) {
				if e.Path == "hold" && e.Kind == sup.ChildStarted {
					close(begun)
					<-over
				}
			}
		})
		p.spawn("a")
		first := p.c.now("a")
		hold := p.beginSpawn("hold")
		harness.Value(w, begun)
		harness.Do(w, p.k.Pid, func(self *proc.Self[order]) error {
			self.Monitor(first.ID)
			harness.Leave(first, errBroken)
			_, err := proc.Receive(self, proc.SelectDownOf(first.ID))
			require.NoError(w, err)
			_, ok := p.Lookup("a")
			require.False(w, ok)
			require.NotContains(w, p.found(), "a")
			return err
		})
		// Who asks meanwhile gets the next life, not the dead process.
		spawn, get := p.beginSpawn("a"), p.beginGet("a")
		w.Eventually("both have asked", func() bool {
			info, _ := p.Ref().Info()
			return info.Mailbox == 3 // with the ProcessDown
		})
		close(over)
		require.NoError(w, harness.Value(w, hold).err)
		got := harness.Value(w, get)
		require.NoError(w, got.err)
		require.Equal(w, p.c.life("a", 2), got.pid)
		require.Equal(w, p.c.life("a", 2).ID, as[sup.AlreadyStarted](w, harness.Value(w, spawn).err).ID)
	})
}

// A Spawn that comes between the end of a child and its supervisor's hearing of it
// is refused as soon as that is heard: it does not wait for the restart.
func TestPool_ASpawnBetweenAnEndAndItsRestartIsRefused(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		begun, over := make(chan struct{}), make(chan struct{})
		p := newPond(w, func(s *pondSpec) {
			s.Backoff = sup.Backoff{First: time.Hour}
			s.Observe = func(e sup.Event) {
				if e.Path == "hold" && e.Kind == sup.ChildStarted {
					close(begun)
					<-over
				}
			}
		})
		a := p.spawn("a")
		hold := p.beginSpawn("hold")
		harness.Value(w, begun)
		spawn := p.beginSpawn("a")
		w.Eventually("it has been asked", func() bool {
			info, _ := p.Ref().Info()
			return info.Mailbox == 1
		})
		// Dead before the request is seen, and heard of after it.
		a.Kill()
		close(over)
		require.Equal(w, sup.AlreadyStarted{Child: "a"}, harness.Value(w, spawn).err)
		require.NoError(w, harness.Value(w, hold).err)
	})
}

// A child with a Body can be found when that begins, and when anybody has heard
// that it is up: whatever it does first may lead to a Lookup of it.
func TestPool_AChildIsFoundFromWhenItsBodyBegins(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		k := newKeeper(w, w.System())
		harness.Do(w, k.Pid, func(self *proc.Self[order]) error {
			var pool *sup.Pool[int, int, order]
			lost := make(chan int, 1000)
			look := func(key int) {
				if _, ok := pool.Lookup(key); !ok {
					lost <- key
				}
			}
			pool = sup.NewPool(sup.PoolSpec[int, int, order]{
				Body: func(self *proc.Self[order], key, _ int) error {
					look(key)
					_, err := self.Receive()
					return err
				},
				Intensity: 1000,
				Observe: func(e sup.Event) {
					if key, _ := strconv.Atoi(e.Path[len("pool/"):]); e.Kind == sup.ChildStarted {
						look(key)
					}
				},
			})
			_, err := sup.Start(self, sup.Spec{Children: []sup.Child{pool.Child("pool")}})
			require.NoError(w, err)
			for key := range 200 {
				pid, err := pool.Spawn(self, key, 0)
				require.NoError(w, err)
				look(key)
				if key%2 == 0 {
					pid.Interrupt(proc.InterruptedBy{Value: "crash"})
				}
			}
			require.Empty(w, lost)
			return nil
		})
	})
}

// U5: between attempts the pool answers, and a stop does not wait for a back-off.
func TestU5_APoolAnswersBetweenAttempts(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Backoff = sup.Backoff{First: time.Hour} })
		p.spawnAll("a, b")
		p.c.crash("a", errBroken)
		require.Zero(w, elapsed(w, func() {
			p.spawn("c")
			require.NoError(w, harness.Value(w, p.beginStop("b")))
			require.Equal(w, words("a restarting, c running"), list(w, p.Ref()))
			p.stop()
		}))
		require.Equal(w, 1, p.c.count("a"))
	})
}

// A start that fails because the system stops is neither counted nor tried again.
func TestS3_APoolOfASystemThatStopsWaitsToBeStopped(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Intensity = -1 })
		p.spawn("a")
		var err error
		over := make(chan struct{})
		proc.Spawn(p.s, func(self *proc.Self[order]) error {
			defer close(over)
			defer func() { // the system stops: nothing starts any more
				_, err = p.Spawn(context.Background(), "b", 0)
			}()
			_, err := self.Receive()
			return err
		})
		w.Settle()
		require.NoError(w, p.s.Stop(context.Background()))
		harness.Value(w, over)
		require.Error(w, err)
		_, gaveUp := p.Ref().Reason().(proc.ExitUnhandledError)
		require.False(w, gaveUp, "%v", p.Ref().Reason())
	})
}
