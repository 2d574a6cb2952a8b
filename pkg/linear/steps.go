package linear

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// In a simulation an operation has the steps in which it was called and has ended: with
// them it can be found in the report of the run.

// stepsOf are the steps of some operations.
func (p *partition[I, O]) stepsOf(ops []*Operation[I, O]) (steps []int) {
	for _, op := range ops {
		for _, step := range []int{op.from, op.to} {
			if step > 0 {
				steps = append(steps, step)
			}
		}
	}
	return steps
}

// steps is from which step to which op went on, "" outside of a simulation. It has no end
// if it has not returned; what a goroutine has done that is none of the simulation's threads
// at that moment has a question mark.
func (op *Operation[I, O]) steps() string {
	if op.from == 0 && op.to == 0 {
		return ""
	}
	from, to := "?", "?"
	if op.from > 0 {
		from = strconv.Itoa(op.from)
	}
	switch {
	case op.to > 0:
		to = strconv.Itoa(op.to)
	case op.Outcome != Known && op.Err == nil:
		to = ""
	}
	return fmt.Sprintf("steps %s–%s", from, to)
}

// who is the client of op, and in which steps of the simulation it was, in columns.
func (p *partition[I, O]) who(op *Operation[I, O]) string {
	client, steps := 0, 0
	for _, o := range p.ops {
		client, steps = max(client, utf8.RuneCountInString(o.Client)), max(steps, utf8.RuneCountInString(o.steps()))
	}
	text := fmt.Sprintf("%-*s", client, op.Client)
	if steps > 0 {
		text = fmt.Sprintf("%-*s  %s", steps, op.steps(), text)
	}
	return text
}
