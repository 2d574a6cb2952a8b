package sim

import "fmt"

// size is how large a run is, as far as it matters: up to its failure.
type size struct {
	faults   int
	switches int
	steps    int
}

func sizeOf(o *outcome) size {
	return size{faults: len(o.did.faults), switches: len(o.did.deviations), steps: o.failure.step}
}

func (z size) less(than size) bool {
	if z.faults != than.faults {
		return z.faults < than.faults
	}
	if z.switches != than.switches {
		return z.switches < than.switches
	}
	return z.steps < than.steps
}

// text begins with what a reader looks for in the picture. Faults are told if there were
// any in the first place.
func (z size) text(faults bool) string {
	text := count(z.switches, "switch", "switches") + ", " + count(z.steps, "step", "steps")
	if faults {
		text = count(z.faults, "fault", "faults") + ", " + text
	}
	return text
}

func count(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + many
	case 1:
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}
