package sim

import (
	"github.com/harkgo/hark/internal/seam"
)

// flight is something that one party does to another one, and that has not been
// performed yet.
type flight struct {
	from   *party
	kind   seam.Kind
	what   any
	effect func()
	seal   *seal
}

// pair is what is under way from one party to another one, in order. To perform
// the first of it is a step of its own.
type pair struct {
	actor    int
	from, to *party
	queue    []flight
}

func (s *scheduler) pair(from, to *party) *pair {
	key := [2]*party{from, to}
	p := s.pairs[key]
	if p == nil {
		p = &pair{actor: s.newActor(), from: from, to: to}
		s.pairs[key] = p
	}
	return p
}

func (s *scheduler) Deliver(from, to *seam.Waiter, kind seam.Kind, what any, effect func()) {
	if kind == seam.Tick {
		if s.has() {
			s.unseal(s.partyOf(to), what) // it is the receiver's own, or as good as
			s.note(event{kind: eventTicks, a: s.actor(), b: s.partyOf(to), what: typeOf(what)})
		}
		effect()
		return
	}
	t := s.enter()
	if s.aborted {
		return
	}
	sender, receiver := s.actor(), s.partyOf(to)
	if from != nil {
		sender = s.partyOf(from)
	}
	f := flight{from: sender, kind: kind, what: what, effect: effect, seal: s.sealed(sender, receiver, kind, what)}
	// What somebody does to itself is done. When an end is told, all that the
	// process had sent has been told: also if it was killed, by somebody else.
	if s.instant || sender == receiver || kind == seam.ExitFired {
		s.point(t)
		s.flush(sender, receiver)
		s.note(event{kind: eventArrives, a: sender, b: receiver, what: typeOf(what), of: kind})
		s.sealArrives(f.seal)
		effect()
		s.sealHanded(f.seal, kind)
		return
	}
	s.note(event{kind: eventSends, a: sender, b: receiver, what: typeOf(what), of: kind})
	p := s.pair(sender, receiver)
	if p.queue = append(p.queue, f); len(p.queue) == 1 {
		s.under = append(s.under, p)
	}
	s.point(t)
}

func (s *scheduler) Arrive(to *seam.Waiter, what any) {
	s.enter()
	from, receiver := s.actor(), s.partyOf(to)
	s.flush(from, receiver)
	s.sealArrives(s.sealed(from, receiver, seam.Message, what))
}

// flush performs all that is under way from one party to another one.
func (s *scheduler) flush(from, to *party) {
	if s.effect != nil {
		return // what it is about is the first of its pair
	}
	for p := s.pairs[[2]*party{from, to}]; p != nil && len(p.queue) > 0; {
		s.arrival(p)
	}
}

// arrival performs the first of a pair. It runs on the goroutine of whoever makes
// the choice, and in the name of the sender.
func (s *scheduler) arrival(p *pair) {
	f := p.queue[0]
	p.queue[0] = flight{}
	if p.queue = p.queue[1:]; len(p.queue) == 0 {
		p.queue = nil
		for i, other := range s.under {
			if other == p {
				s.under = append(s.under[:i], s.under[i+1:]...)
				break
			}
		}
	}
	s.note(event{kind: eventArrives, a: p.from, b: p.to, what: typeOf(f.what), of: f.kind})
	s.sealArrives(f.seal)
	s.perform(&f)
	s.sealHanded(f.seal, f.kind)
}

// perform performs an effect. Nobody else runs meanwhile.
func (s *scheduler) perform(f *flight) {
	outer := s.effect
	s.effect = f
	defer func() {
		s.effect = outer
		if value := recover(); value != nil {
			s.fail(failurePanic, "panic while something arrives from %s: %v\n%s", f.from, value, stackOfPanic())
		}
	}()
	f.effect()
}
