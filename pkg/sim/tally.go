package sim

import (
	"fmt"
	"slices"
	"strings"
)

// tally is what the runs of a check have come to: in how many of them the scenarios have
// happened, in the order of their first appearance, and how often faults have fired.
type tally struct {
	names  []string
	runs   map[string]int
	faults []*firings

	steps    int
	repeated int // runs
}

func (t *tally) add(o outcome) {
	if t.runs == nil {
		t.runs = make(map[string]int)
	}
	for _, sc := range o.scenarios {
		if _, known := t.runs[sc.name]; !known {
			t.names = append(t.names, sc.name)
			t.runs[sc.name] = 0
		}
		if sc.happened {
			t.runs[sc.name]++
		}
	}
	for _, f := range ofRun(o.firings) {
		if known := find(t.faults, f); known != nil {
			known.add(f)
		} else {
			t.faults = append(t.faults, f)
		}
	}
}

// missing says which scenarios have happened, and which faults could have fired, in none
// of the runs; "" if there are none of these.
func (t *tally) missing(runs int) string {
	var b strings.Builder
	if slices.ContainsFunc(t.names, t.never) {
		fmt.Fprintf(&b, "a scenario that sometimes happens never did, in %s:", count(runs, "run", "runs"))
		for _, name := range t.names {
			if t.never(name) {
				fmt.Fprintf(&b, "\n    in none: %s", name)
			}
		}
		for _, name := range t.names {
			if !t.never(name) {
				fmt.Fprintf(&b, "\n    in %d: %s", t.runs[name], name)
			}
		}
	}
	switch {
	case slices.ContainsFunc(t.faults, (*firings).impossible):
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "a fault has had no opportunity, in %s:", count(runs, "run", "runs"))
	case b.Len() == 0:
		return ""
	case len(t.faults) > 0:
		b.WriteString("\nfaults:")
	}
	for _, f := range t.faults {
		b.WriteString("\n    " + f.String())
	}
	return b.String()
}

func (t *tally) never(name string) bool { return t.runs[name] == 0 }

// verdict is what is to be said of all runs together, none of which has failed, and
// whether the check fails for it.
func (c *check) verdict() (text string, fails bool) {
	text = c.tally.missing(c.runs)
	return text, text != "" && c.runs >= c.asked
}
