//go:build gc && go1.26 && !go1.27 && !race && !hark_cond

package seam

import (
	"sync/atomic"
	"unsafe"
)

// gate parks on the runtime's own gopark and goready, which channels are made
// of: no list of waiters, no second lock, no frame of ours on the stack of the
// parked goroutine. The runtime has promised not to remove them nor to change
// their signatures (go.dev/issue/67401), but not the numbers below; hence the
// build tag with the versions of Go for which they have been looked up. The
// race detector does not know what the two synchronize. Wherever one of that
// does not hold, gate_cond.go takes the place of this file.
//
// Where nobody else can have to do with the gate, its state is written without an
// atomic operation: by enter, which has found the gate open, and by signal,
// before the one goroutine runs that could be the next to write.
type gate struct{ state uintptr }

// The states of a gate. Any other value is the parked goroutine, its runtime.g;
// a runtime.g is never moved nor freed.
const (
	shut uintptr = iota // nobody is parked
	open                // the wait was over before the goroutine was parked
)

// What the runtime calls a wait in traces and stack dumps: that of a sync.Cond,
// which testing/synctest knows to be durable.
const (
	waitReasonSyncCondWait = 21
	traceBlockCondWait     = 4
)

func (g *gate) init(*Waiter) {}

// wait unlocks w and parks until signal is called.
func (g *gate) wait(w *Waiter) {
	w.mu.Unlock()
	gopark(enter, unsafe.Pointer(g), waitReasonSyncCondWait, traceBlockCondWait, 1)
}

// enter is called on the scheduler's stack once the goroutine is parked; if it
// returns false, that goes on at once.
func enter(goroutine uintptr, lock unsafe.Pointer) bool {
	g := (*gate)(lock)
	if atomic.CompareAndSwapUintptr(&g.state, shut, goroutine) {
		return true
	}
	g.state = shut
	return false
}

func (g *gate) mayWait() bool { return atomic.LoadUintptr(&g.state) != shut }

// signal ends the one wait that is under way.
func (g *gate) signal() {
	goroutine := atomic.LoadUintptr(&g.state)
	if goroutine == shut {
		if atomic.CompareAndSwapUintptr(&g.state, shut, open) {
			return
		}
		goroutine = atomic.LoadUintptr(&g.state)
	}
	g.state = shut
	goready(goroutine, 1)
}

//go:linkname gopark runtime.gopark
func gopark(unlock func(goroutine uintptr, lock unsafe.Pointer) bool, lock unsafe.Pointer, reason, traceReason uint8, traceSkip int)

//go:linkname goready runtime.goready
func goready(goroutine uintptr, traceSkip int)
