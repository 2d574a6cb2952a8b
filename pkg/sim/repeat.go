package sim

import "math/rand/v2"

// replay repeats the run that text describes, if it is one of this check.
func (c *check) replay(text string) {
	c.t.Helper()
	r, err := parseRecipe(text)
	if err != nil {
		c.t.Fatal(err)
	}
	if r.check != c.id {
		// It may be one of a later check of this test.
		if c.test.checks == 1 {
			c.t.Cleanup(func() {
				if !c.test.repeated {
					c.t.Skip("the run that is to be repeated is one of another test")
				}
			})
		}
		return
	}
	c.test.repeated = true
	report := c.repeat(r)
	if report.outcome.failure == nil {
		c.t.Fatalf("the run does not fail any more. %s\n%s", report.doubt, lines(report.outcome.events))
	}
	report.whole = true
	c.t.Fatal(report.String())
}

func (c *check) repeat(r recipe) *report {
	defer c.watch()()
	c.instant = r.instant
	p := plan{seed: r.seed, strategy: named(r.strategy), careful: r.careful, again: r.again, replays: true, thorough: true, showing: true}
	o := c.run(p)
	report := &report{check: c, plan: p, outcome: o}
	switch {
	case o.astray != "":
		report.doubt = "This is not the run that it was: " + o.astray + "."
	case digest(o.events) != r.digest:
		report.doubt = "This is not the run that it was: the test, or the library, has changed."
	}
	return report
}

// named is only the name of a strategy.
type named string

func (n named) String() string        { return string(n) }
func (n named) Begin(*rand.Rand, int) {}
func (n named) Choose(_ []Step) int   { return 0 }
