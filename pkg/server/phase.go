package server

import (
	"fmt"
	"slices"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Phase is what a server is at: what is called a state in state machines. In each
// phase it has a set of handlers. Phases are best constants:
//
//	const (
//		connecting server.Phase = "connecting"
//		connected  server.Phase = "connected"
//	)
type Phase string

// In gives clauses for one phase. They come before those that are given for all
// phases. The first phase of a description is the one in which servers start.
func In[S, M any](phase Phase, clauses ...Clause[S, M]) Clause[S, M] {
	return Clause[S, M]{func(to *rules[S, M]) {
		check(to.phase != "", "In", "to be a clause of New, not of another In")
		check(phase == "", "In", "a phase that is not empty")
		at := slices.IndexFunc(to.phases, func(r *rules[S, M]) bool { return r.phase == phase })
		if at < 0 {
			at = len(to.phases)
			to.phases = append(to.phases, newRules[S, M](phase))
		}
		for _, c := range clauses {
			c.addTo(to.phases[at])
		}
	}}
}

func (c Clause[S, M]) addTo(r *rules[S, M]) {
	check(c.add == nil, "New", "clauses that one of its functions has made")
	c.add(r)
}

func newRules[S, M any](phase Phase) *rules[S, M] {
	r := &rules[S, M]{phase: phase, idle: -1}
	if phase != "" {
		r.where = " in phase " + string(phase)
	}
	return r
}

// To is what a handler returns to switch to another phase. The switch is made when
// the handler has returned; what waits in the mailbox that the new phase handles
// is received then, in its order. To the present phase it does nothing. It must be
// returned as it is: wrapped, it is an error like others.
func To(phase Phase) error { return transition(phase) }

type transition Phase

func (t transition) Error() string {
	return "to phase " + string(t) + ": return this error from a handler of a server"
}

// Stop is what a handler returns to end the server normally. It must be returned as
// it is: wrapped, it is an error like others.
var Stop error = stop{}

type stop struct{}

func (stop) Error() string {
	return "the server is to stop: return this error from one of its handlers"
}

// isControl reports whether err says what the server is to do next.
func isControl(err error) bool {
	return err == Stop || goesOn(err)
}

// goesOn reports whether the process goes on when a clause has returned err: in this
// phase or another one, or as another server.
func goesOn(err error) bool {
	_, enters := proc.Entered(err)
	return !ends(err) || enters
}

// ends reports whether what a clause has returned ends the server, if not its process.
func ends(err error) bool {
	_, switches := err.(transition)
	return err != nil && !switches
}

// PhaseOf is the phase in which a server is at present: for its handlers, and for
// functions that they call. While a handler runs it does not change, whatever that is
// going to return. It is empty where there are no phases, and of a process that is no
// server. Of other processes Info tells it, as Details.
func PhaseOf(self proc.Receiver) Phase {
	if in, ok := proc.LoopState(self).(interface{ phase() string }); ok {
		return Phase(in.phase())
	}
	return ""
}

// UnknownPhase is why a server ends that is to switch to a phase which it does not
// have.
type UnknownPhase struct {
	Phase Phase
	Known []Phase
}

func (e UnknownPhase) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("cannot switch to phase %q: the server has no phases", e.Phase)
	}
	return fmt.Sprintf("cannot switch to phase %q: the phases are %q", e.Phase, e.Known)
}

// table is what a server does in one phase. It is shared by all servers of a
// description.
type table[S, M any] struct {
	phase      Phase
	cases      sel.MessageSelector[any]
	handlers   []*handler[S, M] // of each alternative of cases
	own        int              // the alternative that gets each M; negative: it depends on the M
	interrupts []interrupt[S, M]
	idle       time.Duration
	onIdle     func(*S, *proc.Self[M]) error
	enter      []func(*S, *proc.Self[M], Phase) error
	timeout    *timeout[S, M] // nil: none
	shared     place[S, M]    // of all that are in the phase and have nothing of their own
}
