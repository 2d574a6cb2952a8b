package main

import (
	"fmt"
)

// Balls is the accounting. Three parties have counted: the pingers, the pongers,
// and the system's dead letters.
type Balls struct {
	Asked    uint64 `json:"asked"`    // by the game: pairs × rounds
	Served   uint64 `json:"served"`   // by pingers; each number once
	Struck   uint64 `json:"struck"`   // by pongers; each number once
	Returned uint64 `json:"returned"` // to pingers; each number once

	ServedAgain uint64 `json:"served_again"` // a ball went down with a player
	StruckAgain uint64 `json:"struck_again"` // of these, the ones the ponger had had before
	DeadLetters uint64 `json:"dead_letters"` // balls that the system saw go down

	Lost    uint64 `json:"lost"`
	Twice   uint64 `json:"counted_twice"`
	Unequal uint64 `json:"unequal_courts"` // courts whose players' books differ
}

// addUp adds the scores of all courts. Courts are compared one by one, so that
// no loss in one makes up for a gain in another.
func addUp(scores []Score, rounds, deadLetters uint64) Balls {
	b := Balls{Asked: rounds * uint64(len(scores)), DeadLetters: deadLetters}
	for _, s := range scores {
		b.Served += s.Pinger.Served
		b.Returned += s.Pinger.Returned
		b.Struck += s.Ponger.Struck
		b.ServedAgain += s.Pinger.Lets
		b.StruckAgain += s.Ponger.Again
		b.Lost += s.Pinger.Served - min(s.Pinger.Served, s.Pinger.Returned)
		b.Twice += s.Pinger.Faults + s.Ponger.Faults
		if s.Pinger.Served != rounds || s.Pinger.Returned != rounds || s.Ponger.Struck != rounds {
			b.Unequal++
		}
	}
	return b
}

// verdict is nil if no ball was lost, none counted twice, and no player died
// without being replaced.
func (r *Report) verdict() error {
	wrong := r.Balls.wrong()
	if c := r.Chaos; c != nil && c.ShutDown+c.Panicked != c.Crashed {
		wrong = append(wrong, fmt.Errorf("%d players were replaced, but the system has counted %d crashes", c.ShutDown+c.Panicked, c.Crashed))
	}
	// Who dies last may find the game over: then nobody is put in.
	if c := r.Chaos; c != nil && (c.Restarted > c.Crashed || c.Crashed-c.Restarted > 2*uint64(r.Pairs)) {
		wrong = append(wrong, fmt.Errorf("the system has counted %d crashes, the supervisors %d restarts", c.Crashed, c.Restarted))
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("the game does not add up: %w", oneLine(wrong))
}

// wrong lists what does not add up.
func (b Balls) wrong() []error {
	var wrong []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	check(b.Served == b.Asked, "%d balls were asked for, %d served", b.Asked, b.Served)
	check(b.Lost == 0 && b.Returned == b.Served, "%d balls were served, %d returned", b.Served, b.Returned)
	check(b.Struck == b.Returned, "%d balls were returned, but the pongers have struck %d", b.Returned, b.Struck)
	check(b.Twice == 0, "%d balls came twice, out of order or damaged", b.Twice)
	check(b.Unequal == 0, "in %d courts the players' books differ", b.Unequal)
	check(b.ServedAgain == b.DeadLetters, "%d balls went down with a player, %d were served again", b.DeadLetters, b.ServedAgain)
	check(b.StruckAgain <= b.ServedAgain, "%d balls were struck twice, but only %d served again", b.StruckAgain, b.ServedAgain)
	return wrong
}

// oneLine joins errors by semicolons: errors.Join writes a line for each.
func oneLine(errs []error) error {
	joined := errs[0]
	for _, err := range errs[1:] {
		joined = fmt.Errorf("%w; %w", joined, err)
	}
	return joined
}
