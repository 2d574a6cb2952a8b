package seam

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Who records the operations of clients is given no scheduler, and works without one. But
// if the caller is a thread of a simulation, the trace of that has them, too.

// Progress is how far an operation of a client has come.
type Progress uint8

const (
	Called   Progress = iota // with an input
	Returned                 // with an output
	Failed                   // with an error; what it has done is not known
)

// Tracer is a simulation that runs.
type Tracer interface {
	// TraceOperation notes how far an operation of the calling thread has come, with its
	// input, output or error, and returns the present step. It lets nobody run. It
	// reports false if the caller is no thread of it that runs.
	TraceOperation(how Progress, what any) (step int, ok bool)
}

var (
	tracersLock sync.Mutex // to change them
	tracers     atomic.Pointer[[]Tracer]
)

// Trace makes t known until stop is called.
func Trace(t Tracer) (stop func()) {
	change := func(to func([]Tracer) []Tracer) {
		tracersLock.Lock()
		defer tracersLock.Unlock()
		var all []Tracer
		if now := tracers.Load(); now != nil {
			all = slices.Clone(*now)
		}
		all = to(all)
		tracers.Store(&all)
	}
	change(func(all []Tracer) []Tracer { return append(all, t) })
	return func() {
		change(func(all []Tracer) []Tracer { return slices.DeleteFunc(all, func(o Tracer) bool { return o == t }) })
	}
}

// TraceOperation is that of the simulation whose thread calls; 0: of none, or none that
// runs.
func TraceOperation(how Progress, what any) (step int) {
	all := tracers.Load()
	if all == nil {
		return 0
	}
	for _, t := range *all {
		if step, ok := t.TraceOperation(how, what); ok {
			return step
		}
	}
	return 0
}
