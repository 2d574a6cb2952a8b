package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567",
		1<<64 - 1: "18,446,744,073,709,551,615",
	} {
		require.Equal(t, want, count(n))
	}
}

func TestNanoseconds(t *testing.T) {
	for ns, want := range map[float64]string{
		0: "0.00 ns", 1.5: "1.50 ns", 345.6: "346 ns", 1000: "1.00 µs", 34_500: "34.5 µs",
		999_000: "999 µs", 12_300_000: "12.3 ms", 1.5e9: "1.50 s",
	} {
		require.Equal(t, want, nanoseconds(ns))
	}
}

func TestMedianRatio(t *testing.T) {
	require.Zero(t, medianRatio(nil, nil))
	require.Equal(t, 2.0, medianRatio([]time.Duration{2}, []time.Duration{1}))
	require.Equal(t, 2.0, medianRatio([]time.Duration{100, 2, 1}, []time.Duration{1, 1, 1}))
	require.Equal(t, 1.5, medianRatio([]time.Duration{100, 2, 1, 1}, []time.Duration{1, 1, 1, 1}))
}

// Ctrl-C may come before the first lap: then there is nothing to divide by.
func TestReportOfNothing(t *testing.T) {
	r := newReport(config{pairs: 1}, []*contender{{}, {}, {}}, memory{}, 0, true)
	r.Chaos = newChaosReport(1, Mischief{}, nil, 0, 0)
	var out bytes.Buffer
	r.text(&out)
	r.json(&out)
	require.Zero(t, lastReport(t, out.String()).Hark.RoundTrips)
	require.NotContains(t, out.String(), "NaN")
}

func TestPlainProgress(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	p.show(0, 0)
	p.show(1, 5) // within the same second: not shown
	p.end()
	require.Equal(t, "playing:   0 %, 0 balls\n", out.String())
}
