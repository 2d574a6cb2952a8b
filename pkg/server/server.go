package server

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Server describes servers of one kind: processes with a state S that are for
// messages of type M and are started with an A. It is made once, as a rule in a
// package-level variable, and starts any number of servers, in any systems.
type Server[S, M, A any] struct {
	kind[S, M]
	init func(*S, *proc.Self[M], A) error
}

// kind is what all servers of a description share.
type kind[S, M any] struct {
	rules    *rules[S, M]
	fallback Fallback
	cleanup  func(*S, *proc.Self[M])
	loop     *proc.Loop[M, instance[S, M]]
	tables   []*table[S, M] // of each phase, the first one first
	started  atomic.Bool    // nothing may be changed any more
}

// New describes servers. Init makes the zero S the state that a server begins with,
// before whoever starts it gets its pid; what it returns is the error of the start.
// Nil does nothing, and has no types to infer: New[S, M, A](nil, ...).
//
// Handlers run one at a time, each to its end, in the order in which messages have
// come: of those that a handler of the present phase is for the first one is taken,
// and the first handler that is for it gets it; others wait. A handler is code of an
// ordinary process: it may call, receive, sleep, start tasks and spawn. What it
// returns says what becomes of the server: nil, it goes on; [Stop], it ends
// normally; [To], it goes on in another phase; an interrupt, see [OnInterrupt]; any
// other error ends it as the error of a body does. A panic ends it with a
// proc.ExitPanic.
//
// New panics if the description cannot be meant: a nil function, or a handler of
// messages or interrupts that is never reached, for those before it take all that it is
// for: in its phase, or, if it is one for all phases, in each.
func New[S, M, A any](init func(state *S, self *proc.Self[M], arg A) error, clauses ...Clause[S, M]) *Server[S, M, A] {
	s := &Server[S, M, A]{init: init}
	s.rules = newRules[S, M]("")
	for _, c := range clauses {
		c.addTo(s.rules)
	}
	s.reachable()
	s.loop = proc.NewLoop(s.turn).Details((*instance[S, M]).phase).
		Crashed((*instance[S, M]).crashed).Timer((*instance[S, M]).timer)
	s.build()
	return s
}

// Unhandled sets what becomes of messages that no handler is for. It must be called
// before the first start. It returns s.
func (s *Server[S, M, A]) Unhandled(f Fallback) *Server[S, M, A] {
	check(s.started.Load(), "Unhandled", "a description of which no server has been started")
	check(f < Refuse || f > Crash, "Unhandled", "one of the fallbacks that there are")
	s.fallback = f
	s.build()
	return s
}

// Finally sets a function that is called when a server ends, whatever the reason,
// unless that is a kill, or an init that has failed. After a shutdown it cannot
// block; context.Cause(self) is the reason then. After a panic the state is as that
// has left it. It must be set before the first start. It returns s.
func (s *Server[S, M, A]) Finally(cleanup func(state *S, self *proc.Self[M])) *Server[S, M, A] {
	check(s.started.Load(), "Finally", "a description of which no server has been started")
	s.cleanup = cleanup
	return s
}

// build makes the tables of the phases.
func (k *kind[S, M]) build() {
	all := k.rules.handlers
	for _, phase := range k.rules.phases {
		all = append(slices.Clip(all), phase.handlers...)
	}
	var handled []sel.Pattern
	for _, h := range all {
		handled = append(handled, h.patterns()...)
	}
	unhandled, refuse := k.fallback.fallback(handled)
	last := &handler[S, M]{handle: func(_ *S, self *proc.Self[M], m any) error { return refuse(self, m) }}
	last.selects = unhandled

	phases := k.rules.phases
	if len(phases) == 0 {
		phases = []*rules[S, M]{newRules[S, M]("")}
	}
	k.tables = nil
	for _, phase := range phases {
		k.tables = append(k.tables, k.rules.table(phase, last))
	}
}

// table joins the rules of a phase with those for all.
func (common *rules[S, M]) table(phase *rules[S, M], last *handler[S, M]) *table[S, M] {
	handlers := slices.Concat(phase.handlers, common.handlers, []*handler[S, M]{last})
	limit := cmp.Or(phase.timeout, common.timeout)
	if limit != nil { // before those that take anything
		handlers = slices.Insert(handlers, 0, &limit.handler)
	}
	t := &table[S, M]{
		phase:      phase.phase,
		interrupts: slices.Concat(phase.interrupts, common.interrupts),
		idle:       common.idle,
		onIdle:     common.onIdle,
		enter:      slices.Concat(common.enter, phase.enter),
		timeout:    limit,
	}
	t.shared.table = t
	if phase.onIdle != nil {
		t.idle, t.onIdle = phase.idle, phase.onIdle
	}
	var all []sel.MessageSelector[any]
	for _, h := range handlers {
		all = append(all, h.selects)
		for range h.patterns() {
			t.handlers = append(t.handlers, h)
		}
	}
	t.cases = sel.Or(all...)
	t.own = t.takesEach()
	return t
}

// takesEach is the alternative that gets each M, if there is one: none before it is
// for any of them. Else it is negative.
func (t *table[S, M]) takesEach() int {
	s := sel.Deliverable[M]()
	ms := patternsOf(&s)[0]
	for i, p := range patternsOf(&t.cases) {
		switch {
		case p.Kind == sel.Nothing:
		case t.timeout != nil && i == 0: // its message is no M of anybody's
		case t.handlers[i].own != nil:
			return i
		case p.Kind != sel.Exactly || ms.Kind != sel.Exactly || p.Type == ms.Type:
			return -1
		}
	}
	return -1
}
