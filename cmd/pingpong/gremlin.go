package main

import (
	"math/rand/v2"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Mischief is what the gremlin has done. Not every strike hits: the player may
// be dead by the time, or die of another strike before it sees this one.
type Mischief struct {
	Nudges    uint64
	Trips     uint64
	Shutdowns uint64
}

func (m Mischief) strikes() uint64 { return m.Nudges + m.Trips + m.Shutdowns }

const fewestStrikes = 20

// gremlin strikes players at random until it is told that it is enough.
type gremlin struct {
	self   *proc.Self[ToGremlin]
	courts []proc.Pid[ToCourt]
	dice   *rand.Rand
	done   Mischief
}

// newGremlin is the body of a gremlin that waits twice pause at most, and pause
// on average, from one strike to the next. The seed fixes what it does to whom;
// what the players are doing at that moment is up to the scheduler.
func newGremlin(game proc.Pid[ToGame], courts []proc.Pid[ToCourt], seed uint64, pause time.Duration) func(*proc.Self[ToGremlin]) error {
	return func(self *proc.Self[ToGremlin]) error {
		g := &gremlin{self: self, courts: courts, dice: rand.New(rand.NewPCG(seed, seed))}
		for {
			wait := time.Duration(g.dice.Int64N(2*int64(pause) + 1))
			_, err := proc.ReceiveWithin(self, wait, sel.Message[Enough]())
			if err == nil {
				return g.finish(game)
			}
			if _, ok := err.(proc.TimeoutInterrupt); !ok {
				return err
			}
			if err := g.strike(); err != nil {
				return err
			}
		}
	}
}

// finish makes up for what a very short game has not seen, and reports.
func (g *gremlin) finish(game proc.Pid[ToGame]) error {
	for g.done.strikes() < fewestStrikes {
		if err := g.strike(); err != nil {
			return err
		}
	}
	game.Send(g.done)
	return nil
}

// strike does something to somebody. Players come and go, so it asks the court
// who plays there now.
func (g *gremlin) strike() error {
	court := g.courts[g.dice.IntN(len(g.courts))]
	players, err := proc.Call(g.self, court, func(reply proc.ReplyTo[Players]) ToCourt {
		return Who{Reply: reply}
	})
	if err != nil {
		return err
	}
	victim := players.Pinger
	if g.dice.IntN(2) == 0 {
		victim = players.Ponger
	}
	switch g.dice.IntN(4) {
	default:
		g.done.Nudges++
		victim.Interrupt(proc.InterruptedBy{Value: Nudge{}})
	case 2:
		g.done.Trips++
		victim.Interrupt(proc.InterruptedBy{Value: Trip{}})
	case 3:
		g.done.Shutdowns++
		victim.Shutdown(proc.ExitUnhandledError{Err: errShutDown})
	}
	return nil
}
