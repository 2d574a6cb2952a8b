package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// game is the main process: it sets up the contenders, has them play in turns,
// and reports.
type game struct {
	self     *proc.Self[ToGame]
	config   config
	lost     *lostBalls
	progress progress
	stopping bool // asked to end: the lap under way is the last one
}

func newGame(self *proc.Self[ToGame], config config, lost *lostBalls, progress progress) *game {
	return &game{self: self, config: config, lost: lost, progress: progress}
}

// await is Receive for the game. A request to end (the first Ctrl-C is one)
// comes as an interrupt: it is noted, and the waiting goes on, so that the game
// ends in order and reports. All other interrupts end the game: a court that
// crashed, first of all.
func await[T any](g *game, wanted sel.MessageSelector[T]) (T, error) {
	for {
		got, err := proc.Receive(g.self, wanted)
		if _, ok := err.(proc.NormalExitRequested); !ok {
			return got, err
		}
		g.stopping = true
	}
}

func (g *game) run(out io.Writer) error {
	fmt.Fprintln(out, headline(g.config))
	idle, err := g.measureMemory(g.config.idlers)
	if err != nil {
		return err
	}

	backlogs := []int{g.config.backlog}
	if g.config.backlog > 0 {
		backlogs = append(backlogs, 0) // to compare
	}
	var leagues []*league
	for _, backlog := range backlogs {
		l, err := newLeague(g, backlog)
		if err != nil {
			return err
		}
		leagues = append(leagues, l)
	}
	rival := newChannels(g.self, g.config.pairs, g.config.payload)
	defer rival.close()
	var contenders []*contender
	for _, l := range leagues {
		contenders = append(contenders, &contender{player: l})
	}
	contenders = append(contenders, &contender{player: rival})
	chaos := g.startChaos(leagues[0])

	start := time.Now()
	rounds, err := g.playLaps(contenders)
	if err != nil {
		return err
	}
	took := time.Since(start)

	mischief, err := g.endChaos(chaos) // first: from here on nobody is to die
	if err != nil {
		return err
	}
	scores, err := endAll(leagues)
	if err != nil {
		return err
	}

	report := newReport(g.config, contenders, idle, took, g.stopping)
	report.Balls = addUp(scores, rounds, g.lost.n.Load())
	if g.config.chaos {
		crashed := g.self.System().Counters().Crashed
		report.Chaos = newChaosReport(g.config.seed, mischief, scores, crashed, leagues[0].restarts.Load())
	}
	verdict := report.verdict()
	report.OK = verdict == nil
	report.text(out)
	if g.config.json {
		report.json(out)
	}
	return verdict
}

// startChaos lets the gremlin loose on the league, if the flags say so.
func (g *game) startChaos(victims *league) proc.Pid[ToGremlin] {
	if !g.config.chaos {
		return proc.Pid[ToGremlin]{}
	}
	return proc.SpawnLink(g.self,
		newGremlin(g.self.Pid(), slices.Clone(victims.courts), g.config.seed, g.config.pause),
		proc.Owned(), proc.Titled("gremlin"))
}

// endChaos stops the gremlin and returns what it has done.
func (g *game) endChaos(gremlin proc.Pid[ToGremlin]) (Mischief, error) {
	if !g.config.chaos {
		return Mischief{}, nil
	}
	gremlin.Send(Enough{})
	return await(g, sel.Message[Mischief]())
}
