package server_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// size is how many servers a test has: fewer where there is little time, or where it
// may be that the race detector allows no more goroutines.
func size(full int) int {
	if testing.Short() || !compact {
		return full / 20
	}
	return full
}

// room is what Go may keep of n servers that are gone: of goroutines that there were
// at a time, and the room that their timers had. It is far less than what so many servers take, if they
// are many.
func room(n int) int64 { return int64(2<<20 + 32*n) }

// sums is a server with a small state, as most are.
type sums struct{ n, _ int }

func (s *sums) begin(_ *proc.Self[Message], n int) error                 { s.n = n; return nil }
func (s *sums) add(_ *proc.Self[Message], m Red) error                   { s.n += m.N; return nil }
func (s *sums) ask(*proc.Self[Message], *Ask) (int, error)               { return s.n, nil }
func (s *sums) down(*proc.Self[Message], proc.ProcessDown) error         { return nil }
func (s *sums) late(*proc.Self[Message]) error                           { return nil }
func (s *sums) finally(*proc.Self[Message])                              {}
func (s *sums) entered(*proc.Self[Message], server.Phase) error          { return nil }
func (s *sums) stop(*proc.Self[Message], proc.NormalExitRequested) error { return server.Stop }

// A server that waits, be it new or after calls, has no goroutine and no stack, and
// takes no more than 400 bytes with a state of two words.
func TestV12_AnIdleServerIsSmall(t *testing.T) {
	if !compact {
		t.Skip("processes are larger here")
	}
	type kind struct {
		*server.Server[sums, Message, int]
		most float64
	}
	kinds := map[string]kind{
		"plain":          {server.New((*sums).begin, server.On((*sums).add), server.OnCall((*sums).ask)), 400},
		"with a timeout": {server.New((*sums).begin, server.On((*sums).add), server.OnCall((*sums).ask), server.OnTimeout(time.Hour, (*sums).late)), 800},
		"with all that there is": {server.New((*sums).begin, server.On((*sums).add), server.OnCall((*sums).ask), server.On((*sums).down),
			server.OnInterrupt((*sums).stop), server.OnEnter((*sums).entered), server.In[sums, Message]("first"), server.In[sums, Message]("second")).
			Finally((*sums).finally), 400},
	}
	for name, of := range kinds {
		t.Run(name, func(t *testing.T) {
			harness.Production(t, func(w *harness.World) {
				n := max(size(100_000), 50_000) // fewer, and what else there is would count
				s := w.Quiet()
				goroutines := harness.Goroutines()
				all := make([]proc.Pid[Message], n)
				before := harness.Memory()
				settled := func(what string) {
					rest(w, goroutines)
					each := float64(harness.Memory()-before) / float64(n)
					w.Logf("%s: %.0f bytes", what, each)
					require.LessOrEqual(w, each, of.most, what)
				}
				for i := range all {
					var err error
					all[i], err = of.Start(context.Background(), s, i)
					require.NoError(w, err)
				}
				settled("started")
				for i, pid := range all {
					got, err := server.Call(context.Background(), pid, new(Ask))
					require.NoError(w, err)
					require.Equal(w, i, got)
				}
				settled("called once")
				runtime.KeepAlive(all)
			})
		})
	}
}

// A hundred thousand servers that are started, used, and ended in every way leave
// nothing behind.
func TestV12_ManyServersLeaveNothing(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		n := size(100_000)
		s := w.Quiet()
		goroutines := harness.Goroutines()
		of := describe(server.On((*State).keep), server.OnCall((*State).ask),
			server.OnIdle(time.Hour, func(*State, *Self) error { return nil }),
			server.OnTimeout(time.Hour, func(*State, *Self) error { return nil }),
			server.On(func(*State, *Self, proc.TimerElapsed) error { return nil })).Finally(func(*State, *Self) {})
		round := func(n int) {
			states := make([]weak.Pointer[Trace], n)
			all := w.Group()
			const workers = 8
			for worker := range workers {
				all.Go(func() {
					for i := worker; i < n; i += workers {
						trace := new(Trace)
						states[i] = weak.Make(trace)
						pid, err := of.Start(context.Background(), s, trace)
						if err != nil {
							w.Error(err)
							return
						}
						if _, err := server.Call(context.Background(), pid, new(Ask)); err != nil {
							w.Error(err)
						}
						pid.Send(new(Keep))
						pid.Send(Order(func(_ *State, self *Self) error { proc.StartTimer(self, time.Hour); return nil }))
						switch i % 6 {
						case 0:
							leave(pid, server.Stop)
						case 1:
							pid.Kill()
						case 2:
							pid.Shutdown(proc.ExitNormally{})
						case 3:
							pid.Interrupt(proc.NormalExitRequested{})
						case 4:
							leave(pid, errBroken)
						case 5:
							pid.Send(Order(func(*State, *Self) error { panic(errBroken) }))
						}
						<-pid.Done()
					}
				})
			}
			all.Wait()
			rest(w, goroutines)
			w.Eventually("no state is kept", func() bool {
				runtime.GC()
				return !slices.ContainsFunc(states, func(p weak.Pointer[Trace]) bool { return p.Value() != nil })
			})
		}
		round(n / 20) // what the system keeps for itself
		before := harness.Memory()
		round(n)
		w.Eventually("the memory is given back", func() bool { return harness.Memory()-before < room(n) })
	})
}

// Those that are there when a system stops leave nothing either, hibernating or not.
func TestV12_AStopOfMany(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		n := size(100_000)
		goroutines := harness.Goroutines()
		before := harness.Memory()
		s := w.Quiet()
		var finals sync.WaitGroup
		of := describe().Finally(func(*State, *Self) { finals.Done() })
		finals.Add(n)
		for range n {
			start(w, s, of)
		}
		require.NoError(w, s.Stop(context.Background()))
		finals.Wait()
		rest(w, goroutines)
		w.Eventually("the memory is given back", func() bool { return harness.Memory()-before < room(n) })
	})
}
