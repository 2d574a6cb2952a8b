package sim

import (
	"time"

	"github.com/harkgo/hark/internal/seam"
)

// flight is something that one party does to another one, and that has not been
// performed yet.
type flight struct {
	from   *party
	kind   seam.Kind
	what   any
	effect func()
	cause  int32         // the event of its sending
	lost   func()        // instead of effect; may be nil
	step   int           // in which it was sent, for the explorer
	since  time.Duration // when that was
	seal   *seal
}

// pair is what is under way from one party to another one, in order. To perform
// the first of it is a step of its own.
type pair struct {
	actor    int
	key      key
	from, to *party
	queue    []flight
	held     *timer // until then nothing arrives
}

func (s *scheduler) pair(from, to *party) *pair {
	key := [2]*party{from, to}
	p := s.pairs[key]
	if p == nil {
		p = &pair{actor: s.newActor(), key: keyOf(int(from.key), int(to.key)), from: from, to: to}
		s.pairs[key] = p
	}
	return p
}

func (s *scheduler) Deliver(from, to *seam.Waiter, kind seam.Kind, what any, effect func()) {
	if kind == seam.Tick {
		if s.has() {
			s.unseal(s.partyOf(to), what) // it is the receiver's own, or as good as
			s.note(event{kind: eventTicks, a: s.actor(), b: s.partyOf(to), what: typeOf(what), text: s.shown(&flight{kind: kind, what: what})})
			s.touchParty(s.partyOf(to))
		}
		effect()
		if s.faulty() && s.has() {
			s.moment(s.partyOf(to), momentGets, "", what)
		}
		return
	}
	t := s.enter()
	if s.aborted {
		return
	}
	sender := s.actor()
	if from != nil {
		sender = s.partyOf(from)
	}
	s.send(t, s.partyOf(to), flight{from: sender, kind: kind, what: what, effect: effect})
}

func (s *scheduler) Answer(to *seam.Waiter, what any, effect, lost func()) {
	t := s.enter()
	if s.aborted {
		return
	}
	s.send(t, s.partyOf(to), flight{from: s.actor(), kind: seam.Reply, what: what, effect: effect, lost: lost})
}

// send puts f under way, on the thread t.
func (s *scheduler) send(t *thread, receiver *party, f flight) {
	sender, kind := f.from, f.kind
	f.seal = s.sealed(sender, receiver, kind, f.what)
	hit := s.faulty() && sender == t.party && (kind == seam.Message || kind == seam.Reply)
	if hit {
		s.tells(t, receiver, kind == seam.Reply, f.lost)
	}
	// What somebody does to itself is done. When an end is told, all that the
	// process had sent has been told: also if it was killed, by somebody else.
	atOnce := sender == receiver || kind == seam.ExitFired || s.instant && !s.holdsBack(f, receiver)
	if atOnce {
		s.point(t)
		s.touchThread(sender)
		s.touchMessage(receiver, kind, f.what)
		s.flush(sender, receiver)
		outer := s.cause
		if s.faulty() {
			s.landFaulty(f, receiver, f.effect)
		} else {
			s.noteArrival(f, receiver)
			s.sealArrives(f.seal)
			f.effect()
			s.sealHanded(f.seal, kind)
		}
		s.cause = outer
	} else {
		s.note(event{kind: eventSends, a: sender, b: receiver, what: typeOf(f.what), of: kind, text: s.shown(&f)})
		f.cause, f.since = int32(len(s.events)), s.now
		if s.explorer != nil {
			f.step = s.explorer.step - 1
		}
		p := s.pair(sender, receiver)
		if p.queue = append(p.queue, f); len(p.queue) == 1 && p.held == nil {
			s.under = append(s.under, p)
		}
	}
	if hit {
		s.moment(sender, momentSends, "", f.what)
	}
	if !atOnce || len(s.urgent) > 0 {
		s.point(t)
	}
	if hit {
		s.crashes(t, false, nil)
	}
}

func (s *scheduler) Arrive(to *seam.Waiter, what any) {
	t := s.enter()
	if s.aborted {
		return
	}
	sender, receiver := s.actor(), s.partyOf(to)
	s.touchParty(sender)
	s.touchParty(receiver)
	if s.faulty() {
		s.tells(t, receiver, false, nil)
	}
	s.flush(sender, receiver)
	s.sealArrives(s.sealed(sender, receiver, seam.Message, what))
	if s.faulty() {
		s.fill(receiver, what)
		s.moment(sender, momentSends, "", what)
	}
}

// flush performs all that is under way from one party to another one.
func (s *scheduler) flush(from, to *party) {
	if s.effect != nil {
		return // what it is about is the first of its pair
	}
	outer := s.cause
	for p := s.pairs[[2]*party{from, to}]; p != nil && len(p.queue) > 0; {
		s.arrival(p)
	}
	s.cause = outer
}

// arrival performs the first of a pair. It runs on the goroutine of whoever makes
// the choice, and in the name of the sender.
func (s *scheduler) arrival(p *pair) {
	f := p.queue[0]
	if s.explorer != nil {
		s.explorer.causes = append(s.explorer.causes, f.step)
		s.touchActor(p.actor)
		s.touchMessage(p.to, f.kind, f.what)
	}
	p.queue[0] = flight{}
	if p.queue = p.queue[1:]; len(p.queue) == 0 {
		p.queue = nil
		s.under = without(s.under, p)
		if p.held != nil { // what comes before an end is not held up
			p.held.Stop()
			p.held = nil
		}
	}
	if s.faulty() {
		s.landFaulty(f, p.to, func() { s.perform(&f) })
		return
	}
	s.noteArrival(f, p.to)
	s.sealArrives(f.seal)
	s.perform(&f)
	s.sealHanded(f.seal, f.kind)
}

func without(pairs []*pair, p *pair) []*pair {
	for i, other := range pairs {
		if other == p {
			return append(pairs[:i], pairs[i+1:]...)
		}
	}
	return pairs
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
