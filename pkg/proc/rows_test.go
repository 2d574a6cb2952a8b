package proc_test

import (
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// The rows of docs/comparison.md that no other test is about.

// rowsIdle returns when all processes of s wait for a message.
func rowsIdle(w *harness.World, s *proc.System) {
	for busy := true; busy; {
		busy = false
		for info := range s.Processes() {
			if info.State != proc.Receiving {
				busy = true
				w.GiveWay()
				break
			}
		}
	}
}

// F17: what an idle process keeps is a few hundred bytes, and the stack that a goroutine begins with.
func TestF17_AnIdleProcessIsSmall(t *testing.T) {
	const n, most = 20_000, uint64(600)
	if build, _ := debug.ReadBuildInfo(); build != nil &&
		slices.ContainsFunc(build.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" }) {
		t.Skip("the race detector takes more")
	}
	s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	defer func() { require.NoError(t, s.Stop(t.Context())) }()
	idle := func(self *proc.Self[int]) error {
		_, err := self.Receive()
		return err
	}
	loopGoroutines(2 * n) // or the first ones would take what other tests have left
	// Each collection may change the stack that goroutines begin with, to what has been the average.
	runtime.GC()
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	use := func() (heap, stacks uint64) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, m.StackInuse
	}

	heap, stacks := use()
	wait := make(chan bool)
	var begun, gone sync.WaitGroup
	begun.Add(n)
	for range n {
		gone.Go(func() { begun.Done(); <-wait })
	}
	begun.Wait()
	heapBetween, between := use()
	for range n {
		proc.Spawn(s, idle)
	}
	rowsIdle(new(harness.World), s)
	heapAfter, after := use()
	close(wait)
	gone.Wait()

	each, stack := (heapAfter-heapBetween)/n, (after-between)/n
	plainEach, plain := (heapBetween-heap)/n, (between-stacks)/n
	t.Logf("%d bytes each, and a stack of %d; a goroutine %d, and %d", each, stack, plainEach, plain)
	require.Less(t, each, plainEach+most)
	require.Less(t, stack, plain+plain/4)
}

// F17: spawning a process and its end, beside those of a goroutine.
func BenchmarkF17_SpawnAndEnd(b *testing.B) {
	b.Run("process", func(b *testing.B) {
		b.ReportAllocs()
		s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		defer func() { _ = s.Stop(b.Context()) }()
		for b.Loop() {
			<-proc.Spawn(s, func(*proc.Self[int]) error { return nil }).Done()
		}
	})
	b.Run("goroutine", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			done := make(chan struct{})
			go close(done)
			<-done
		}
	})
}

// D9: a Pid leads to its process without a table: it still does when the
// process is in no table any more, and its system has stopped.
func TestD9_APidNeedsNoTable(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("was here")
		a := newActor(w, s, proc.Registered(name))
		actorReturns(io.EOF)(a)
		harness.Ended(w, a.ID)
		require.NoError(w, s.Stop(w.Context()))
		_, found := proc.Whereis(s, name)
		require.False(w, found)

		down := puppetError[proc.OtherProcessNotRunning](w, a.TrySend(nil))
		require.Equal(w, a.ID, down.ID)
		require.ErrorIs(w, down, io.EOF)
		a.Send(nil)
		w.Arrive()
		require.EqualValues(w, 1, s.Counters().DeadLetters["process not running"])
	})
}

// D9: a send costs the same beside 100,000 named processes as beside none.
func BenchmarkD9_SendBesideManyProcesses(b *testing.B) {
	for _, c := range []struct {
		name   string
		others int
	}{{"none", 0}, {"100k", 100_000}} {
		b.Run(c.name, func(b *testing.B) {
			s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
			defer func() { _ = s.Stop(b.Context()) }()
			for i := range c.others {
				proc.Spawn(s, func(self *proc.Self[int]) error {
					_, err := self.Receive()
					return err
				}, proc.Registered(proc.NewName[int](strconv.Itoa(i))))
			}
			rowsIdle(new(harness.World), s)
			start, done := make(chan struct{}), make(chan struct{})
			proc.Spawn(s, func(self *proc.Self[int]) error {
				<-start
				defer close(done)
				pid := self.Pid()
				for range b.N {
					pid.Send(1)
					if _, err := self.Receive(); err != nil {
						return err
					}
				}
				return nil
			})
			b.ResetTimer()
			close(start)
			<-done
			b.StopTimer()
		})
	}
}

// D11: a message costs no memory of its own, neither to send nor to receive;
// nor does a process that waits for each of them.
func TestD11_AMessageCostsNoMemory(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if w.Bubble { // AllocsPerRun counts for the whole program
			return
		}
		s := w.System()
		message := &struct{ n int }{7}
		got, over := make(chan struct{}), make(chan struct{})
		other := proc.Spawn(s, func(self *proc.Self[any]) error {
			defer close(over)
			for _, err := range self.Messages() {
				if err != nil {
					return err
				}
				got <- struct{}{}
			}
			return nil
		})
		round := func() {
			other.Send(message)
			<-got
		}
		require.Zero(w, int(testing.AllocsPerRun(1000, round)), "from one to the other")

		own := puppetOf[any](w, s)
		require.Zero(w, puppetDo(own, func(self *proc.Self[any]) int {
			pid := self.Pid()
			return int(testing.AllocsPerRun(1000, func() {
				pid.Send(message)
				_, _ = self.Receive()
			}))
		}), "to oneself")

		other.Shutdown(proc.ExitNormally{})
		select {
		case <-over:
		case <-time.After(time.Minute):
			require.Fail(w, "it has not ended")
		}
	})
}
