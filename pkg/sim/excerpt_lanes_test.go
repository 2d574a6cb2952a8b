package sim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A lane is there from its beginning to its end, also if these rows are left out.
func TestLanes_OfAnExcerpt(t *testing.T) {
	a, b := &party{name: "a", id: 1}, &party{name: "b", id: 2}
	var events []event
	add := func(e event) { e.step = len(events) + 1; events = append(events, e) }
	for range 3 {
		add(event{kind: eventFault, a: a, text: "early"})
	}
	for range 30 {
		add(event{kind: eventPoint, a: a, text: "x"})
	}
	add(event{kind: eventSpawns, a: a, b: b})
	for range 30 {
		add(event{kind: eventPoint, a: a, text: "x"})
	}
	for range 40 {
		add(event{kind: eventPoint, a: b, text: "y"})
	}
	text := lanesOf(events, nil, 50)
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "early") {
			require.NotContains(t, line, "|", text)
		}
	}
}

func TestLanes_OfAnExcerptToTheEnd(t *testing.T) {
	a, b := &party{name: "a", id: 1}, &party{name: "b", id: 2}
	var events []event
	add := func(e event) { e.step = len(events) + 1; events = append(events, e) }
	add(event{kind: eventFault, a: b, text: "early"})
	for range 5 {
		add(event{kind: eventPoint, a: a, text: "x"})
	}
	add(event{kind: eventEnded, a: b})
	for range 12 {
		add(event{kind: eventPoint, a: a, text: "x"})
		add(event{kind: eventFault, a: a, text: "late"})
	}
	for range 30 {
		add(event{kind: eventPoint, a: a, text: "x"})
	}
	text := lanesOf(events, nil, 50)
	require.Contains(t, text, "early")
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "late") {
			require.NotContains(t, line, "|", text)
		}
	}
}
