package sim

import (
	"fmt"
	"slices"
	"strings"
)

// summary is what a check that has passed says of itself, in one line. It is logged with
// -v only: what a testing.T logs is shown with a failure, too, and there it would be in
// the way of what has failed after the check.
func (c *check) summary() string {
	var said []string
	if c.explored != nil {
		said = append(said, c.explored.String(), fmt.Sprintf("seed %#x", c.seed))
	} else {
		said = append(said, fmt.Sprintf("%s, %s, %d of them repeated", count(c.runs, "run", "runs"), count(c.tally.steps, "step", "steps"), c.tally.repeated),
			fmt.Sprintf("seed %#x", c.seed), "strategies "+strings.Join(c.strategyNames(), ", "))
	}
	for _, name := range c.tally.names {
		said = append(said, fmt.Sprintf("sometimes %s: in %s", name, count(c.tally.runs[name], "run", "runs")))
	}
	for _, f := range c.tally.faults {
		said = append(said, f.String())
	}
	return strings.Join(said, "; ")
}

// strategyNames are the strategies, each once: some may have more turns than others.
func (c *check) strategyNames() []string {
	var names []string
	for _, s := range c.strategies {
		if name := s.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
