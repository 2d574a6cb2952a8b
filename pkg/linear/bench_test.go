package linear_test

import (
	"fmt"
	"testing"

	"github.com/harkgo/hark/pkg/linear"
)

// A history of 100 operations of four clients, each of which is beside those of the others.
func BenchmarkVerify(b *testing.B) {
	var h history
	value := 0
	for range 25 {
		var all []linear.Pending[op, int]
		for client := range 4 {
			all = append(all, h.Begin(fmt.Sprint("client ", client), add(1)))
		}
		for _, p := range all {
			value++
			p.End(value)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := linear.Verify(register, &h); err != nil {
			b.Fatal(err)
		}
	}
}

// The same with ten operations of a kind that are cut off at the beginning.
func BenchmarkVerify_CutOff(b *testing.B) {
	var h history
	for i := range 10 {
		h.Begin(fmt.Sprint("cut off ", i), write(1))
	}
	for i := range 40 {
		p, q := h.Begin("ada", read), h.Begin("bob", read)
		p.End(min(i, 1))
		q.End(1)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := linear.Verify(register, &h); err != nil {
			b.Fatal(err)
		}
	}
}
