package proc_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// loopGuarded is a state that notices when two goroutines run in one process.
type loopGuarded struct {
	inside *atomic.Bool
	wrong  *atomic.Int64
	turns  *atomic.Int64
	last   [4]int // by sender
	count  int
}

func (g *loopGuarded) enter() {
	if !g.inside.CompareAndSwap(false, true) {
		g.wrong.Add(1)
	}
	g.turns.Add(1)
}

func (g *loopGuarded) leave() {
	if !g.inside.CompareAndSwap(true, false) {
		g.wrong.Add(1)
	}
}

type (
	loopNumbered struct{ sender, n int }
	loopOther    struct{ sender, n int }
)

// loopGuard counts what comes, in order, at every kind of limit and in every way of receiving.
var loopGuard = proc.NewLoop(func(self *proc.Self[loopNumbered], g *loopGuarded) error {
	g.enter()
	defer g.leave()
	take := func(m loopNumbered) {
		if m.n != g.last[m.sender]+1 {
			g.wrong.Add(1)
		}
		g.last[m.sender] = m.n
		g.count++
	}
	own := func(m loopNumbered) loopNumbered { return m }
	if g.turns.Load()%2 == 0 {
		own = nil
	}
	for {
		d := time.Duration(-1)
		if g.count%3 == 0 {
			d = time.Duration(1+g.count%50) * 20 * time.Microsecond
		}
		m, err := proc.ReceiveOrHibernate(self, d, sel.Or(
			sel.Map(sel.Message[loopOther](), func(o loopOther) loopNumbered { return loopNumbered(o) }),
			sel.Message[loopNumbered](),
		), own)
		switch err.(type) {
		case nil:
			take(m)
		case proc.TimeoutInterrupt, proc.InterruptedBy:
		default:
			return err
		}
	}
})

// However a process is waited for at the moment when it goes to rest, is cooled or rises, no message is lost or
// overtakes another one, and one goroutine at most runs in it.
func TestLoop_StressOfHandingOver(t *testing.T) {
	for name, most := range map[string]int{"hardly any warm": 1, "few warm": 3, "all warm": 1024} {
		t.Run(name, func(t *testing.T) {
			stress(t, func(w *harness.World, s *proc.System) {
				proc.SetWarm(s, most, 50*time.Microsecond)
				const processes, senders = 8, 4
				n := stressSize(20_000)
				var inside [processes]atomic.Bool
				var wrong, turns atomic.Int64
				var pids [processes]proc.Pid[loopNumbered]
				for i := range pids {
					g := loopGuarded{inside: &inside[i], wrong: &wrong, turns: &turns}
					pids[i] = proc.Spawn(s, func(*proc.Self[loopNumbered]) error { return loopGuard.Enter(g) })
				}
				var all sync.WaitGroup
				for sender := range senders {
					all.Go(func() {
						random := rand.New(rand.NewPCG(uint64(sender), 1))
						for k := 1; k <= n; k++ {
							for i, p := range pids {
								if (k+i)%5 == 0 {
									proc.Pid[loopOther]{ID: p.ID}.Send(loopOther{sender, k})
								} else {
									p.Send(loopNumbered{sender, k})
								}
								switch random.IntN(64) {
								case 0:
									p.Interrupt(proc.InterruptedBy{Value: k})
								case 1:
									proc.LateEvent(p.ID)
								case 2:
									time.Sleep(time.Duration(random.IntN(200)) * time.Microsecond)
								case 3:
									runtime.Gosched()
								}
							}
						}
					})
				}
				all.Wait()
				for _, p := range pids {
					w.Eventually("all has been received", func() bool {
						info, ok := p.Info()
						require.True(w, ok, "%v", p.Reason())
						waits := info.Mailbox == 0 && info.State == proc.Receiving
						if waits && !proc.Rests(p.ID) {
							runtime.GC() // if all were as busy as can be, they are looked at only after one
						}
						return waits && proc.Rests(p.ID)
					})
				}
				for i, p := range pids {
					p.Shutdown(proc.ExitNormally{})
					require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
					require.False(w, inside[i].Load())
				}
				require.Zero(w, wrong.Load())
				require.Greater(w, turns.Load(), int64(processes))
			})
		})
	}
}

