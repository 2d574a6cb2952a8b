package sim

import (
	"fmt"
	"strings"
)

// scenario is something that shall happen in some run.
type scenario struct {
	name     string
	holds    func() bool // nil: only who says so
	happened bool        // in this run
	fault    string      // it is an opportunity for this one; "": it is not
	fired    int         // how often that fault has, in this run
}

// Sometimes says that a test is worth little unless in some of its runs holds is true
// between two steps: [Check] fails if that never is so, in no run. With a nil
// function the scenario has happened when [Sim.Happened] says so. Call it at the start of
// the body: what no run comes to is not missed.
//
// It is judged by the number of runs that the test itself asks for. With fewer of them,
// by -short or -sim.runs, what never happened is only logged, and when one run is
// repeated it does not matter.
func (s *Sim) Sometimes(name string, holds func() bool) {
	s.s.enter()
	s.s.touchEverything()
	s.s.scenario(name).holds = holds
}

// Happened says that the scenario has happened in this run.
func (s *Sim) Happened(name string) {
	s.s.enter()
	s.s.scenario(name).happened = true
}

func (s *scheduler) scenario(name string) *scenario {
	for _, sc := range s.scenarios {
		if sc.name == name {
			return sc
		}
	}
	sc := &scenario{name: name}
	s.scenarios = append(s.scenarios, sc)
	return sc
}

func (s *scheduler) checkScenarios() {
	for _, sc := range s.scenarios {
		if sc.happened || sc.holds == nil {
			continue
		}
		err := invariant{sc.name, func() error { sc.happened = sc.holds(); return nil }}.check()
		if err != nil {
			s.fail(failurePanic, "sometimes %s: %v", sc.name, err)
			return
		}
	}
}

// tally is what the runs of a check have come to: in how many of them the scenarios have
// happened, in the order of their first appearance, and how often faults have fired.
type tally struct {
	names  []string
	runs   map[string]int
	faults map[string]*firings // of those scenarios that are opportunities for one

	steps    int
	repeated int // runs
}

// firings are those of a fault.
type firings struct {
	fault       string
	times, runs int
}

func (t *tally) add(all []*scenario) {
	if t.runs == nil {
		t.runs, t.faults = make(map[string]int), make(map[string]*firings)
	}
	for _, sc := range all {
		if _, known := t.runs[sc.name]; !known {
			t.names = append(t.names, sc.name)
			t.runs[sc.name] = 0
			if sc.fault != "" {
				t.faults[sc.name] = &firings{fault: sc.fault}
			}
		}
		if sc.fired > 0 {
			t.faults[sc.name].times += sc.fired
			t.faults[sc.name].runs++
		}
		if sc.happened {
			t.runs[sc.name]++
		}
	}
}

// missing says which scenarios have happened in none of the runs, "" if each has.
func (t *tally) missing(runs int) string {
	var never, happened strings.Builder
	for _, name := range t.names {
		if n := t.runs[name]; n > 0 {
			fmt.Fprintf(&happened, "\n    in %d: %s", n, name)
		} else {
			fmt.Fprintf(&never, "\n    in none: %s", name)
		}
	}
	if never.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("a scenario that sometimes happens never did, in %d runs:%s%s", runs, never.String(), happened.String())
}

// verdict is what is to be said of all runs together, none of which has failed, and
// whether the check fails for it.
func (c *check) verdict() (text string, fails bool) {
	text = c.tally.missing(c.runs)
	return text, text != "" && c.runs >= c.asked
}
