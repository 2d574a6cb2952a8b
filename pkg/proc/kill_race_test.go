package proc_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// A process killed before its goroutine has begun never runs its body.
func TestDecided_AProcessKilledBeforeItBeginsNeverRuns(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		// With one processor a spawned goroutine begins only when this one is
		// preempted, which is rare in a few microseconds.
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		const n = 100
		var ran atomic.Int32
		var pids []proc.Pid[string]
		for range n {
			pid := proc.Spawn(s, func(*proc.Self[string]) error { ran.Add(1); return nil })
			pid.Kill()
			require.False(w, pid.Alive())
			pids = append(pids, pid)
		}
		w.Eventually("all goroutines have ended", func() bool { return len(killAbandoned(s)) == 0 })
		require.Less(w, ran.Load(), int32(n/4))
		for _, pid := range pids {
			if pid.Reason() != (proc.ExitNormally{}) {
				require.Equal(w, proc.ExitKilled{}, pid.Reason())
			}
		}
		require.EqualValues(w, n, s.Counters().Ended)
	}, harness.NotSimulated("there a process begins as early as any"))
}

// Kills, shutdowns and interrupts from all sides: each process ends once, with one reason for all to see.
func TestI5_RacingEndsAgree(t *testing.T) {
	const n = 100
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		monitored, downs := make(chan struct{}, 1), make(chan proc.ProcessDown, 2*n)
		watcher := proc.Spawn(s, func(p *proc.Self[proc.Pid[string]]) error {
			for range n {
				pid, err := p.Receive()
				if err != nil {
					return err
				}
				p.Monitor(pid.ID)
			}
			monitored <- struct{}{}
			for _, err := range p.Messages() {
				if err != nil {
					break
				}
			}
			for _, m := range p.Flush() {
				if down, ok := m.(proc.ProcessDown); ok {
					downs <- down
				}
			}
			close(downs)
			return nil
		})
		var pids []proc.Pid[string]
		for range n {
			pid := proc.Spawn(s, func(p *proc.Self[string]) error {
				for {
					if _, err := p.Receive(); errors.Is(err, proc.NormalExitRequested{}) {
						return err
					}
					_ = p.Yield()
				}
			})
			watcher.Send(pid)
			pids = append(pids, pid)
		}
		for _, pid := range pids {
			var all sync.WaitGroup
			all.Go(pid.Kill)
			all.Go(func() { pid.Shutdown(shutdownWith("told to")) })
			all.Go(func() { pid.Interrupt(proc.NormalExitRequested{}) })
			all.Go(func() { pid.Send("work"); pid.Kill() })
			all.Wait()
			require.False(w, pid.Alive())
		}
		for _, pid := range pids {
			harness.Ended(w, pid.ID)
		}
		harness.Value(w, monitored)
		w.Eventually("all have unwound", func() bool { return len(killAbandoned(s)) == 0 })
		require.EqualValues(w, n, s.Counters().Ended)
		watcher.Interrupt(proc.NormalExitRequested{})
		seen := map[proc.ID]int{}
		for range n {
			down := harness.Value(w, downs)
			seen[down.ID]++
			require.Equal(w, down.ID.Reason(), down.Reason)
		}
		require.Len(w, seen, n)
		_, more := <-downs
		require.False(w, more, "a second ProcessDown")
	})
}
