package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// played is what a game in a test has left.
type played struct {
	stdout, stderr bytes.Buffer
	err            error
}

// onFirstLine is a writer that does something when the first line is written:
// on standard error, when the game begins. The main process is the writer.
type onFirstLine struct {
	bytes.Buffer
	then func()
}

func (w *onFirstLine) Write(p []byte) (int, error) {
	if then := w.then; then != nil {
		w.then = nil
		then()
	}
	return w.Buffer.Write(p)
}

// play runs the game in this process. begun, if any, is called by the main
// process when the game begins.
func play(t *testing.T, ctx context.Context, begun func(*proc.Self[ToGame]), args ...string) *played {
	t.Helper()
	c, err := parseFlags(append([]string{"-json", "-log", "off", "-duration", "0"}, args...))
	require.NoError(t, err)
	c.idlers, c.pause = 20, 50*time.Microsecond

	var p played
	stderr := new(onFirstLine)
	body, options := program(c, &p.stdout, stderr)
	p.err = proc.Run(ctx, func(self *proc.Self[ToGame]) error {
		if begun != nil {
			stderr.then = func() { begun(self) }
		}
		return body(self)
	}, options...)
	p.stderr = stderr.Buffer
	return &p
}

func TestEveryBallComesBack(t *testing.T) {
	for name, args := range map[string][]string{
		"one ball":               {"-pairs", "1", "-rounds", "1"},
		"fewer than a lap":       {"-pairs", "3", "-rounds", "63"},
		"one more than a lap":    {"-pairs", "3", "-rounds", "65"},
		"many laps":              {"-pairs", "5", "-rounds", "2000"},
		"payload":                {"-pairs", "2", "-rounds", "300", "-payload", "1000"},
		"backlog":                {"-pairs", "2", "-rounds", "300", "-backlog", "1000"},
		"one pair, many rounds":  {"-pairs", "1", "-rounds", "5000"},
		"many pairs, few rounds": {"-pairs", "500", "-rounds", "3"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := parseFlags(args)
			require.NoError(t, err)
			p := play(t, t.Context(), nil, args...)
			require.NoError(t, p.err, "%s", &p.stderr)
			r := lastReport(t, p.stdout.String())

			trips := uint64(c.pairs) * c.rounds
			require.True(t, r.OK)
			require.False(t, r.Interrupted)
			require.Equal(t, c.rounds, r.Rounds)
			require.Equal(t, trips, r.Hark.RoundTrips)
			require.Equal(t, trips, r.Channels.RoundTrips)
			require.Nil(t, r.Chaos)
			courts := uint64(1)
			if c.backlog > 0 {
				courts = 2 // with the backlog, and without
				require.Equal(t, trips, r.NoBacklog.RoundTrips)
				require.Positive(t, r.BacklogTimeRatio)
			} else {
				require.Nil(t, r.NoBacklog)
			}
			require.Equal(t, Balls{
				Asked: courts * trips, Served: courts * trips, Struck: courts * trips, Returned: courts * trips,
			}, r.Balls)
			require.EqualValues(t, uint64(c.pairs)*(c.rounds/sampleEvery), r.Hark.Latency.Samples)
			require.Positive(t, r.TimeRatio)
			require.Positive(t, r.Hark.Rate)
		})
	}
}

func TestChaosLosesNoBall(t *testing.T) {
	for _, seed := range []string{"1", "2", "3"} {
		for _, pairs := range []string{"1", "4"} {
			t.Run("seed "+seed+", pairs "+pairs, func(t *testing.T) {
				p := play(t, t.Context(), nil, "-chaos", "-seed", seed, "-pairs", pairs, "-rounds", "20000", "-payload", "16")
				require.NoError(t, p.err, "%s", &p.stderr)
				r := lastReport(t, p.stdout.String())
				require.True(t, r.OK)
				require.EqualValues(t, 20000*r.Pairs, r.Balls.Served)
				require.Equal(t, r.Balls.Served, r.Balls.Struck)
				require.Equal(t, r.Balls.Served, r.Balls.Returned)
				require.Equal(t, r.Balls.DeadLetters, r.Balls.ServedAgain)

				c := r.Chaos
				require.NotNil(t, c)
				require.GreaterOrEqual(t, c.Nudges+c.Shutdowns+c.Trips, uint64(fewestStrikes))
				require.Positive(t, c.ShutDown+c.Panicked, "nobody has been replaced")
				require.LessOrEqual(t, c.Recovered, c.Nudges)
				require.LessOrEqual(t, c.ShutDown, c.Shutdowns)
				require.LessOrEqual(t, c.Panicked, c.Trips)
				require.Equal(t, c.Crashed, c.ShutDown+c.Panicked)
				require.LessOrEqual(t, c.Restarted, c.Crashed)
				require.LessOrEqual(t, c.Crashed-c.Restarted, 2*uint64(r.Pairs))
				require.Contains(t, p.stdout.String(), "Chaos, seed "+seed)
			})
		}
	}
}

func TestChaosWithBacklogLosesNoBall(t *testing.T) {
	p := play(t, t.Context(), nil, "-chaos", "-seed", "5", "-pairs", "2", "-rounds", "3000", "-backlog", "100")
	require.NoError(t, p.err, "%s", &p.stderr)
	require.True(t, lastReport(t, p.stdout.String()).OK)
}

func TestARequestToEndIsHonouredAfterTheLap(t *testing.T) {
	p := play(t, t.Context(), func(self *proc.Self[ToGame]) {
		self.ID().Interrupt(proc.NormalExitRequested{})
	}, "-pairs", "2", "-duration", "5m")
	require.NoError(t, p.err)
	r := lastReport(t, p.stdout.String())
	require.True(t, r.Interrupted)
	require.True(t, r.OK)
	require.EqualValues(t, firstLap, r.Rounds)
}

func TestAStopEndsAtOnceWithoutReport(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := play(t, ctx, func(*proc.Self[ToGame]) { cancel() }, "-pairs", "2", "-duration", "5m")
	require.NoError(t, p.err, "a stop is no crash")
	require.NotContains(t, p.stdout.String(), "Balls:")
	require.NotContains(t, p.stdout.String(), "{")
}

// What no player is made to survive ends its court, and by the link the game.
func TestAnUnexpectedDeathEndsTheGame(t *testing.T) {
	rain := errors.New("rain")
	p := play(t, t.Context(), func(self *proc.Self[ToGame]) {
		court := proc.Named(self, courtName(0, 0))
		for { // until somebody has entered
			players, err := proc.Call(self, court, func(reply proc.ReplyTo[Players]) ToCourt { return Who{Reply: reply} })
			if (err == nil && players.Pinger != proc.ID{}) {
				players.Pinger.Interrupt(proc.ErrorInterrupt{Err: rain})
				return
			}
			if self.Yield() != nil {
				return
			}
		}
	}, "-pairs", "2", "-duration", "5m")
	require.ErrorIs(t, p.err, rain)
	require.NotContains(t, p.stdout.String(), "Balls:")
	require.Contains(t, p.stderr.String(), "rain")
	lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	require.True(t, strings.HasPrefix(lines[len(lines)-1], "pingpong: "), "%s", lines)
}
