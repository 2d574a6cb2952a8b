package sim

import (
	"fmt"
	"hash/maphash"
	"slices"
)

// A run that has failed is made smaller before it is reported: faults are left out,
// then deviations from the default schedule, then those who have nothing to do with
// the failure come late. What is tried is a run like any other one, so whatever is
// found can happen. It is taken if it fails in the same way (see sameFailure), is
// smaller, and does the same when it is run once more.
//
// Chunks of ever smaller size are left out, as in
//
//	Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input.
//	IEEE Transactions on Software Engineering 28(2), 2002,
//
// but for two things: no chunk is tried alone, for a single one hardly ever fails;
// and after each success the list is what the new run really did, which may be
// shorter than what it was told.

// How much is spent on it.
const (
	shrinkRuns  = 500
	shrinkSteps = 1_000_000
	manyPairs   = 12 // deviations of which no two are left out together
)

// shrinker makes the run of a report smaller.
type shrinker struct {
	check   *check
	plan    plan // of the best run so far
	best    outcome
	careful bool            // the tries are to be
	most    int             // steps that a try may have
	tried   map[uint64]bool // what has been tried
	limit   spent
	spent   spent
}

// spent is what has been spent on it, or may be.
type spent struct{ runs, steps int }

func (a spent) reaches(b spent) bool { return a.runs >= b.runs || a.steps >= b.steps }

// shrink replaces the run of r by a smaller one.
func (r *report) shrink() { r.shrinkWithin(spent{runs: shrinkRuns, steps: shrinkSteps}) }

func (r *report) shrinkWithin(limit spent) {
	if kind := r.outcome.failure.kind; kind == failureNondeterministic || kind == failureOutside {
		return
	}
	s := &shrinker{
		check: r.check, plan: r.plan, best: r.outcome, careful: r.plan.careful,
		tried: make(map[uint64]bool), limit: limit,
	}
	if r.outcome.failure.kind != failureEndless {
		s.most = 2*r.outcome.steps + 100
	}
	before := sizeOf(&s.best)
	s.shrink()
	after := sizeOf(&s.best)
	r.outcome, r.plan.careful = s.best, s.plan.careful
	r.shrunk = &shrinking{before: before, after: after, runs: s.spent.runs, limited: s.tired()}
	r.outcome.did.minimal = !s.tired()
}

// shrinking is what a report tells of it.
type shrinking struct {
	before, after size
	runs          int
	limited       bool // more would have been tried
}

func (s *shrinking) String() string {
	faults := s.before.faults > 0
	text := fmt.Sprintf("shrunk to %s; from %s, in %s", s.after.text(faults), s.before.text(faults), count(s.runs, "run", "runs"))
	if s.limited {
		text += ", which is the limit: it may be that it can be smaller"
	}
	return text
}

func (s *shrinker) shrink() {
	for {
		before := sizeOf(&s.best)
		s.dropFaults()
		s.postpone()
		s.dropDeviations()
		if !sizeOf(&s.best).less(before) || s.tired() {
			s.relate()
			return
		}
	}
}

// tired reports whether all that may be spent is.
func (s *shrinker) tired() bool { return s.spent.reaches(s.limit) }

// hashOf tells tries apart: a run may have ten thousand deviations.
func hashOf(what *again) uint64 {
	var h maphash.Hash
	h.SetSeed(contentSeed)
	for _, d := range what.deviations {
		maphash.WriteComparable(&h, d)
	}
	for i, all := range [][]int{what.late, what.faults} {
		maphash.WriteComparable(&h, -i)
		for _, n := range all {
			maphash.WriteComparable(&h, n)
		}
	}
	for _, p := range what.places {
		maphash.WriteComparable(&h, p)
	}
	maphash.WriteComparable(&h, what.loose)
	maphash.WriteComparable(&h, len(what.order))
	return h.Sum64()
}

// try runs what might be smaller, and takes it if it is.
func (s *shrinker) try(what again) bool {
	key := hashOf(&what)
	if s.tried[key] || s.tired() {
		return false
	}
	s.tried[key] = true
	first := s.run(what)
	if s.cut(&first) || !sameFailure(s.best.failure, first.failure) || !sizeOf(&first).less(sizeOf(&s.best)) {
		s.check.spare.put(first.events)
		return false
	}
	second := s.run(first.did)
	_, _, _, differs := differ(first.events, second.events)
	if s.check.spare.put(second.events); differs || !sameFailure(first.failure, second.failure) {
		return false
	}
	s.best, s.plan.careful = first, s.careful
	return true
}

