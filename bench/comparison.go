package bench

import (
	"slices"
	"testing"
)

// Comparison is one workload, done in several ways.
type Comparison struct {
	Name string
	// Sides are the ways. The first one is the one that has a target, the
	// second one what it is compared with; more are there to know.
	Sides []Side
	// Rows are the quantities that are compared; none means the time.
	Rows []Row
	// N is how many operations the comparison is defined for, if that matters.
	N int
}

// Side is one way to do a workload.
type Side struct {
	Name string
	Run  func(b *testing.B)
}

// Row is one quantity that is compared.
type Row struct {
	Unit   string  // as the testing package writes it
	Target float64 // the most that the first side may have, as a multiple of the second; 0: none
	Most   float64 // the most that it may have as such; 0: none
}

const (
	perOp     = "ns/op"
	perWork   = "cpu-ns/op" // of all processors together
	allocs    = "allocs/op"
	perThread = "B/process"
	perGC     = "ms/GC"
	perQueued = "B/message"
	perFill   = "ns/fill"
	perDrain  = "ns/drain"
	perRest   = "left-B/message"
)

// timed is the rows of a comparison of times.
func timed(target float64) []Row { return []Row{{Unit: perOp, Target: target}} }

// Benchmark runs each side as a sub-benchmark.
func (c Comparison) Benchmark(b *testing.B) {
	for _, side := range c.Sides {
		b.Run(side.Name, side.Run)
	}
}

// All returns all comparisons. Those whose size is a matter of memory are as
// large as they are meant to be only if that is asked for: a machine with much
// else to do needs a minute for them.
func All(large bool) []Comparison {
	return slices.Concat(
		PingPong(), Stream(), Ring(), Spawn(), Idle(large), Call(), Selective(),
		Big(), Respawn(), Restart(), Backlog(large), Monitors(), Servers(large),
	)
}
