package sim

import (
	"fmt"
	"regexp"
	"strings"
)

// report is what is told about a run that has failed.
type report struct {
	check   *check
	run     int // which one; 0: a repeated one
	plan    plan
	outcome outcome
	doubt   string
	lost    bool // it cannot be repeated
	shrunk  *shrinking
	whole   bool // show all of the trace
}

// refine makes the run smaller, and adds what only a reader wants to know. A run that cannot
// be repeated stays as it is.
func (r *report) refine() {
	if f := r.outcome.failure; r.doubt != "" || f.alone() || f.kind == failureNondeterministic {
		return
	}
	if !*flagNoShrink {
		r.shrink()
	}
	r.tell()
}

// tell takes the run once more for what is in the messages, and what is waited for.
func (r *report) tell() {
	p := r.plan
	p.again, p.replays, p.showing = r.outcome.did, true, true
	p.thorough = r.outcome.failure.more()
	o := r.check.run(p)
	if _, _, _, differs := differ(r.outcome.events, o.events); !differs {
		r.outcome.events = o.events
	}
}

func (r *report) recipe() recipe {
	return recipe{
		check: r.check.id, seed: r.plan.seed, careful: r.plan.careful, instant: r.check.instant,
		strategy: r.plan.strategy.String(), digest: digest(r.outcome.events), again: r.outcome.did,
	}
}

func (r *report) String() string {
	var b strings.Builder
	f := r.outcome.failure
	if f.alone() {
		return f.what
	}
	fmt.Fprintf(&b, "seed %#x, strategy %s, step %d: %s\n", r.plan.seed, r.plan.strategy, f.step, f.what)
	switch {
	case r.run > 0 && r.check.exploration != nil:
		fmt.Fprintf(&b, "schedule %d\n", r.run)
	case r.run > 0:
		fmt.Fprintf(&b, "run %d of %d\n", r.run, r.check.runs)
	}
	if r.shrunk != nil {
		b.WriteString(r.shrunk.String() + "\n")
	}
	if len(r.outcome.unread) > 0 && f.kind != failureUnread {
		fmt.Fprintf(&b, "messages that nobody has received:%s\n", linesOf(r.outcome.unread))
	}
	if r.outcome.said != "" {
		b.WriteString(r.outcome.said)
	}
	if r.doubt != "" {
		b.WriteString(r.doubt + "\n")
	}
	if faults := faultsIn(r.outcome.events); faults != "" {
		b.WriteString("faults: " + faults + "\n")
	}
	if r.lost || f.kind == failureNondeterministic {
		b.WriteString(r.course())
		return b.String()
	}
	fmt.Fprintf(&b, "replay: go test -run '%s' -sim.replay=%s\n", pattern(r.check.t.Name()), r.recipe())
	s := sliceOf(&r.outcome)
	if r.whole || *flagTrace {
		b.WriteString("trace:\n" + lines(r.outcome.events))
		b.WriteString("all of it:\n" + lanesOf(r.outcome.events, s.switches, 0))
	}
	if len(s.events) == 0 { // it is nobody's whom the simulator knows
		b.WriteString("what there was before:\n" + lanesOf(r.outcome.events, s.switches, mostRows))
		return b.String()
	}
	b.WriteString("how it came about:\n" + lanesOf(s.events, s.switches, mostRows))
	fmt.Fprintf(&b, "   %d of %d events are not among its causes; -sim.trace shows all\n", s.left, len(r.outcome.events))
	return b.String()
}

// course is how a run went that nobody can repeat, up to where it could not be.
func (r *report) course() string {
	events := r.outcome.events
	for i, e := range events {
		if e.step > r.outcome.failure.step && e.kind != eventFails {
			events = events[:i]
			break
		}
	}
	if *flagTrace {
		return "trace:\n" + lines(r.outcome.events)
	}
	return "up to there:\n" + lanesOf(events, nil, mostRows) + "   -sim.trace shows all; there is nothing to replay\n"
}

// pattern is the -run that selects one test.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}