// tryBoth tries it with all at the same places as seen by those whom it is about,
// and if that is not it, as counted from the beginning of the run.
func (s *shrinker) tryBoth(what again) bool {
	what.loose = true
	if s.try(what) {
		return true
	}
	what.loose = false
	return s.try(what)
}

// cut reports whether a run has been ended only because it became too long.
func (s *shrinker) cut(o *outcome) bool { return s.most > 0 && o.steps > s.most }

func (s *shrinker) run(what again) outcome {
	p := s.plan
	p.again, p.replays, p.most, p.careful = what, true, s.most, s.careful
	p.thorough = s.best.failure.more()
	o := s.check.run(p)
	if s.spent.runs++; o.surprised {
		s.careful, p.careful = true, true
		o = s.check.run(p)
		s.spent.runs++
	}
	s.spent.steps += o.steps
	return o
}

func (s *shrinker) dropFaults() {
	chunks(func() int { return len(s.best.did.faults) }, func(from, to int) bool {
		what := s.best.did
		what.faults, what.places = leaveOut(what.faults, from, to), leaveOut(what.places, from, to)
		return s.tryBoth(what)
	})
}

func (s *shrinker) dropDeviations() {
	s.cutOff()
	n := func() int { return len(s.best.did.deviations) }
	chunks(n, func(from, to int) bool {
		what := s.best.did
		what.deviations = leaveOut(what.deviations, from, to)
		return s.tryBoth(what)
	})
	if n() > manyPairs {
		return
	}
	for i := n() - 1; i > 0; i-- { // two of them: there and back
		for j := min(i, n()) - 1; j >= 0 && i < n(); j-- {
			what := s.best.did
			what.deviations = leaveOut(leaveOut(what.deviations, i, i+1), j, j+1)
			s.tryBoth(what)
		}
	}
}

// cutOff looks for the shortest beginning of the deviations that is enough.
func (s *shrinker) cutOff() {
	all := s.best.did
	low, high := 0, len(all.deviations)
	for low < high {
		middle := (low + high) / 2
		what := all
		what.deviations = all.deviations[:middle]
		if s.try(what) {
			high = middle
		} else {
			low = middle + 1
		}
	}
}

// postpone lets parties come late, in ever smaller groups: what is done by many, and
// between them, goes with one run.
func (s *shrinker) postpone() {
	parties := keysOf(partiesOf(s.best.events))
	chunks(func() int { return len(parties) }, func(from, to int) bool {
		if !s.try(s.postponing(parties[from:to])) {
			return false
		}
		parties = leaveOut(parties, from, to)
		return true
	})
}

// relate finds out who belongs to the slice of the failure for a reason that is not
// seen: it does not stay the same if they come late.
func (s *shrinker) relate() {
	s.best.did.related = nil
	in := keysOf(partiesOf(sliceOf(&s.best).events))
	others := slices.DeleteFunc(keysOf(partiesOf(s.best.events)), func(key int) bool { return slices.Contains(in, key) })
	s.best.did.related = s.relatedAmong(others)
}

// relatedAmong is empty if the failure is the same without some parties. Otherwise it
// is those of either half without whom it is not; all, if neither half matters alone.
func (s *shrinker) relatedAmong(parties []int) []int {
	if len(parties) == 0 || s.tired() {
		return nil
	}
	o := s.run(s.postponing(parties))
	s.check.spare.put(o.events)
	if sameFailure(s.best.failure, o.failure) {
		return nil
	}
	if len(parties) == 1 {
		return parties
	}
	middle := len(parties) / 2
	related := append(s.relatedAmong(parties[:middle]), s.relatedAmong(parties[middle:])...)
	if len(related) == 0 && !s.tired() {
		return parties
	}
	return related
}

// postponing is the best run, with some more who come late.
func (s *shrinker) postponing(parties []int) again {
	what := s.best.did
	what.loose, what.order = true, s.best.order
	what.late = slices.Clone(what.late)
	for _, key := range parties {
		if !slices.Contains(what.late, key) {
			what.late = append(what.late, key)
		}
	}
	return what
}

func keysOf(parties []*party) []int {
	var keys []int
	for _, p := range parties {
		keys = append(keys, int(p.key))
	}
	return keys
}
