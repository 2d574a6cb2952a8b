package main

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sup"
)

// league is all the courts that play with the same backlog: a contender. It is
// a tree of supervisors:
//
//	league
//	├── court 0       one for one: who dies is replaced, the others play on
//	│   ├── referee
//	│   ├── ponger
//	│   └── pinger
//	├── court 1
//	…
type league struct {
	game    *game
	tree    sup.Ref
	courts  []proc.Pid[ToCourt]
	samples [][]time.Duration

	restarts atomic.Uint64 // by the supervisors of the courts
}

// newLeague starts the courts and their players.
func newLeague(g *game, backlog int) (*league, error) {
	l := &league{game: g}
	spec := sup.Spec{Observe: func(e sup.Event) {
		if e.Kind == sup.ChildRestarting {
			l.restarts.Add(1)
		}
	}}
	for i := range g.config.pairs {
		name := courtName(i, backlog)
		court := proc.Named(g.self, name)
		l.courts = append(l.courts, court)
		spec.Children = append(spec.Children, sup.Supervisor(fmt.Sprint("court ", i), sup.Spec{
			Intensity: math.MaxInt, // the gremlin may strike as often as it likes
			Children: []sup.Child{
				referee(newCourt(g.self.Pid(), backlog), proc.Registered(name)),
				sup.Worker("ponger", newPonger(court), proc.Titled("ponger")),
				sup.Worker("pinger", newPinger(court, g.config.payload), proc.Titled("pinger")),
			},
		}, proc.Titled("court")))
	}
	var err error
	l.tree, err = sup.Start(g.self, spec, proc.Titled("league"))
	return l, err
}

// courtName is what a court is addressed by: who does so need not know when it is
// started.
func courtName(i, backlog int) proc.Name[ToCourt] {
	return proc.NewName[ToCourt](fmt.Sprintf("court %d, backlog %d", i, backlog))
}

// referee is the child that keeps the book. Another one could not go on where it
// ends, so it is not started again: its crash ends the game, by their link.
func referee(body func(*proc.Self[ToCourt]) error, opts ...proc.SpawnOption) sup.Child {
	c := sup.Worker("referee", body, append(opts, proc.Titled("referee"))...)
	c.Restart = sup.Temporary
	return c
}

// play has every pair play until that many balls have been returned.
func (l *league) play(until uint64) error {
	for _, court := range l.courts {
		court.Send(Play{Until: until})
	}
	for range l.courts {
		played, err := await(l.game, sel.Message[Played]())
		if err != nil {
			return err
		}
		l.samples = append(l.samples, played.Samples)
	}
	return nil
}

func (l *league) takeSamples() [][]time.Duration {
	taken := l.samples
	l.samples = nil
	return taken
}

// end stops the tree, last child first: a court's players go home, and then the
// referee hands in the score.
func (l *league) end() ([]Score, error) {
	l.tree.Interrupt(proc.NormalExitRequested{})
	scores := make([]Score, 0, len(l.courts))
	for range l.courts {
		score, err := await(l.game, sel.Message[Score]())
		if err != nil {
			return nil, err
		}
		scores = append(scores, score)
	}
	return scores, nil
}

// endAll ends one league after the other.
func endAll(leagues []*league) ([]Score, error) {
	var all []Score
	for _, l := range leagues {
		scores, err := l.end()
		if err != nil {
			return nil, err
		}
		all = append(all, scores...)
	}
	return all, nil
}
