package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/harkgo/hark/bench"
)

// compare makes the lines of one row: the first side against each other one. The
// target is for the second.
func compare(sides []bench.Side, results [][]testing.BenchmarkResult, row bench.Row) []string {
	hark := valuesOf(results[0], row.Unit)
	var lines []string
	for i := 1; i < len(sides); i++ {
		rival := valuesOf(results[i], row.Unit)
		ratios := quotients(hark, rival)
		ratio, spread, work := "-", "-", "-"
		if ratios != nil {
			ratio = fmt.Sprintf("%.2f", median(ratios))
			spread = fmt.Sprintf("%.2f–%.2f", slices.Min(ratios), slices.Max(ratios))
		}
		if row.Unit == "ns/op" {
			if q := quotients(valuesOf(results[0], "cpu-ns/op"), valuesOf(results[i], "cpu-ns/op")); q != nil {
				work = fmt.Sprintf("%.2f", median(q))
			}
		}
		target := "-"
		switch {
		case i > 1:
		case row.Target > 0 && ratios != nil:
			target = verdict(fmt.Sprintf("%.2fx", row.Target), median(ratios) <= row.Target)
		case row.Most > 0:
			target = verdict(fmt.Sprintf("%g", row.Most), median(hark) <= row.Most+rest)
		}
		lines = append(lines, fmt.Sprintf("%s\t%s %s\t%s\t%s\t%s\t%s\t",
			number(median(hark)), number(median(rival)), sides[i].Name, ratio, spread, work, target))
	}
	return lines
}

// rest is what a count of allocations may be above a limit: what is allocated
// once for many operations.
const rest = 0.02

func verdict(target string, ok bool) string {
	if ok {
		return "≤ " + target + " ok"
	}
	return "≤ " + target + " OVER"
}

// meaningful is the least that anything is compared with.
const meaningful = 0.01

// quotients are the ratios of the rounds, nil if the rival has nothing of it.
func quotients(hark, rival []float64) []float64 {
	ratios := make([]float64, len(hark))
	for i := range hark {
		if rival[i] < meaningful {
			return nil
		}
		ratios[i] = hark[i] / rival[i]
	}
	return ratios
}

// valuesOf is what the results say in a unit.
func valuesOf(results []testing.BenchmarkResult, unit string) []float64 {
	values := make([]float64, len(results))
	for i, r := range results {
		switch unit {
		case "ns/op":
			values[i] = float64(r.T.Nanoseconds()) / float64(r.N)
		case "allocs/op":
			values[i] = float64(r.MemAllocs) / float64(r.N)
		default:
			values[i] = r.Extra[unit]
		}
	}
	return values
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
