package sim

import "fmt"

// chooser takes the choices of one run, with a strategy, and keeps them.
type chooser struct {
	strategy Strategy
	taken    []int     // where there was more than one option
	kept     *keeping  // the strategy, of a run that replays
	explorer *explorer // instead of the strategy

	turns []int // by actor: its latest turn, in the fair suffix
	turn  int
}

// choose returns the index of the option that is taken; -1 if the run need not go on.
func (c *chooser) choose(options []Step, fair bool) int {
	if c.explorer != nil {
		if i, ok := c.explore(options); ok {
			return i
		}
		fair = true
	}
	if len(options) == 1 {
		if c.kept != nil {
			c.kept.stepped(0)
		}
		return 0
	}
	i := 0
	switch {
	case fair:
		if i = c.fairly(options); c.kept != nil {
			c.kept.passed(i)
		}
	default:
		if i = c.strategy.Choose(options); i < 0 || i >= len(options) {
			panic(fmt.Sprintf("sim: strategy %s has chosen option %d of %d", c.strategy, i, len(options)))
		}
	}
	c.taken = append(c.taken, i)
	return i
}

// explore asks the explorer, unless the run is deeper than that goes.
func (c *chooser) explore(options []Step) (i int, ok bool) {
	e := c.explorer
	if e.step >= e.depth {
		if !e.deep {
			e.conclude(options)
			e.deep = true
		}
		return 0, false
	}
	if i = e.choose(options); i >= 0 && len(options) > 1 {
		c.taken = append(c.taken, i)
	}
	return i, true
}

// fairly lets that one go on that has waited for longest.
func (c *chooser) fairly(options []Step) int {
	best := 0
	for i, o := range options {
		for len(c.turns) <= o.Actor {
			c.turns = append(c.turns, 0)
		}
		if c.turns[o.Actor] < c.turns[options[best].Actor] {
			best = i
		}
	}
	c.turn++
	c.turns[options[best].Actor] = c.turn
	return best
}