// Kills, shutdowns and messages meet a process that goes to rest and rises: it ends once, at once, and nothing of it
// is left.
func TestLoop_StressOfEnds(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		proc.SetWarm(s, 2, 20*time.Microsecond)
		var wrong, turns atomic.Int64
		for i := range stressSize(20_000) {
			inside := new(atomic.Bool)
			g := loopGuarded{inside: inside, wrong: &wrong, turns: &turns}
			p := proc.Spawn(s, func(*proc.Self[loopNumbered]) error { return loopGuard.Enter(g) })
			if i%3 == 0 {
				p.Send(loopNumbered{0, 1})
			}
			if i%2 == 0 {
				for i%4 == 0 && !proc.Rests(p.ID) {
					runtime.Gosched()
				}
				time.Sleep(time.Duration(i%40) * time.Microsecond)
			}
			var both sync.WaitGroup
			both.Go(func() {
				p.Send(loopNumbered{1, 1})
				p.Interrupt(proc.InterruptedBy{Value: i})
				p.Send(loopNumbered{1, 2})
			})
			both.Go(func() {
				if i%5 == 0 {
					p.Shutdown(proc.ExitKilled{})
				}
				p.Kill()
				if p.Alive() {
					wrong.Add(1)
				}
			})
			both.Wait()
			require.Equal(w, proc.ExitKilled{}, harness.Ended(w, p.ID))
			w.Eventually("it has left", func() bool { return !inside.Load() })
		}
		require.Zero(w, wrong.Load())
		w.Eventually("nobody is left", func() bool {
			for range s.Abandoned() {
				return false
			}
			for range s.Processes() {
				return false
			}
			n, swept := proc.Warm(s)
			return n == 0 && !swept
		})
	})
}

// Calls between processes that all rest between two of them.
func TestLoop_StressOfCalls(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		proc.SetWarm(s, 2, 50*time.Microsecond)
		var servers []proc.Pid[any]
		forward := proc.NewLoop(func(self *proc.Self[any], next *proc.Pid[any]) error {
			for {
				m, err := proc.ReceiveOrHibernate(self, -1, sel.Message[loopAsk](), nil)
				if err != nil {
					return err
				}
				n := 0
				if *next != (proc.Pid[any]{}) {
					if n, err = proc.Call(self, *next, loopAsking); err != nil {
						return err
					}
				}
				m.reply.Reply(n + 1)
			}
		})
		var next proc.Pid[any]
		for range 4 {
			next = loopEnter(s, forward, next)
			servers = append(servers, next)
		}
		var all sync.WaitGroup
		var wrong atomic.Int64
		for c := range 3 {
			all.Go(func() {
				for i := range stressSize(3000) {
					n, err := proc.Call(context.Background(), servers[(i+c)%4], loopAsking)
					if err != nil || n != (i+c)%4+1 {
						wrong.Add(1)
					}
					if i%50 == 0 {
						time.Sleep(200 * time.Microsecond)
					}
				}
			})
		}
		all.Wait()
		require.Zero(w, wrong.Load())
	})
}

// A hundred thousand processes that rest, started, used and ended in whatever way, leave nothing.
func TestLoop_ManyThatRestLeaveNothing(t *testing.T) {
	for name, end := range map[string]func(s *proc.System, all []proc.Pid[any]){
		"killed": func(_ *proc.System, all []proc.Pid[any]) {
			for _, p := range all {
				p.Kill()
			}
		},
		"shut down": func(_ *proc.System, all []proc.Pid[any]) {
			for _, p := range all {
				p.Shutdown(proc.ExitNormally{})
			}
		},
		"stopped": func(*proc.System, []proc.Pid[any]) {},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				n := w.Sized(stressSize(100_000), stressSize(100_000), 500)
				if w.Bubble && w.Sim == nil {
					n /= 10
				}
				loopGoroutines(n)
				before := leakNow()
				func() {
					s := loopSystem(w, proc.WithLogger(zerolog.Nop()))
					all := make([]proc.Pid[any], n)
					for i := range all {
						all[i] = loopEnter(s, loopSum, i)
					}
					for i, p := range all {
						p.Send(i)
						if i%10 == 0 {
							require.Equal(w, 2*i, loopCall(w, p))
						}
					}
					loopRests(w, all[n-1].ID, all[0].ID, all[n/2].ID)
					end(s, all)
					require.NoError(w, s.Stop(w.Context()))
					for _, p := range all {
						require.False(w, p.Alive())
					}
					w.Eventually("nobody is warm, and the last sweep is over", func() bool {
						warm, swept := proc.Warm(s)
						return warm == 0 && !swept
					})
				}()
				w.Forget()
				leakNothing(w, before)
			})
		})
	}
}

