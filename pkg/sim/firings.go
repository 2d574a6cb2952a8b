package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// firings is what a fault has come to, in a run or in all runs of a check. Faults of a kind
// that are given at the same place are one.
type firings struct {
	fault         string
	opportunities int
	times         int
	runs          int      // in which it has fired
	unmatched     []string // its patterns of titles that nobody has had, if it has had no opportunity
	titles        []string // and which there were
}

// firingsOf is what r has come to in this run.
func (s *scheduler) firingsOf(r *rule) *firings {
	f := &firings{
		fault:         fmt.Sprintf("the %v of %s", r.kind, r.given),
		opportunities: r.seen, times: r.fired, runs: min(r.fired, 1),
	}
	if r.seen > 0 {
		return f
	}
	for _, e := range s.events {
		if e.kind != eventSpawns {
			continue
		}
		if who := e.b.process(); who != nil && who.Title() != "" {
			f.titles = append(f.titles, who.Title())
		}
	}
	f.titles = distinct(f.titles)
	for _, who := range []Who{r.who, r.on.from, r.on.to} {
		for _, pattern := range who.titled {
			if !slices.ContainsFunc(f.titles, pattern.matches) {
				f.unmatched = append(f.unmatched, pattern.text)
			}
		}
	}
	return f
}

// ofRun has each fault of a run once.
func ofRun(all []*firings) (each []*firings) {
	for _, f := range all {
		if known := find(each, f); known == nil {
			each = append(each, f)
		} else {
			known.sum(f)
			known.unmatched = distinct(append(known.unmatched, f.unmatched...))
			known.runs = max(known.runs, f.runs)
		}
	}
	return each
}

// add adds what the same fault has come to in another run. A title is missing if it is in
// each of them.
func (f *firings) add(other *firings) {
	switch {
	case f.opportunities > 0:
	case other.opportunities > 0:
		f.unmatched = nil
	default:
		f.unmatched = slices.DeleteFunc(f.unmatched, func(p string) bool { return !slices.Contains(other.unmatched, p) })
	}
	f.sum(other)
	f.runs += other.runs
}

func (f *firings) sum(other *firings) {
	f.titles = distinct(append(f.titles, other.titles...))
	f.opportunities += other.opportunities
	f.times += other.times
}

// find is what is known of the fault of f, nil if it is nothing.
func find(all []*firings, f *firings) *firings {
	i := slices.IndexFunc(all, func(known *firings) bool { return known.fault == f.fault })
	if i < 0 {
		return nil
	}
	return all[i]
}

func distinct(titles []string) []string {
	slices.Sort(titles)
	return slices.Compact(titles)
}

func (f *firings) impossible() bool { return f.opportunities == 0 }

func (f *firings) String() string {
	switch {
	case f.impossible() && len(f.unmatched) > 0:
		return fmt.Sprintf("%s has had no opportunity: no process has a title like %s; %s", f.fault, quotedAll(f.unmatched), f.titlesThere())
	case f.impossible():
		return f.fault + " has had no opportunity"
	case f.times == 0:
		return f.fault + " has never fired"
	}
	return fmt.Sprintf("%s has fired %s, in %s", f.fault, count(f.times, "time", "times"), count(f.runs, "run", "runs"))
}

const mostTitles = 10 // that are listed

func (f *firings) titlesThere() string {
	switch more := len(f.titles) - mostTitles; {
	case len(f.titles) == 0:
		return "none has a title"
	case more > 0:
		return fmt.Sprintf("the titles are %s, and %d more", quotedAll(f.titles[:mostTitles]), more)
	}
	return "the titles are " + quotedAll(f.titles)
}

func quotedAll(all []string) string {
	quoted := make([]string, len(all))
	for i, text := range all {
		quoted[i] = strconv.Quote(text)
	}
	return strings.Join(quoted, ", ")
}
