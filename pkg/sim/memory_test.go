package sim

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What a check keeps does not grow with its runs.
func TestCheck_ManyRunsKeepNothing(t *testing.T) {
	body := func(s *Sim) {
		sys := s.System()
		pids := []proc.Pid[int]{}
		for range 3 {
			pids = append(pids, proc.Spawn(sys, func(self *proc.Self[int]) error {
				_, err := proc.Go(self, func(context.Context) (int, error) { return 1, nil }).Await(self)
				if err != nil {
					return err
				}
				_, err = self.Receive()
				return err
			}))
		}
		s.Settle()
		for _, pid := range pids {
			pid.Send(1)
		}
		s.Sleep(time.Second)
	}
	run := func(n int) {
		c := newCheck(t, body, nil)
		c.runs = n
		require.Nil(t, c.sweep())
	}
	run(500)
	before, goroutines := heapInUse(), runtime.NumGoroutine()
	run(5_000)
	after := heapInUse()
	t.Logf("%d KiB before, %d KiB after, %d goroutines before, %d after", before>>10, after>>10, goroutines, runtime.NumGoroutine())
	require.Less(t, after, before+4<<20)
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
}
