package proc_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// stress runs a test with real goroutines only, in a system that logs nothing.
func stress(t *testing.T, test func(w *harness.World, s *proc.System)) {
	t.Helper()
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			test(w, w.System(proc.WithLogger(zerolog.Nop())))
		}
	})
}

// stressSize is full, or a tenth of it in a short test.
func stressSize(full int) int {
	if testing.Short() {
		return full / 10
	}
	return full
}

// stressMeeting lets n goroutines start each of many rounds at the same moment.
type stressMeeting struct {
	n     int32
	round []atomic.Int32
}

func newStressMeeting(n, rounds int) *stressMeeting {
	return &stressMeeting{int32(n), make([]atomic.Int32, rounds)}
}

func (m *stressMeeting) meet(round int) {
	m.round[round].Add(1)
	for m.round[round].Load() < m.n {
		runtime.Gosched()
	}
}

// stressTarget is a process that ends as it is told.
func stressTarget(self *proc.Self[string]) error {
	how, err := self.Receive()
	if err != nil {
		return err
	}
	switch how {
	case "panic":
		panic("told to")
	case "crash":
		return io.EOF
	}
	return nil
}

// stressEnd ends p in one of many ways.
func stressEnd(p proc.Pid[string], way int) {
	switch way % 8 {
	case 0:
		p.Shutdown(proc.ExitUnhandledError{Err: io.EOF})
	case 1:
		p.Kill()
	case 2:
		p.Interrupt(proc.ErrorInterrupt{Err: io.EOF})
	case 3:
		p.Send("panic")
	case 4:
		p.Send("crash")
	case 5:
		p.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
	case 6:
		p.Send("end")
	case 7:
		p.Interrupt(proc.NormalExitRequested{})
	}
}

// While a process dies others monitor and link it: every monitor gets exactly one ProcessDown with the true reason,
// every link exactly one interrupt or error.
func TestD4_MonitorsAndLinksOfADyingProcess(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		const observers = 3
		rounds := stressSize(3000)
		m := newStressMeeting(observers+1, rounds)
		targets := make([]proc.Pid[string], rounds)
		proc.Spawn(s, func(self *proc.Self[int]) error {
			for i := range rounds {
				targets[i] = proc.Spawn(self, stressTarget)
				m.meet(i)
				stressEnd(targets[i], i)
			}
			return nil
		})
		results := make(chan error, observers)
		for o := range observers {
			proc.Spawn(s, func(self *proc.Self[int]) error {
				results <- stressObserve(self, o, m, targets)
				return nil
			})
		}
		for range observers {
			require.NoError(w, harness.Value(w, results))
		}
	})
}

// stressObserve monitors and links each target while it dies, and checks what comes of it.
func stressObserve(self *proc.Self[int], order int, m *stressMeeting, targets []proc.Pid[string]) error {
	refs := make([]proc.MonitorRef, len(targets))
	crashes := map[proc.ID]int{}
	link := func(id proc.ID) {
		if self.Link(id) != nil {
			crashes[id]++
		}
	}
	for i := range targets {
		m.meet(i)
		id := targets[i].ID
		if (order+i)%2 == 0 {
			link(id)
			refs[i] = self.Monitor(id)
		} else {
			refs[i] = self.Monitor(id)
			link(id)
		}
	}
	for i, target := range targets {
		<-target.Done()
		for {
			down, err := proc.Receive(self, proc.SelectDown(refs[i]))
			if crashed, ok := errors.AsType[proc.LinkedProcessCrashed](err); ok {
				crashes[crashed.ID]++
				continue
			}
			if err != nil {
				return err
			}
			if down.ID != target.ID || fmt.Sprintf("%T", down.Reason) != fmt.Sprintf("%T", target.Reason()) {
				return fmt.Errorf("target %d ended with %T, its ProcessDown is %+v", i, target.Reason(), down)
			}
			break
		}
	}
	for {
		err := self.Yield()
		if err == nil {
			break
		}
		crashed, ok := errors.AsType[proc.LinkedProcessCrashed](err)
		if !ok {
			return err
		}
		crashes[crashed.ID]++
	}
	if left := self.Flush(); len(left) > 0 {
		return fmt.Errorf("%d messages too many: %+v", len(left), left[0])
	}
	for i, target := range targets {
		want := 0
		if target.Reason().Severity() == proc.Crash {
			want = 1
		}
		if crashes[target.ID] != want {
			return fmt.Errorf("target %d ended with %T, the link fired %d times", i, target.Reason(), crashes[target.ID])
		}
	}
	return nil
}

