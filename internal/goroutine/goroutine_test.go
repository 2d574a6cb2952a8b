package goroutine

import (
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:noinline
func deep(n int) uintptr {
	var room [1 << 10]byte
	if n == 0 {
		return Current() + uintptr(room[0])
	}
	return deep(n-1) + uintptr(room[n])
}

func TestCurrent_StaysTheSame(t *testing.T) {
	before := Current()
	require.NotZero(t, before)
	require.Equal(t, before, deep(100), "the stack has grown")
	runtime.GC()
	runtime.Gosched()
	require.Equal(t, before, Current())
}

func TestCurrent_TellsApart(t *testing.T) {
	const n = 100
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := make(map[uintptr]bool)
	leave := make(chan struct{})
	var in sync.WaitGroup
	in.Add(n)
	for range n {
		all.Go(func() {
			mu.Lock()
			seen[Current()] = true
			mu.Unlock()
			in.Done()
			<-leave
		})
	}
	in.Wait()
	require.Len(t, seen, n)
	require.NotContains(t, seen, Current())
	close(leave)
	all.Wait()
}

func BenchmarkCurrent(b *testing.B) {
	for b.Loop() {
		Current()
	}
}