// A stop of very many processes that rest does not start a goroutine for each of them before the first ones have ended.
func TestLoop_AStopDoesNotStartAllAtOnce(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		const n = 50_000
		var most, ended atomic.Int64
		l := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
			defer func() {
				if self.Err() != nil && ended.Add(1)%500 == 0 { // to count them takes long
					most.Store(max(most.Load(), int64(harness.Goroutines())))
				}
			}()
			_, err := proc.ReceiveOrHibernate(self, -1, sel.Any(), nil)
			return err
		})
		all := make([]proc.Pid[any], n)
		for i := range all {
			all[i] = loopEnter(s, l, 0)
		}
		for _, p := range all {
			loopRests(w, p.ID)
		}
		require.NoError(w, s.Stop(w.Context()))
		require.EqualValues(w, n, ended.Load())
		require.Positive(w, most.Load())
		t.Logf("%d of %d goroutines at once", most.Load(), n)
		require.Less(w, most.Load(), int64(4000))
	})
}

// loopGoroutines runs n goroutines at once: Go keeps some of what they have taken.
func loopGoroutines(n int) {
	var all sync.WaitGroup
	release := make(chan bool)
	for range n {
		all.Go(func() { <-release })
	}
	close(release)
	all.Wait()
}

// loopHeap is how many bytes a process takes on the heap, of n that do makes and that rest.
func loopHeap(w *harness.World, n int, enough float64, do func() []proc.Pid[any]) (each float64) {
	loopGoroutines(2 * n)
	before := leakNow()
	pids := do()
	for _, p := range pids {
		loopRests(w, p.ID)
	}
	for range 100 { // and stopped timers, until a processor looks at its own
		each = float64(leakNow().heap-before.heap) / float64(n)
		if each <= enough {
			break
		}
		time.Sleep(time.Millisecond)
	}
	runtime.KeepAlive(pids)
	return each
}