// Two processes link, monitor, unlink and demonitor each other at the same time: nobody waits for ever, and in the
// end both see the same.
func TestD17_MutualLinksAndMonitorsAtOnce(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		rounds := stressSize(5000)
		m := newStressMeeting(2, 2*rounds+1)
		var pair [2]proc.Pid[string]
		born := make(chan struct{})
		var failed atomic.Int32
		for me := range pair {
			pair[me] = proc.Spawn(s, func(self *proc.Self[string]) error {
				<-born
				other := pair[1-me].ID
				for i := range rounds {
					m.meet(2 * i)
					if self.Link(other) != nil {
						failed.Add(1)
					}
					ref := self.Monitor(other)
					if i%2 == 0 { // half of the time the other one still links
						m.meet(2*i + 1)
					}
					self.Demonitor(ref)
					self.Unlink(other)
					if i%2 != 0 {
						m.meet(2*i + 1)
					}
				}
				_ = self.Link(other)
				self.Monitor(other)
				m.meet(2 * rounds)
				_, err := self.Receive()
				return err
			})
		}
		close(born)
		for _, p := range pair {
			w.Eventually("both are through", func() bool {
				info, ok := p.Info()
				return ok && info.State == proc.Receiving
			})
		}
		require.Zero(w, failed.Load())
		for me, p := range pair {
			info, _ := p.Info()
			require.Equal(w, []proc.ID{pair[1-me].ID}, info.Links)
			require.Equal(w, 1, info.Monitors)
		}
	})
}

// Two processes that are linked to and monitor each other end at the same time.
func TestD17_MutualEndsAtOnce(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		for i := range stressSize(2000) {
			m := newStressMeeting(2, 2)
			var pair [2]proc.Pid[string]
			born := make(chan struct{})
			for me := range pair {
				pair[me] = proc.Spawn(s, func(self *proc.Self[string]) error {
					<-born
					m.meet(0)
					_ = self.Link(pair[1-me].ID)
					self.Monitor(pair[1-me].ID)
					if i%2 == 0 {
						m.meet(1)
					}
					return io.EOF
				})
			}
			close(born)
			for _, p := range pair {
				require.Equal(w, proc.ExitUnhandledError{Err: io.EOF}, harness.Ended(w, p.ID))
			}
		}
	})
}

// stressHeap is the memory in use.
func stressHeap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// After 100,000 short-lived owners of monitors and links nothing of them is left, in the target or in memory.
func TestD3_ShortLivedOwnersLeaveNothing(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		target := newActor(w, s)
		owner := func(i int) func(*proc.Self[int]) error {
			return func(self *proc.Self[int]) error {
				ref := self.Monitor(target.ID)
				switch i % 8 {
				case 0:
					self.Demonitor(ref)
				case 1:
					self.Monitor(target.ID)
				case 2:
					_ = self.Link(target.ID)
				case 3:
					_, err := self.Receive() // until it is killed
					return err
				}
				return nil
			}
		}
		owners := func(n int) {
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					batch := make([]proc.ID, 250)
					for range n / 2 / len(batch) {
						for i := range batch {
							batch[i] = proc.Spawn(s, owner(i)).ID
						}
						for i, id := range batch {
							if i%8 == 3 {
								id.Kill()
							}
							<-id.Done()
						}
					}
				})
			}
			wg.Wait()
		}
		many := stressSize(100_000)
		owners(many / 10)
		before := stressHeap()
		owners(many)
		info := target.info()
		require.Zero(w, info.Monitors)
		require.Empty(w, info.Links)
		require.Zero(w, info.Mailbox)
		require.Less(w, stressHeap()-before, int64(1<<20), "bytes are left of the owners")
	})
}

