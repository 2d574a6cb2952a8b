package sup

import (
	"fmt"
	"math"
	"time"
)

// A description is checked as a whole, before anything is started. The checks
// return the first InvalidSpec that they find.

// check checks the description of the supervisor at path and all below it.
func (s Spec) check(path string) error {
	problem := func(field, format string, args ...any) error {
		return InvalidSpec{Child: path, Field: field, Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case s.Strategy < OneForOne || s.Strategy > RestForOne:
		return problem("Strategy", "there is no strategy %d", int(s.Strategy))
	case s.AutoShutdown < Never || s.AutoShutdown > AllSignificant:
		return problem("AutoShutdown", "there is no automatic shutdown %d", int(s.AutoShutdown))
	case s.Period < 0:
		return problem("Period", "must not be negative, and is %v", s.Period)
	}
	if field, why := s.Backoff.check(); why != "" {
		return problem("Backoff."+field, "%s", why)
	}
	seen := make(map[string]bool, len(s.Children))
	for i, c := range s.Children {
		switch {
		case c.ID == "":
			return problem("ID", "child number %d has none", i+1)
		case seen[c.ID]:
			return InvalidSpec{Child: join(path, c.ID), Field: "ID", Problem: "another child has it already"}
		}
		seen[c.ID] = true
		if err := c.checkIn(path, s.AutoShutdown); err != nil {
			return err
		}
	}
	return nil
}

// checkIn checks the description of a child of the supervisor at path, which
// shuts itself down as auto says.
func (c Child) checkIn(path string, auto AutoShutdown) error {
	problem := func(field, format string, args ...any) error {
		return InvalidSpec{Child: join(path, c.ID), Field: field, Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case c.ID == "":
		return InvalidSpec{Child: path, Field: "ID", Problem: "the child has none"}
	case c.start == nil:
		return problem("start", "there is nothing to run: make a Child with Worker, WorkerReady, Supervisor, Adopt, AdoptReady or Pool.Child, with a body")
	case c.within < 0:
		return problem("within", "must not be negative, and is %v", c.within)
	case c.Restart < Permanent || c.Restart > Temporary:
		return problem("Restart", "there is no kind of restart %d", int(c.Restart))
	case c.Significant && auto == Never:
		return problem("Significant", "means something only to a supervisor with AutoShutdown")
	case c.Significant && c.Restart == Permanent:
		return problem("Significant", "a permanent child never ends for good, so it cannot be significant")
	}
	if c.check != nil {
		return c.check(join(path, c.ID))
	}
	return nil
}

// check returns the first field of b that makes no sense, and why.
func (b Backoff) check() (field, problem string) {
	negative := func(d time.Duration) string { return fmt.Sprintf("must not be negative, and is %v", d) }
	switch {
	case b.First < 0:
		return "First", negative(b.First)
	case b.Max < 0:
		return "Max", negative(b.Max)
	case b.Factor != 0 && !(b.Factor >= 1) || math.IsInf(b.Factor, 1):
		return "Factor", fmt.Sprintf("must be a number of at least 1 (or 0, for 2), and is %v", b.Factor)
	case !(b.Jitter >= 0 && b.Jitter <= 1):
		return "Jitter", fmt.Sprintf("must be from 0 to 1, and is %v", b.Jitter)
	}
	return "", ""
}

// join is the path of a child of the supervisor at path.
func join(path, id string) string {
	if path == "" {
		return id
	}
	return path + "/" + id
}
