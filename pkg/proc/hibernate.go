package proc

import (
	"context"
	"time"

	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// ReceiveOrHibernate is [Receive], with a limit if d is not negative, for the
// function of a [Loop]. When nothing has come for a moment, or too many others of
// the system wait as well, its error is [Hibernate], and the function is to
// return that. It is then called again once there is a message of a type that s
// can accept, an interrupt, a shutdown, or the end of d: the time of the
// hibernation counts, if the next ReceiveOrHibernate has the same d, and so does
// the time before a message that is given up by [Refuse]. A receive that has refused
// a message of such a type keeps the goroutine, so that each message is tested once.
// Elsewhere than in a loop the error never is Hibernate.
//
// If own is not nil, it must be what s makes of any M: one that comes while the
// process waits then need not be made an any, which saves an allocation.
func ReceiveOrHibernate[M, T any](self *Self[M], d time.Duration, s sel.MessageSelector[T], own func(M) T) (T, error) {
	var v T
	one, many := s.Index()
	which, message, why := self.receiveInLoop(d, one, many, own != nil, func(i int, message any) (any, bool) {
		var ok bool
		v, ok = s.MatchAlternative(i, message)
		return nil, ok
	})
	switch {
	case why == context.DeadlineExceeded:
		var none T
		return none, TimeoutInterrupt{After: d}
	case why != nil:
		var none T // also if it was interrupted in the midst of a choice
		return none, why
	case which == inHand:
		return own(takeOwn[M](&self.Process)), nil
	case message != nil: // the alternative is its type, and a T is the message
		v, _ = message.(T)
	}
	return v, nil
}

// ReceiveCase is [ReceiveOrHibernate] for who does different things with the
// messages of different alternatives: which is the one that has accepted the
// message, as numbered by the selector's Index. Alternatives that are plain types,
// as of sel.Raw, cost no call of a function. The end of d is a
// context.DeadlineExceeded, as it is: an interrupt, which has come from outside, may
// be a TimeoutInterrupt.
//
// If own is not negative, it must be an alternative that is the first to accept any
// M, as it is. With which == own the message may then not be returned, but be in the
// process's hand: [Self.Own] takes it, and is to be called at once.
func (s *Self[M]) ReceiveCase(d time.Duration, from *sel.MessageSelector[any], own int) (which int, message any, err error) {
	one, many := from.Index()
	which, message, err = s.receiveInLoop(d, one, many, own >= 0, from.MatchAlternative)
	if which == inHand {
		which = own
	}
	return which, message, err
}

// Own takes the message that [Self.ReceiveCase] has left in the process's hand; ok
// is false if there is none, and the message has been returned.
func (s *Self[M]) Own() (m M, ok bool) {
	if !s.full {
		return m, false
	}
	return takeOwn[M](&s.Process), true
}

// inHand is the alternative of a message that is in the hand of the process.
const inHand = -1

// receiveInLoop receives, or asks to hibernate. Match applies an alternative that is
// not certain. With direct the message may be left in the hand.
func (p *Process) receiveInLoop(d time.Duration, one sel.Pattern, many []sel.Pattern, direct bool, match func(which int, message any) (any, bool)) (which int, message any, why error) {
	l := p.resumed(d)
	if p.asked { // and it has not done that
		p.asked, p.used = false, true
	}
	if !direct {
		p.emptyHand()
	}
	// As long as nothing has been gathered that has to be looked at, the process waits
	// without a cursor, and where it parks there are few frames.
	for !p.box.Holds() {
		if why := p.attend(); why != nil {
			return 0, nil, why
		}
		if p.full {
			p.receivedInHand(&l)
			return inHand, nil, nil
		}
		p.mustNotChoose()
		p.looked(one, many)
		p.Lock()
		if p.ctl.Load() != 0 || !p.box.Nothing() && p.box.Gather() {
			p.Unlock()
			continue
		}
		if !p.warm || !p.used || l.expired {
			p.Unlock()
			break
		}
		p.want(one, many)
		p.lingers, p.direct = true, direct && p.form == boxed
		p.enter(Receiving)
		p.park(&l)
		if p.cause == byCooling {
			p.used = false
		}
	}
	if p.ctl.Load() == 0 && !p.full {
		if which, message, of, ok := p.box.TakeOnly(one, many); ok {
			p.received(message, of, &l, one, many)
			return which, message, nil
		}
	}
	return p.searchInLoop(&l, one, many, direct, match)
}

// received notes what has been received in a loop, by a receive with the limit l:
// the message, and what its envelope belongs to.
func (p *Process) received(message, of any, l *limit, one sel.Pattern, many []sel.Pattern) {
	p.used = true
	p.taken(message, one, many)
	p.resumable(l)
	p.answers(of)
}

// receivedInHand is received for the message that is in the hand.
func (p *Process) receivedInHand(l *limit) {
	p.used = true
	c := p.hand.call
	if p.trails {
		p.forget()
	}
	p.resumable(l)
	if c != nil {
		p.hand.call, p.trails = c, true
	}
}

// resumable keeps the limit of a receive in a loop, for what it has received may be
// refused.
func (p *Process) resumable(l *limit) {
	if l.after > 0 && p.alarm != nil {
		p.alarm.past = *l
		p.trails = true
	}
}

// searchInLoop is receiveInLoop where messages have to be looked at.
//
//go:noinline
func (p *Process) searchInLoop(l *limit, one sel.Pattern, many []sel.Pattern, direct bool, match func(which int, message any) (any, bool)) (which int, message any, why error) {
	c := p.cursor()
	c.Begin(&p.box, one, many)
	refused := false // something that after hibernation would be looked at again
	for {
		if why := p.attend(); why != nil {
			p.endCursor(c)
			return 0, nil, why
		}
		if p.full {
			p.receivedInHand(l)
			p.endCursor(c)
			return inHand, nil, nil
		}
		if message, ok := c.Next(); ok {
			p.looked(one, many)
			if which, v, ok := p.choose(c, one, many, message, match); ok {
				p.received(message, c.Of(), l, one, many)
				p.endCursor(c)
				return which, v, nil
			}
			refused = true
			continue
		}
		p.looked(one, many)
		p.Lock()
		if p.ctl.Load() != 0 || p.gather(l) {
			p.Unlock()
			continue
		}
		p.want(one, many)
		if why := p.parkInLoop(l, c, direct && p.form == boxed, refused); why != nil {
			if why != Hibernate {
				p.endCursor(c)
			}
			return 0, nil, why
		}
	}
}

// choose takes the present candidate of c if an alternative accepts it.
func (p *Process) choose(c *mailbox.Cursor, one sel.Pattern, many []sel.Pattern, message any, match func(which int, message any) (any, bool)) (which int, v any, ok bool) {
	p.choosing = true
	defer p.chosen()
	for i := range max(1, len(many)) {
		if !c.Admits(i) {
			continue
		}
		certain := one.Certain
		if many != nil {
			certain = many[i].Certain
		}
		v, ok := message, true
		if !certain {
			v, ok = match(i, message)
		}
		if ok {
			// It may have been dropped to make room, or the process been killed.
			return i, v, c.Accept()
		}
	}
	return 0, nil, false
}

// parkInLoop parks p, or says why not: the limit has expired, or it may not keep
// its goroutine. It does keep that if the receive has refused something. The lock
// must be held; it is not when parkInLoop returns.
func (p *Process) parkInLoop(l *limit, c *mailbox.Cursor, direct, refused bool) error {
	switch {
	case l.expired:
		p.box.PutBack()
		p.Unlock()
		return context.DeadlineExceeded
	case p.in == nil || refused:
	case !p.used:
		c.Leave()
		p.spare, p.asked = c, true
		if l.after > 0 {
			p.keepLimit(l)
		}
		p.Unlock()
		return Hibernate
	case !p.warm:
		p.Unlock()
		p.sys.warm.add(p)
		return nil // look again, before it parks
	default:
		p.lingers = true
	}
	p.direct = direct
	p.parkWithin(Receiving, l)
	if p.cause == byCooling {
		p.used = false
	}
	return nil
}

// keepLimit keeps the limit of a receive over a hibernation. The lock must be held.
func (p *Process) keepLimit(l *limit) {
	if p.alarm == nil {
		p.alarm = new(alarm)
	}
	p.begin(l, p.sys.clock.elapsed())
	p.alarm.resume = *l
	p.trails = true
}

// beginLimit has the next receive of a loop begin its limit anew.
func (p *Process) beginLimit() {
	if a := p.alarm; a != nil {
		a.resume, a.past = limit{}, limit{}
	}
}

// resumed is the limit of a receive: the one before the hibernation, or before what
// has been refused, if there has been one for it.
func (p *Process) resumed(d time.Duration) limit {
	l := noLimit
	if d >= 0 {
		l = within(d)
	}
	if a := p.alarm; a != nil {
		if a.resume.after > 0 && a.resume.after == d {
			l = a.resume
		}
		a.resume, a.past = limit{}, limit{}
	}
	return l
}
