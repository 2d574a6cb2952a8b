package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// count writes a number with commas: 1,234,567.
func count(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// nanoseconds writes a time with three digits and its unit.
func nanoseconds(ns float64) string {
	switch d := time.Duration(ns); {
	case d < time.Microsecond:
		return digits(ns) + " ns"
	case d < time.Millisecond:
		return digits(ns/1e3) + " µs"
	case d < time.Second:
		return digits(ns/1e6) + " ms"
	}
	return digits(ns/1e9) + " s"
}

func digits(x float64) string {
	switch {
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

// per is a/b, and 0 for nothing played.
func per(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
