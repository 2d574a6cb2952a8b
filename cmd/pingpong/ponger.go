package main

import (
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// newPonger is the body of a ponger that goes on where the card ends that it gets
// from the court.
func newPonger(court proc.Pid[ToCourt]) func(*proc.Self[ToPonger]) error {
	return func(self *proc.Self[ToPonger]) error {
		var nudges uint64
		card, err := enter(self, court, &nudges, func(reply proc.ReplyTo[PongerCard]) ToCourt {
			return EnterPonger{Ponger: self.Pid(), Reply: reply}
		})
		if err != nil {
			return err
		}
		card.Nudges += nudges
		defer func() { court.Send(card) }() // the will: see card.go
		return strikeBack(self, &card)
	}
}

// strikeBack strikes each ball back to where the ball says that it comes from, so
// a ponger need not be told when it gets another pinger.
func strikeBack(self *proc.Self[ToPonger], card *PongerCard) error {
	balls := sel.Message[*Ball]()
	for {
		ball, err := persist(self, &card.Nudges, balls)
		if partnerCrashed(err) {
			continue // who plays instead will be on the next ball
		}
		if err != nil {
			return err
		}
		card.count(ball)
		ball.Home.Send(ball)
	}
}

// count enters a ball. The numbers come one by one; only the last one may come
// again, when the pinger could not know that it had been struck back.
func (c *PongerCard) count(ball *Ball) {
	switch {
	case !ball.intact():
		c.Faults++
	case ball.Number == c.Struck+1:
		c.Struck++
	case ball.Number == c.Struck:
		c.Again++
	default:
		c.Faults++
	}
}
