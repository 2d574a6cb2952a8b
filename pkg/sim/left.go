package sim

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/harkgo/hark/internal/literal"
)

// bubbleHere is what the calling goroutine's bubble is called in stack dumps.
func bubbleHere() string {
	buf := make([]byte, 256)
	header := firstLine(string(buf[:runtime.Stack(buf, false)]))
	if i := strings.Index(header, "synctest bubble "); i >= 0 {
		return header[i:]
	}
	return ""
}

// goroutinesIn lists the goroutines that are left in a bubble which is over: where each is,
// and where it was started.
func goroutinesIn(bubble string) string {
	var left []string
	for _, stack := range stacksNow() {
		header, rest, _ := strings.Cut(stack, "\n")
		if !strings.HasSuffix(header, bubble) {
			continue
		}
		_, does, _ := strings.Cut(header, " [")
		does, _, _ = strings.Cut(does, ",")
		does, _, _ = strings.Cut(does, " (durable)")
		line := "one that does not go on: " + does
		if strings.Contains(rest, "created by "+literal.Module+"internal/seam.") {
			line = "one of a system that s.System has not made: " + does
		}
		if place := placeIn(strings.Split(rest, "\n")); place != "" {
			line += ", at " + place
		}
		if _, created, ok := strings.Cut(rest, "created by "); ok {
			if lines := strings.Split(created, "\n"); len(lines) > 1 {
				line += "; started at " + placeOf(lines[1])
			}
		}
		left = append(left, line)
	}
	slices.Sort(left)
	return listed(left)
}

const (
	listedAll   = 20 // lines; if there are more, so many kinds of them
	listedAlike = 3  // and so many of those that differ in numbers only
)

// listed is a list in a report, each line indented. Of a long one only some of those that
// are alike are printed, and how many more there are.
func listed(lines []string) string {
	var b strings.Builder
	if len(lines) <= listedAll {
		for _, line := range lines {
			b.WriteString("\n    " + line)
		}
		return b.String()
	}
	var kinds []string
	alike := make(map[string][]string)
	for _, line := range lines {
		kind := essence(line)
		if alike[kind] == nil {
			kinds = append(kinds, kind)
		}
		alike[kind] = append(alike[kind], line)
	}
	more := 0
	for i, kind := range kinds {
		if i >= listedAll {
			more += len(alike[kind])
			continue
		}
		some := alike[kind][:min(len(alike[kind]), listedAlike)]
		for _, line := range some {
			b.WriteString("\n    " + line)
		}
		if n := len(alike[kind]) - len(some); n > 0 {
			fmt.Fprintf(&b, "\n    … and %d more like these", n)
		}
	}
	if more > 0 {
		fmt.Fprintf(&b, "\n    … and %d others", more)
	}
	return b.String()
}
