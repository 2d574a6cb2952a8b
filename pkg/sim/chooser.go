package sim

import "fmt"

// chooser takes the choices of one run, and keeps them: with a strategy, or those
// of an earlier run again.
type chooser struct {
	strategy Strategy
	taken    []int // where there was more than one option

	replayed []int // instead of the strategy's
	replays  bool
	explorer *explorer // instead of the strategy
	astray   string    // why the choices do not fit the run

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
		return 0
	}
	i := 0
	switch {
	case c.replays:
		i = c.replay(len(options))
	case fair:
		i = c.fairly(options)
	default:
		if i = c.strategy.Choose(options); i < 0 || i >= len(options) {
			panic(fmt.Sprintf("sim: strategy %s has chosen option %d of %d", c.strategy, i, len(options)))
		}
	}
	c.taken = append(c.taken, i)
	return i
}

func (c *chooser) replay(options int) int {
	at := len(c.taken)
	switch {
	case at >= len(c.replayed):
		if c.astray == "" {
			c.astray = "it goes on where the run had ended"
		}
		return 0
	case c.replayed[at] >= options:
		if c.astray == "" {
			c.astray = fmt.Sprintf("at choice %d there are %d options, the run took number %d", at+1, options, c.replayed[at]+1)
		}
		return 0
	}
	return c.replayed[at]
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
