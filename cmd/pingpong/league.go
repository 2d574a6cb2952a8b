package main

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// league is all the courts that play with the same backlog: a contender.
type league struct {
	game    *game
	courts  []proc.Pid[ToCourt]
	samples [][]time.Duration
}

// newLeague spawns the courts. They are linked to the game, so that one that
// crashes interrupts it, and owned, so that none outlives it.
func newLeague(g *game, backlog int) *league {
	l := &league{game: g}
	for range g.config.pairs {
		l.courts = append(l.courts, proc.SpawnLink(g.self,
			newCourt(g.self.Pid(), g.config.payload, backlog), proc.Owned(), proc.Titled("court")))
	}
	return l
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

// end sends all players home and collects the scores.
func (l *league) end() ([]Score, error) {
	for _, court := range l.courts {
		court.Send(End{})
	}
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