// A long-lived process that has spawned, linked, monitored and owned many short-lived ones keeps nothing of them.
func TestD3_ShortLivedTargetsLeaveNothing(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		owner := newActor(w, s)
		children := func(n int) {
			owner.do(func(self *proc.Self[actorOrder]) {
				for i := range n {
					body := func(*proc.Self[int]) error { return nil }
					var pid proc.Pid[int]
					switch i % 3 {
					case 0:
						_, ref := proc.SpawnMonitor(self, body, proc.Owned())
						_, _ = proc.Receive(self, proc.SelectDown(ref))
					case 1:
						var ref proc.MonitorRef
						pid, ref = proc.SpawnMonitor(self, body)
						<-pid.Done()
						self.Demonitor(ref)
					case 2:
						pid = proc.SpawnLink(self, body, proc.Owned())
						<-pid.Done()
					}
				}
			})
		}
		many := stressSize(50_000)
		children(many / 10)
		before := stressHeap()
		children(many)
		require.Empty(w, owner.info().Links)
		require.Less(w, stressHeap()-before, int64(1<<20), "bytes are left of the children")
		interrupts, downs := owner.got()
		require.Empty(w, interrupts)
		require.Empty(w, downs)
	})
}

// An interrupt of a link that is taken back while its other end crashes never comes after Unlink.
func TestL5_UnlinkWhileTheOtherEndCrashes(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		rounds := stressSize(5000)
		result := make(chan error, 1)
		newActor(w, s).tell(func(self *proc.Self[actorOrder]) {
			var late error
			for i := range rounds {
				pid := proc.SpawnLink(self, stressTarget)
				stressEnd(pid, i%5) // all of them crashes
				for range i % 7 {
					runtime.Gosched()
				}
				self.Unlink(pid.ID)
				late = errors.Join(late, self.Yield())
				<-pid.Done()
				late = errors.Join(late, self.Yield())
			}
			result <- late
		})
		require.NoError(w, harness.Value(w, result))
	})
}

// A ProcessDown of a monitor that is taken back while the process ends is never received, wherever it was.
func TestL3_DemonitorWhileTheProcessEnds(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		rounds := stressSize(5000)
		result := make(chan []any, 1)
		newActor(w, s).tell(func(self *proc.Self[actorOrder]) {
			var late []any
			for i := range rounds {
				pid, ref := proc.SpawnMonitor(self, stressTarget)
				stressEnd(pid, i)
				for range i % 7 {
					runtime.Gosched()
				}
				if i%2 == 0 { // have the mailbox look at what it holds
					_, _ = proc.ReceiveWithin(self, 0, sel.Message[int]())
				}
				self.Demonitor(ref)
				late = append(late, self.Flush()...)
				<-pid.Done()
				late = append(late, self.Flush()...)
			}
			result <- late
		})
		require.Empty(w, harness.Value(w, result))
	})
}

// Whoever calls Kill, and however many do while the process ends otherwise: it is dead when Kill returns.
func TestL9_KillRacesWithEveryOtherEnd(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		const killers = 3
		rounds := stressSize(1500)
		m := newStressMeeting(killers+1, rounds)
		targets, owned := make([]proc.Pid[string], rounds), make([]proc.Pid[string], rounds)
		for i := range targets {
			ready := make(chan struct{})
			targets[i] = proc.Spawn(s, func(self *proc.Self[string]) error {
				owned[i] = proc.Spawn(self, stressTarget, proc.Owned())
				close(ready)
				return stressTarget(self)
			})
			<-ready
		}
		var alive atomic.Int32
		var wg sync.WaitGroup
		for range killers {
			wg.Go(func() {
				for i := range targets {
					m.meet(i)
					targets[i].Kill()
					if targets[i].Alive() || owned[i].Alive() {
						alive.Add(1)
					}
				}
			})
		}
		for i := range targets {
			m.meet(i)
			stressEnd(targets[i], i)
		}
		wg.Wait()
		require.Zero(w, alive.Load(), "alive after Kill")
		for i := range targets {
			harness.Ended(w, targets[i].ID)
			harness.Ended(w, owned[i].ID)
		}
	})
}
