package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// injector decides at which opportunities the faults of a run fire, and keeps which
// these were. An opportunity is a moment at which a fault could fire. All are counted,
// from 0 in the run, also those at which no more may fire: so the number of one does
// not depend on whether others have fired, but for what has come of that.
type injector struct {
	chance   *rand.Rand
	rules    []*rule // none: nobody looks for opportunities
	seen     int     // opportunities
	fired    []int
	replayed []int // instead of chance
	replays  bool
	told     []place // instead of replayed, in a run that is loose
	loose    bool
	places   []place // of those that have fired
}

// place is an opportunity, counted among those of its rule: so its number depends
// less on what else happens.
type place struct{ rule, nth int }

// rule is a fault in one run.
type rule struct {
	Fault
	index int
	given string  // where
	rate  float64 // at which it fires, in this run
	seen  int     // its opportunities
	fired int
}

func newInjector(p plan) injector {
	in := injector{chance: rand.New(rand.NewPCG(p.seed, streamFaults)), replayed: p.faults, replays: p.replays}
	if in.loose = p.loose; p.loose {
		in.told = p.places
	}
	return in
}

// rarest is the logarithm, to the base 2, of the lowest rate of a fault that has no
// chance of its own.
const rarest = 10

func (in *injector) add(f Fault, given string) {
	r := &rule{Fault: f, rate: f.chance, index: len(in.rules), given: given}
	if r.rate == 0 {
		// Nobody knows how many opportunities there will be. With a rate that is as
		// likely to be around 1/2 as around 1/500, early and late ones are met in
		// short runs and in long ones.
		r.rate = math.Exp2(-rarest * in.chance.Float64())
	}
	in.rules = append(in.rules, r)
}

// fires takes an opportunity of r, and reports whether it fires.
func (in *injector) fires(r *rule) bool {
	at := in.seen
	in.seen++
	r.seen++
	if !in.decides(r, at) {
		return false
	}
	in.fired, in.places = append(in.fired, at), append(in.places, place{r.index, r.seen})
	r.fired++
	return true
}

func (in *injector) decides(r *rule, at int) bool {
	if in.loose {
		return slices.Contains(in.told, place{r.index, r.seen})
	}
	if in.replays {
		for len(in.replayed) > 0 && in.replayed[0] < at {
			in.replayed = in.replayed[1:]
		}
		return len(in.replayed) > 0 && in.replayed[0] == at
	}
	switch {
	case r.fired >= r.most:
		return false
	case r.nth > 0:
		return r.seen == r.nth
	}
	return in.chance.Float64() < r.rate
}

// shownFaults is how many are listed in a report.
const shownFaults = 20

// faultsIn lists the faults of a run.
func faultsIn(events []event) string {
	var all []string
	for _, e := range events {
		if e.kind == eventFault {
			all = append(all, fmt.Sprintf("%s at step %d", e.text, e.step))
		}
	}
	if more := len(all) - shownFaults; more > 0 {
		all = append(all[:shownFaults], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, "; ")
}
