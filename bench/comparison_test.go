package bench

import (
	"flag"
	"testing"
)

// TestSides runs each side with a few operations: they check what they receive.
func TestSides(t *testing.T) {
	benchTime := flag.Lookup("test.benchtime")
	before := benchTime.Value.String()
	defer func() { _ = benchTime.Value.Set(before) }()
	if err := benchTime.Value.Set("300x"); err != nil {
		t.Fatal(err)
	}
	for _, c := range All(false) {
		if c.N == 1 && testing.Short() {
			continue // each operation is a whole crowd
		}
		for _, side := range c.Sides {
			t.Run(c.Name+"/"+side.Name, func(t *testing.T) {
				if c.N == 1 {
					_ = benchTime.Value.Set("1x")
					defer func() { _ = benchTime.Value.Set("300x") }()
				}
				if testing.Benchmark(side.Run).N == 0 {
					t.Error("the benchmark of this name says why")
				}
			})
		}
	}
}

func TestShare(t *testing.T) {
	for n := range 300 {
		sum := 0
		for i := range 64 {
			sum += share(n, i, 64)
		}
		if sum != n {
			t.Errorf("the shares of %d are %d together", n, sum)
		}
	}
}
