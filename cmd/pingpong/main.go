// Pingpong shows Hark at work: pairs of processes play ping-pong, and the same
// game is played on plain channels in between, so that the two can be compared
// on a machine that is busy with other things too.
//
//	go run ./cmd/pingpong
//	go run ./cmd/pingpong -chaos
//	go run ./cmd/pingpong -pairs 1 -backlog 100000
//
// With -chaos players are interrupted, shut down and made to panic while they
// play. No ball may be lost and none counted twice; if one ever is, the program
// says so and exits with status 1.
//
// How to read it: messages.go has the types that processes send each other,
// pinger.go and ponger.go the players, court.go the referee, league.go the tree of
// supervisors that replaces who dies, gremlin.go the chaos, game.go the main process, verdict.go the proof.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/harkgo/hark/pkg/proc"
)

func main() {
	config, err := parseFlags(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		usage(os.Stdout)
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "pingpong: %v (-help lists the flags)\n", err)
		os.Exit(2)
	}
	body, options := program(config, os.Stdout, os.Stderr)
	proc.Main(body, options...)
}

// program is the main process and what its system needs. It is apart from main
// so that a test can run it too.
func program(config config, stdout, stderr io.Writer) (func(*proc.Self[ToGame]) error, []proc.Option) {
	lost := new(lostBalls)
	body := func(self *proc.Self[ToGame]) error {
		err := newGame(self, config, lost, newProgress(stderr)).run(stdout)
		if err != nil && self.Err() == nil { // not when it was stopped: that is no failure
			fmt.Fprintf(stderr, "pingpong: %v\n", err)
		}
		return err
	}
	return body, []proc.Option{
		proc.WithLogger(newLogger(config.level, stderr)),
		proc.WithDeadLetters(lost.observe),
	}
}
