package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Score is a court's book at the end of the game.
type Score struct {
	Pinger     PingerCard
	Ponger     PongerCard
	ShutDown   uint64 // players that were shut down, and replaced
	TrippedOut uint64 // players that panicked, and were replaced
}

// errShutDown is the reason that the gremlin shuts players down with.
var errShutDown = errors.New("shut down by the gremlin")

// courtInbox takes what is sent to a court and the deaths of its players, in
// the order they came. A selector is data: it can be made once, for all.
var courtInbox = sel.OneOf(sel.Message[ToCourt](), sel.Message[proc.ProcessDown]())

// court is the referee of one pair. Who plays is not its business but the
// supervisor's (see league.go): players come and enter. The court monitors them,
// keeps the cards that they hand in, and lets the next one go on where the dead
// one's card ends.
type court struct {
	self    *proc.Self[ToCourt]
	game    proc.Pid[ToGame]
	backlog int

	pinger seat[ToPinger, EnterPinger]
	ponger seat[ToPonger, EnterPonger]

	score   Score
	until   uint64          // balls asked for
	told    uint64          // balls that the game has been told of
	samples []time.Duration // not passed on yet
}

// seat is the place of one player.
type seat[M, E any] struct {
	player proc.Pid[M]
	down   proc.MonitorRef
	taken  bool
	next   *E // enters as soon as the end of the one before has been seen
}

func newCourt(game proc.Pid[ToGame], backlog int) func(*proc.Self[ToCourt]) error {
	return func(self *proc.Self[ToCourt]) error {
		// A court that crashes has lost its book: the game is over.
		if err := self.Link(game.ID); err != nil {
			return err
		}
		c := &court{self: self, game: game, backlog: backlog}
		for {
			got, err := proc.Receive(self, courtInbox)
			if _, ok := err.(proc.NormalExitRequested); ok {
				return c.close()
			}
			if err != nil {
				return err
			}
			if err := c.handle(got); err != nil {
				return err
			}
		}
	}
}

// close is the end of the game. The supervisor ends the players first, so their
// cards are on the way: each comes before the ProcessDown of its player.
func (c *court) close() error {
	for c.pinger.taken || c.ponger.taken {
		down, err := proc.Receive(c.self, courtInbox)
		if err != nil {
			return err
		}
		if err := c.handle(down); err != nil {
			return err
		}
	}
	c.game.Send(c.score)
	return nil
}

func (c *court) handle(got sel.Either[ToCourt, proc.ProcessDown]) error {
	if down, ok := got.Right(); ok {
		return c.left(down)
	}
	message, _ := got.Left()
	switch m := message.(type) {
	case Play:
		c.until = m.Until
		c.pinger.player.Send(m)
	case EnterPinger:
		c.enterPinger(m)
	case EnterPonger:
		c.enterPonger(m)
	case PingerCard:
		c.samples = append(c.samples, m.Samples...)
		m.Samples = nil
		c.score.Pinger = m
		if m.Returned == c.until && c.told < c.until {
			c.told = c.until
			c.game.Send(Played{Samples: c.samples})
			c.samples = nil
		}
	case PongerCard:
		c.score.Ponger = m
	case Who:
		m.Reply.Reply(Players{Pinger: c.pinger.player.ID, Ponger: c.ponger.player.ID})
	}
	return nil
}

// enterPinger gives a pinger the card to go on with. It may ask again, if
// it was interrupted before it had the answer. The card of the one before is in
// once its end has been seen: it was sent before the death.
func (c *court) enterPinger(m EnterPinger) {
	switch again := c.pinger.player == m.Pinger; {
	case c.pinger.taken && !again:
		c.pinger.next = &m
		return
	case !again:
		c.pinger.take(c.self, m.Pinger)
		jeer[ToPinger](m.Pinger, Heckle{"boo"}, c.backlog)
	}
	card := c.score.Pinger
	card.Until = c.until
	m.Reply.Reply(PingerEntry{Card: card, Partner: c.ponger.player})
}

// enterPonger is enterPinger for the other side. The pinger learns of the death
// of its partner by the link between the two, and then waits to be told who
// plays instead.
func (c *court) enterPonger(m EnterPonger) {
	switch again := c.ponger.player == m.Ponger; {
	case c.ponger.taken && !again:
		c.ponger.next = &m
		return
	case !again:
		c.ponger.take(c.self, m.Ponger)
		jeer[ToPonger](m.Ponger, Heckle{"boo"}, c.backlog)
		c.pinger.player.Send(Partner{Ponger: m.Ponger})
	}
	m.Reply.Reply(c.score.Ponger)
}

func (s *seat[M, E]) take(self proc.Receiver, player proc.Pid[M]) {
	s.player, s.taken = player, true
	s.down = self.Monitor(player.ID)
}

// left is told that a player has ended. Who waits for the seat enters.
func (c *court) left(down proc.ProcessDown) error {
	if err := c.record(down.Reason); err != nil {
		return err
	}
	switch down.Ref {
	case c.pinger.down:
		if next := c.pinger.leave(); next != nil {
			c.enterPinger(*next)
		}
	case c.ponger.down:
		if next := c.ponger.leave(); next != nil {
			c.enterPonger(*next)
		}
	}
	return nil
}

func (s *seat[M, E]) leave() (next *E) {
	next, s.next, s.taken = s.next, nil, false
	return next
}

// record enters what a player died of. A reason that is none of ours is not
// played over: it ends the court, and by its link the game.
func (c *court) record(reason proc.ShutdownReason) error {
	_, panicked := reason.(proc.ExitPanic)
	switch {
	case panicked:
		c.score.TrippedOut++
	case errors.Is(reason, errShutDown):
		c.score.ShutDown++
	case reason.Severity() == proc.Crash:
		return fmt.Errorf("a player ended unexpectedly: %w", reason)
	}
	return nil
}

// jeer queues n messages that their receiver never asks for.
func jeer[M any](player proc.Pid[M], message M, n int) {
	for range n {
		player.Send(message)
	}
}
