package harness

import (
	"runtime"
	"strings"
)

// Stacks are those of all goroutines.
func Stacks() string {
	for size := 1 << 20; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size >= 1<<26 {
			return string(buf[:n])
		}
	}
}

// Goroutines is how many there are, without the runtime's own: it starts some when
// it has something to clean up, and runtime.NumGoroutine counts them.
func Goroutines() int { return strings.Count("\n\n"+Stacks(), "\n\ngoroutine ") }

// Heap is the bytes in use after a collection. It is rough: compare with room.
func Heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
