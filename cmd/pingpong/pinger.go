package main

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// sampleEvery says which round trips are timed: reading the clock twice costs a
// good part of what a round trip costs, so timing each would measure the clock.
const sampleEvery = 64

// pinger is the player who serves: a process and what it remembers.
type pinger struct {
	self    *proc.Self[ToPinger]
	card    PingerCard
	ball    *Ball // nil while it is out
	payload int
	partner proc.Pid[ToPonger]
	alone   bool // the partner is known to be gone
}

// newPinger is the body of a pinger that goes on where the card ends that it gets
// from the court.
func newPinger(court proc.Pid[ToCourt], payload int) func(*proc.Self[ToPinger]) error {
	return func(self *proc.Self[ToPinger]) error {
		var nudges uint64
		entry, err := enter(self, court, &nudges, func(reply proc.ReplyTo[PingerEntry]) ToCourt {
			return EnterPinger{Pinger: self.Pid(), Reply: reply}
		})
		if err != nil {
			return err
		}
		p := &pinger{self: self, card: entry.Card, payload: payload}
		p.card.Nudges += nudges
		defer func() { court.Send(p.card) }() // the will: see card.go
		p.face(entry.Partner)
		for {
			for p.card.Returned < p.card.Until {
				if err := p.play(); err != nil {
					return err
				}
			}
			court.Send(p.card)
			p.card.Samples = nil // handed over
			if err := p.nextOrder(); err != nil {
				return err
			}
		}
	}
}

// face makes partner the one to play with. The link interrupts the pinger when
// the partner crashes, whatever it is waiting for then. So it need not wait for
// that too, and a ball is received by its type alone: the cheapest way.
func (p *pinger) face(partner proc.Pid[ToPonger]) {
	p.partner = partner
	p.alone = p.self.Link(partner.ID) != nil // it is dead already, or there is none yet
}

// nextOrder waits for the next Play. All else stays where it is.
func (p *pinger) nextOrder() error {
	for {
		order, err := persist(p.self, &p.card.Nudges, sel.Message[Play]())
		if partnerCrashed(err) {
			p.alone = true // that can wait for the next ball
			continue
		}
		if err != nil {
			return err
		}
		p.card.Until = order.Until
		if p.card.Samples == nil {
			p.card.Samples = make([]time.Duration, 0, (order.Until-p.card.Returned)/sampleEvery+1)
		}
		return nil
	}
}

// play serves the next ball until it has come back.
func (p *pinger) play() error {
	number := p.card.Returned + 1
	timed := number%sampleEvery == 0
	var start time.Time
	if timed {
		start = time.Now()
	}
	for p.card.Returned < number {
		if p.alone {
			if err := p.nextPartner(); err != nil {
				return err
			}
			continue // that one may be gone too by now
		}
		p.serve(number)
		ball, err := p.catch(number)
		if err != nil {
			return err
		}
		if ball != nil {
			p.ball = ball
			p.card.Returned = number
		}
	}
	if timed {
		p.card.Samples = append(p.card.Samples, time.Since(start))
	}
	return nil
}

// catch waits for the ball of that number. It returns nil if the ball has gone
// down with the partner.
func (p *pinger) catch(number uint64) (*Ball, error) {
	for {
		var ball *Ball
		var err error
		if !p.alone {
			ball, err = persist(p.self, &p.card.Nudges, sel.Message[*Ball]())
			p.alone = partnerCrashed(err)
		}
		if p.alone {
			ball, err = p.lastBall()
		}
		if err != nil || ball == nil || ball.Number == number {
			return ball, err
		}
		p.card.Faults++
	}
}

// lastBall returns the ball that the dead partner has still struck back, if any:
// an interrupt comes before any message, so there may be one in the mailbox. The
// ProcessDown of a monitor is a message, and comes after all that the dead has
// sent, even if the monitor is made after the death. So whichever of the two
// is first in the mailbox tells, and no ball is served again that came back.
func (p *pinger) lastBall() (*Ball, error) {
	down := p.self.Monitor(p.partner.ID)
	got, err := persist(p.self, &p.card.Nudges, sel.OneOf(sel.Message[*Ball](), proc.SelectDown(down)))
	p.self.Demonitor(down) // if it was the ball, the ProcessDown goes unread
	ball, _ := got.Left()
	return ball, err
}

// serve sends the ball of that number off: for the first time, or again.
func (p *pinger) serve(number uint64) {
	if p.card.Served == number {
		p.card.Lets++
	}
	p.card.Served = number
	ball := p.ball
	if ball == nil {
		ball = newBall(p.payload)
		ball.Home = p.self.Pid()
	}
	p.ball = nil
	ball.stamp(number)
	p.partner.Send(ball)
}

// nextPartner waits for the court to say who plays instead of the dead one.
func (p *pinger) nextPartner() error {
	next, err := persist(p.self, &p.card.Nudges, sel.Message[Partner]())
	if err != nil {
		return err
	}
	p.face(next.Ponger)
	return nil
}
