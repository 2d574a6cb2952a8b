package proc

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/sel"
)

// What a simulator needs beside the seam: more places where others may run, the
// same order whenever something is done to many, and words about processes.

// step lets others run, in a simulation, before something is done to another
// process that takes effect at once. No lock may be held.
func (s *System) step() {
	if s.steps != nil {
		s.steps.Step()
	}
}

// know introduces p to a simulator.
func (s *System) know(p *Process) {
	if s.steps != nil {
		p.tells = true
		s.steps.Known(&p.Waiter, subject{p})
	}
}

// catchUp is called before a message is put into the mailbox of p at once, which
// must not overtake what the caller has sent before.
func (p *Process) catchUp(message any) {
	if p.sys.steps != nil {
		p.sys.steps.Step()
		p.sys.steps.Arrive(&p.Waiter, message)
	}
}

// touched says, in a simulation, that something of the thread is read or changed, by
// whoever runs. That is called wherever that may be somebody else, and nothing is
// delivered.
func (t *thread) touched() {
	if t.sys.steps != nil {
		t.sys.steps.Touch(&t.Waiter)
	}
}

// touched says, in a simulation, that whoever runs reads or changes something that
// may concern anybody.
func (s *System) touched() {
	if s.steps != nil {
		s.steps.Touch(nil)
	}
}

// tellLost makes the hook of dead letters tell a simulator, too.
func (s *System) tellLost() {
	if s.steps == nil {
		return
	}
	hook := s.hook
	s.shows = hook != nil
	s.hook = func(l DeadLetter) {
		var to *seam.Waiter
		if p := l.To.local(); p != nil {
			to = &p.Waiter
		}
		s.steps.Lost(to, l.Message, l.Reason)
		if hook != nil {
			hook(l)
		}
	}
}

// In a simulation, what is done to all of a set is done in an order.
func byNumber(a, b *Process) int { return cmp.Compare(a.number, b.number) }
func byRef(a, b *timer) int      { return cmp.Compare(a.ref.number, b.ref.number) }

// awaitDone waits until p is done, whose end somebody else has begun that waits
// for nothing.
func (p *Process) awaitDone() {
	if p.sys.steps == nil {
		<-p.doneChannel()
		return
	}
	o := op{ctx: context.Background(), sys: p.sys}
	j := p.join(o.thread())
	o.wait(Awaiting, func() bool { return j.ended }, nil)
}

// subject is what a simulator knows of a process. Nobody runs when it asks.
type subject struct{ p *Process }

func (s subject) Name() string { return s.p.name() }

// Waits is what the process waits for.
func (s subject) Waits() string {
	p := s.p
	switch State(p.state) {
	case Receiving:
		waits := "receives " + p.wantedTypes()
		if n := p.box.Len(); n > 0 {
			waits += ", with " + strconv.Itoa(n) + " others in its mailbox"
		}
		return waits
	case Calling:
		if c := p.calling.Load(); c != nil {
			return "calls " + c.target.name()
		}
		return "waits for a task, or for room in a mailbox"
	case Sleeping:
		return "sleeps"
	case Awaiting:
		if m := p.more.Load(); m != nil && p.phase.Load() == phaseEnded && len(m.children) > 0 {
			return "waits for the processes that it owns to end"
		}
		return "waits for another process to end"
	}
	return "waits"
}

// InHand reports whether a message has been put into its hand, which it receives when it
// goes on.
func (s subject) InHand() bool { return s.p.full }

// Unread shows what the process has not received. It takes no lock: somebody may have
// panicked with it.
func (s subject) Unread(see func(of reflect.Type, n int, byRuntime bool)) {
	p := s.p
	if p.full {
		see(p.of.Reflect(), 1, false)
	}
	for t, n := range p.box.Census() {
		of := t.Reflect()
		see(of, n, of != nil && isRuntimes(of))
	}
}

// wantedTypes are the types of the messages that p is parked for.
func (p *Process) wantedTypes() string {
	var types []string
	for _, pattern := range p.wanted() {
		if t := wantedType(pattern); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return strings.Join(types, " or ")
}

func wantedType(pattern sel.Pattern) string {
	switch pattern.Kind {
	case sel.Everything:
		return "anything"
	case sel.Others:
		return "what others do not"
	}
	return pattern.Type.Reflect().String()
}
