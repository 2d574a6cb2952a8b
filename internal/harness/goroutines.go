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

// AllBlocked reports whether no goroutine but the caller's has anything to do: each
// waits for another one, for a timer or for the world outside. The runtime is stopped
// for it, so that nothing happens behind the reader's back.
func AllBlocked() bool {
	runs := 0
	for _, g := range strings.Split(Stacks(), "\n\n") {
		_, state, _ := strings.Cut(g, "[")
		if busy(state) && !strings.Contains(g, "os/signal.signal_recv") {
			runs++
		}
	}
	return runs <= 1
}

// busy tells from its state in a stack whether a goroutine will go on by itself.
// Most states of the runtime's own will pass: one that has only allocated may have to
// help a collection, or wait at a "semacquire" until the world goes on.
func busy(state string) bool {
	for _, s := range []string{"chan ", "select", "sleep", "sync.", "IO wait", "finalizer wait", "cleanup wait", "synctest."} {
		if strings.HasPrefix(state, s) {
			return false
		}
	}
	return true
}