// What a process takes that rests is counted: whether it has only been started, has worked, has served a call, has
// made one, has had a limit or set messages aside.
func TestLoop_MemoryOfAProcessThatRests(t *testing.T) {
	n := stressSize(20_000)
	caller := proc.NewLoop(func(self *proc.Self[any], server *proc.Pid[any]) error {
		for {
			ask, err := proc.ReceiveOrHibernate(self, -1, sel.Message[loopAsk](), nil)
			if err != nil {
				return err
			}
			n, err := proc.Call(self, *server, loopAsking)
			if err != nil {
				return err
			}
			ask.reply.Reply(n)
		}
	})
	selective := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
		for {
			if _, err := proc.ReceiveOrHibernate(self, -1, sel.Message[string](), nil); err != nil {
				return err
			}
			_, _ = proc.Receive(self, sel.Message[int]())
			_, _ = proc.ReceiveWithin(self, time.Microsecond, sel.Message[bool]())
		}
	})
	for name, use := range map[string]func(w *harness.World, s *proc.System, server proc.Pid[any]) proc.Pid[any]{
		"started": func(_ *harness.World, s *proc.System, _ proc.Pid[any]) proc.Pid[any] { return loopEnter(s, loopSum, 0) },
		"has worked": func(_ *harness.World, s *proc.System, _ proc.Pid[any]) proc.Pid[any] {
			p := loopEnter(s, loopSum, 0)
			for i := range 30 {
				p.Send(i)
			}
			return p
		},
		"has served calls": func(w *harness.World, s *proc.System, _ proc.Pid[any]) proc.Pid[any] {
			p := loopEnter(s, loopSum, 0)
			for range 3 {
				loopCall(w, p)
			}
			return p
		},
		"has made a call": func(w *harness.World, s *proc.System, server proc.Pid[any]) proc.Pid[any] {
			p := loopEnter(s, caller, server)
			loopCall(w, p)
			return p
		},
		"has received selectively": func(_ *harness.World, s *proc.System, _ proc.Pid[any]) proc.Pid[any] {
			p := loopEnter(s, selective, 0)
			p.Send(1)
			p.Send("go")
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			stress(t, func(w *harness.World, s *proc.System) {
				proc.SetWarm(s, 64, time.Millisecond) // Go keeps the room for so many timers
				server := loopEnter(s, loopSum, 1)
				most := 400.0
				if proc.ProcessSize > 320 { // it parks on a Cond, and takes a place for 384
					most = 480
				}
				each := loopHeap(w, n, most, func() []proc.Pid[any] {
					all := make([]proc.Pid[any], n)
					for i := range all {
						all[i] = use(w, s, server)
					}
					return all
				})
				t.Logf("%.0f bytes", each)
				require.LessOrEqual(w, each, most)
			})
		})
	}
}

// Neither a process that rests keeps what it has received, nor the id of one that has ended its state.
func TestLoop_WhatIsNotKept(t *testing.T) {
	type held struct{ block *reclaimBlock }
	watch := func(blocks chan<- weak.Pointer[reclaimBlock]) *reclaimBlock {
		b := new(reclaimBlock)
		blocks <- weak.Make(b)
		return b
	}
	all := func(blocks chan weak.Pointer[reclaimBlock]) (got []weak.Pointer[reclaimBlock]) {
		for {
			select {
			case b := <-blocks:
				got = append(got, b)
			default:
				return got
			}
		}
	}
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		blocks := make(chan weak.Pointer[reclaimBlock], 20)
		l := proc.NewLoop(func(self *proc.Self[any], h *held) error {
			for {
				m, err := proc.ReceiveOrHibernate(self, time.Hour, sel.Or(
					sel.Map(sel.Message[*reclaimBlock](), func(b *reclaimBlock) any { return b }),
					sel.Map(sel.Message[string]().Where(func(string) bool { return h.block != nil }), func(s string) any { return s }),
				), nil)
				if err != nil {
					return err
				}
				if m == "end" {
					return nil
				}
			}
		})
		ends := []func(p proc.Pid[any]){
			func(p proc.Pid[any]) { p.Kill() },
			func(p proc.Pid[any]) { p.Shutdown(proc.ExitNormally{}) },
			func(p proc.Pid[any]) { p.Send("end") },
		}
		var pids []proc.Pid[any]
		func() {
			for range ends {
				b := watch(blocks)
				pids = append(pids, proc.Spawn(s, func(*proc.Self[any]) error { return l.Enter(held{block: b}) }))
			}
		}()
		states := all(blocks)
		for _, p := range pids {
			loopRests(w, p.ID)
			for range 2 {
				func() { p.Send(watch(blocks)) }()
				loopRests(w, p.ID)
			}
		}
		reclaimed(w, all(blocks))
		for _, b := range states {
			require.NotNil(w, b.Value(), "the state is lost")
		}
		for i, p := range pids {
			ends[i](p)
			harness.Ended(w, p.ID)
		}
		reclaimed(w, states)
		runtime.KeepAlive(pids)

		// A loop that is left lets go of its state.
		p := proc.Spawn(s, func(*proc.Self[any]) error {
			first := proc.NewLoop(func(_ *proc.Self[any], h *held) error { return loopSum.Enter(0) })
			return first.Enter(held{block: watch(blocks)})
		})
		loopRests(w, p.ID)
		reclaimed(w, all(blocks))
	})
}
