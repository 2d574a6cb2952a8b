package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// config is what the flags say, and a few things that only tests change.
type config struct {
	pairs    int
	rounds   uint64        // of each pair; 0: no limit
	duration time.Duration // 0: no limit
	payload  int
	backlog  int
	json     bool
	chaos    bool
	seed     uint64
	level    zerolog.Level

	idlers int           // players to measure the memory with
	pause  time.Duration // mean time between two strikes of the gremlin
}

// Limits keep a slip of the hand from taking all the machine's memory.
const (
	maxPairs   = 100_000
	maxPayload = 1 << 20
	maxBacklog = 10_000_000
	maxQueued  = 100_000_000 // backlogs of all players together
	maxBytes   = 1 << 30     // payloads of all balls together
)

// parseFlags returns what the arguments say, or an error of one line.
func parseFlags(args []string) (config, error) {
	c := config{idlers: 10_000, pause: time.Millisecond}
	flags, level, rounds := flagSet(&c)
	flags.SetOutput(io.Discard) // the error says it all
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return c, err
		}
		return c, errors.New(strings.Join(strings.Fields(err.Error()), " "))
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	switch {
	case c.pairs < 1 || c.pairs > maxPairs:
		return c, fmt.Errorf("-pairs must be from 1 to %d, not %d", maxPairs, c.pairs)
	case *rounds < 0:
		return c, fmt.Errorf("-rounds must not be negative, as %d is", *rounds)
	case c.duration < 0:
		return c, fmt.Errorf("-duration must not be negative, as %v is", c.duration)
	case *rounds == 0 && c.duration == 0:
		return c, errors.New("-rounds and -duration are both 0: the game would never end")
	case c.payload < 0 || c.payload > maxPayload:
		return c, fmt.Errorf("-payload must be from 0 to %d bytes, not %d", maxPayload, c.payload)
	case c.payload*c.pairs > maxBytes:
		return c, fmt.Errorf("-payload %d for -pairs %d is more than %d bytes in all", c.payload, c.pairs, maxBytes)
	case c.backlog < 0 || c.backlog > maxBacklog:
		return c, fmt.Errorf("-backlog must be from 0 to %d, not %d", maxBacklog, c.backlog)
	case 2*c.backlog*c.pairs > maxQueued:
		return c, fmt.Errorf("-backlog %d for -pairs %d is more than %d messages in all", c.backlog, c.pairs, maxQueued)
	}
	c.rounds = uint64(*rounds)
	var err error
	if c.level, err = parseLevel(*level, c.chaos); err != nil {
		return c, err
	}
	if c.seed == 0 {
		c.seed = rand.Uint64()>>32 + 1 // short enough to type in again
	}
	return c, nil
}

func flagSet(c *config) (flags *flag.FlagSet, level *string, rounds *int64) {
	flags = flag.NewFlagSet("pingpong", flag.ContinueOnError)
	flags.IntVar(&c.pairs, "pairs", 100, "number of `pairs` that play at the same time")
	rounds = flags.Int64("rounds", 0, "end after that many `balls` of each pair; 0: no limit")
	flags.DurationVar(&c.duration, "duration", 3*time.Second, "end after that `time`, whichever comes first; 0: no limit")
	flags.IntVar(&c.payload, "payload", 0, "`bytes` that each ball carries, written by one player and read by the other")
	flags.IntVar(&c.backlog, "backlog", 0, "unrelated `messages` queued at each player, which selective receive leaves alone;\nthe game is then also played without, to compare")
	flags.BoolVar(&c.json, "json", false, "also print the figures as one JSON object, the last line")
	flags.BoolVar(&c.chaos, "chaos", false, "interrupt, shut down and trip players at random while they play")
	flags.Uint64Var(&c.seed, "seed", 0, "`seed` of the chaos; 0: pick one (the report shows it)")
	level = flags.String("log", "", "log to standard error from this `level` on: debug, info, warn, error or off\n(default warn; with -chaos, whose crashes are wanted and counted, off)")
	return flags, level, rounds
}

func parseLevel(level string, chaos bool) (zerolog.Level, error) {
	switch level {
	case "":
		if chaos {
			return zerolog.Disabled, nil
		}
		return zerolog.WarnLevel, nil
	case "debug":
		return zerolog.DebugLevel, nil
	case "info":
		return zerolog.InfoLevel, nil
	case "warn":
		return zerolog.WarnLevel, nil
	case "error":
		return zerolog.ErrorLevel, nil
	case "off":
		return zerolog.Disabled, nil
	}
	return 0, fmt.Errorf("-log must be debug, info, warn, error or off, not %q", level)
}

// usage is the answer to -help.
func usage(w io.Writer) {
	fmt.Fprint(w, `Usage: pingpong [flags]

Pairs of processes play ping-pong on Hark, and the same game is played with
goroutines and channels, in turns, so that the two can be compared. It ends
after -rounds or -duration, or with Ctrl-C (a second one ends it at once), and
prints what it has measured.

Exit status: 0; 1 if a ball was lost or counted twice; 2 for bad flags.

`)
	flags, _, _ := flagSet(new(config))
	flags.SetOutput(w)
	flags.PrintDefaults()
}
