package harness

import "runtime"

// Heap is the bytes in use on the heap after a collection. It is rough: compare with
// room.
func Heap() int64 {
	m := collected()
	return int64(m.HeapAlloc)
}

// Memory is Heap with the stacks of goroutines.
func Memory() int64 {
	m := collected()
	return int64(m.HeapAlloc + m.StackInuse)
}

func collected() (m runtime.MemStats) {
	letGo()
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m
}

// letGo has the runtime let go of timers that have been stopped. Each processor keeps
// them, and all that they refer to, until it looks for something to do; one that is
// idle does not. Those of processors that there are no more are moved, without the
// stopped ones, and the one that is left looks.
func letGo() {
	processors := runtime.GOMAXPROCS(1)
	for range 100 {
		runtime.Gosched()
	}
	runtime.GOMAXPROCS(processors)
}
