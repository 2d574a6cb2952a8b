package server_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// guarded is a server that notices if it is ever in two goroutines.
type guarded struct {
	inside *atomic.Int32
	twice  *atomic.Int32
	seen   map[int]int // the latest number of each sender; a race in it is found by the detector
	taken  int
}

type numberOf struct{ sender, n int }

type total struct{ server.Request[int] }

func (g *guarded) begin(_ *proc.Self[any], twice *atomic.Int32) error {
	g.inside, g.twice, g.seen = new(atomic.Int32), twice, make(map[int]int)
	return nil
}

func (g *guarded) number(_ *proc.Self[any], m numberOf) error {
	if g.inside.Add(1) != 1 || g.seen[m.sender] != m.n {
		g.twice.Add(1)
	}
	g.seen[m.sender] = m.n + 1
	g.taken++
	g.inside.Add(-1)
	return nil
}

func (g *guarded) total(*proc.Self[any], *total) (int, error) { return g.taken, nil }

var guards = server.New((*guarded).begin, server.On((*guarded).number), server.OnCall((*guarded).total))

// Senders, and pauses of all lengths around those after which a server gives up its
// goroutine, meet a few servers: nothing is lost, nothing is out of order, nothing
// runs twice at a time.
func TestV3_TheHandOverUnderContention(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const senders, servers = 8, 4
		rounds := 60
		if testing.Short() || w.Bubble {
			rounds = 20
		}
		s := w.Quiet()
		var twice atomic.Int32
		var pids []proc.Pid[any]
		for range servers {
			pid, err := guards.Start(context.Background(), s, &twice)
			require.NoError(w, err)
			pids = append(pids, pid)
		}
		all := w.Group()
		for sender := range senders {
			all.Go(func() {
				n := 0
				for round := range rounds {
					for range 1 + (round*7+sender)%13 {
						for _, pid := range pids {
							pid.Send(numberOf{sender, n})
						}
						n++
					}
					switch (round + sender) % 4 {
					case 0: // about as long as a server is warm
						time.Sleep(time.Duration(90+round) * time.Millisecond / time.Duration(1+round%5))
					case 1:
						time.Sleep(time.Duration(round) * 100 * time.Microsecond)
					}
				}
				for range 3 { // and each waits for an answer
					for _, pid := range pids {
						if _, err := server.CallWithin(context.Background(), -1, pid, new(total)); err != nil {
							w.Error(err)
						}
					}
				}
			})
		}
		all.Wait()
		want := 0
		for sender := range senders {
			for round := range rounds {
				want += 1 + (round*7+sender)%13
			}
		}
		for _, pid := range pids {
			n, err := server.Call(context.Background(), pid, new(total))
			require.NoError(w, err)
			require.Equal(w, want, n)
		}
		require.Zero(w, twice.Load())
	})
}

// Whatever can end the wait of a server meets it just as it gives up its goroutine:
// a message, a call, a timer of its own, an interrupt, a shutdown.
func TestV3_NoWakeUpIsLost(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		rounds := 400
		if testing.Short() {
			rounds = 100
		}
		of := describe(server.On((*State).red), server.OnCall((*State).ask),
			server.On(func(s *State, _ *Self, _ proc.TimerElapsed) error { s.trace.Add("timer"); return nil }),
			server.OnInterrupt(func(s *State, _ *Self, _ proc.InterruptedBy) error { s.trace.Add("interrupt"); return nil }))
		s := w.Quiet()
		all := w.Group()
		for i := range rounds {
			all.Go(func() {
				pid, trace := start(w, s, of)
				pause := func() { // servers cool down together, at the next sweep
					time.Sleep(time.Duration(i%40) * 5 * time.Millisecond)
				}
				want := 0
				for round := range 4 {
					pause()
					switch (i + round) % 4 {
					case 0:
						pid.Send(Red{1})
						want++
					case 1:
						if _, err := server.Call(context.Background(), pid, new(Ask)); err != nil {
							w.Error(err)
						}
					case 2:
						pid.Send(Order(func(_ *State, self *Self) error { proc.StartTimer(self, 3*time.Millisecond); return nil }))
						want++
					case 3:
						pid.Interrupt(proc.InterruptedBy{Value: 1})
						want++
					}
				}
				for trace.Len() != want {
					time.Sleep(time.Millisecond)
				}
				pause()
				pid.Shutdown(proc.ExitNormally{})
				<-pid.Done()
			})
		}
		all.Wait()
	})
}
