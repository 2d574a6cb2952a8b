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

// court is the referee of one pair. It spawns the two players, monitors them,
// keeps the cards that they hand in, and puts others in for those that die.
type court struct {
	self    *proc.Self[ToCourt]
	game    proc.Pid[ToGame]
	payload int
	backlog int

	pinger     proc.Pid[ToPinger]
	ponger     proc.Pid[ToPonger]
	pingerDown proc.MonitorRef
	pongerDown proc.MonitorRef

	score   Score
	until   uint64          // balls asked for
	told    uint64          // balls that the game has been told of
	samples []time.Duration // not passed on yet
	ending  bool
	gone    int // players that have gone home
}

func newCourt(game proc.Pid[ToGame], payload, backlog int) func(*proc.Self[ToCourt]) error {
	return func(self *proc.Self[ToCourt]) error {
		c := &court{self: self, game: game, payload: payload, backlog: backlog}
		c.hirePonger()
		c.hirePinger()
		for {
			got, err := proc.Receive(self, courtInbox)
			if err != nil {
				return err
			}
			if down, ok := got.Right(); ok {
				err = c.replace(down)
			} else {
				message, _ := got.Left()
				c.handle(message)
			}
			if err != nil {
				return err
			}
			if c.gone == 2 {
				c.game.Send(c.score)
				return nil
			}
		}
	}
}

func (c *court) handle(message ToCourt) {
	switch m := message.(type) {
	case Play:
		c.until = m.Until
		c.pinger.Send(m)
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
		m.Reply.Reply(Players{Pinger: c.pinger.ID, Ponger: c.ponger.ID})
	case End:
		c.ending = true
		c.pinger.Interrupt(proc.NormalExitRequested{})
		c.ponger.Interrupt(proc.NormalExitRequested{})
	}
}

// replace puts another player in for the dead one, which goes on where the dead
// one's card ends: that card is in by now, since it was sent before the death.
func (c *court) replace(down proc.ProcessDown) error {
	if errors.Is(down.Reason, proc.ErrStopping) {
		return nil // nobody is hired any more; the court's own end is near
	}
	if err := c.record(down.Reason); err != nil {
		return err
	}
	switch {
	case c.ending:
		c.gone++
	case down.Ref == c.pingerDown:
		c.hirePinger()
	default:
		c.hirePonger()
		// The pinger learns of the death by the link between the two, and then
		// waits for this. To which pinger it goes makes no difference: one that
		// is hired later is told from the start.
		c.pinger.Send(Partner{Ponger: c.ponger})
	}
	return nil
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
	case reason.Severity() == proc.Crash || !c.ending:
		return fmt.Errorf("a player ended unexpectedly: %w", reason)
	}
	return nil
}

func (c *court) hirePinger() {
	card := c.score.Pinger
	card.Until = c.until
	c.pinger, c.pingerDown = proc.SpawnMonitor(c.self,
		newPinger(card, c.payload, c.self.Pid(), c.ponger), proc.Owned(), proc.Titled("pinger"))
	jeer[ToPinger](c.pinger, Heckle{"boo"}, c.backlog)
}

func (c *court) hirePonger() {
	c.ponger, c.pongerDown = proc.SpawnMonitor(c.self,
		newPonger(c.score.Ponger, c.self.Pid()), proc.Owned(), proc.Titled("ponger"))
	jeer[ToPonger](c.ponger, Heckle{"boo"}, c.backlog)
}

// jeer queues n messages that their receiver never asks for.
func jeer[M any](player proc.Pid[M], message M, n int) {
	for range n {
		player.Send(message)
	}
}
