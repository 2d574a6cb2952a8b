package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// fair is the score of a court that has played 10 balls, one of them twice.
func fair() Score {
	return Score{
		Pinger: PingerCard{Until: 10, Served: 10, Returned: 10, Lets: 1},
		Ponger: PongerCard{Struck: 10, Again: 1},
	}
}

func TestVerdictOfAFairGame(t *testing.T) {
	balls := addUp([]Score{fair(), fair()}, 10, 2)
	require.NoError(t, (&Report{Balls: balls}).verdict())
	require.Equal(t, Balls{
		Asked: 20, Served: 20, Struck: 20, Returned: 20, ServedAgain: 2, StruckAgain: 2, DeadLetters: 2,
	}, balls)
}

func TestVerdictFindsEachWrong(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a, b *Score)
		want   string
	}{
		"lost":                       {func(a, _ *Score) { a.Pinger.Returned-- }, "20 balls were served, 19 returned"},
		"never served":               {func(a, _ *Score) { a.Pinger.Served--; a.Pinger.Returned--; a.Ponger.Struck-- }, "20 balls were asked for, 19 served"},
		"returned, never struck":     {func(a, _ *Score) { a.Ponger.Struck-- }, "the pongers have struck 19"},
		"a stray at the pinger":      {func(a, _ *Score) { a.Pinger.Faults++ }, "1 balls came twice, out of order or damaged"},
		"a stray at the ponger":      {func(a, _ *Score) { a.Ponger.Faults++ }, "1 balls came twice, out of order or damaged"},
		"served again for no reason": {func(a, _ *Score) { a.Pinger.Lets++ }, "2 balls went down with a player, 3 were served again"},
		"struck again for no reason": {func(a, _ *Score) { a.Ponger.Again += 5 }, "7 balls were struck twice"},
		"a loss made up for elsewhere": {func(a, b *Score) {
			a.Pinger.Served--
			a.Pinger.Returned--
			a.Ponger.Struck--
			b.Pinger.Served++
			b.Pinger.Returned++
			b.Ponger.Struck++
		}, "in 2 courts the players' books differ"},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := fair(), fair()
			test.change(&a, &b)
			err := (&Report{Balls: addUp([]Score{a, b}, 10, 2)}).verdict()
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestVerdictFindsADeadPlayerNobodyReplaced(t *testing.T) {
	report := Report{Pairs: 1, Chaos: &ChaosReport{ShutDown: 2, Panicked: 1, Crashed: 3, Restarted: 3}}
	require.NoError(t, report.verdict())
	report.Chaos.Restarted = 1
	require.NoError(t, report.verdict(), "both players may have died as the game ended")
	for _, wrong := range []uint64{0, 4} {
		report.Chaos.Restarted = wrong
		require.ErrorContains(t, report.verdict(), fmt.Sprintf("the system has counted 3 crashes, the supervisors %d restarts", wrong))
	}
	report.Chaos.Crashed, report.Chaos.Restarted = 4, 4
	require.ErrorContains(t, report.verdict(), "3 players were replaced, but the system has counted 4 crashes")
}

func TestPongerTellsABallFromAnother(t *testing.T) {
	ball := func(number uint64) *Ball {
		b := newBall(3)
		b.stamp(number)
		return b
	}
	var card PongerCard
	card.count(ball(1))
	card.count(ball(2))
	card.count(ball(2)) // served again
	require.Equal(t, PongerCard{Struck: 2, Again: 1}, card)
	card.count(ball(1)) // from before
	card.count(ball(4)) // 3 is missing
	damaged := ball(3)
	damaged.Payload[2]++
	card.count(damaged)
	require.Equal(t, PongerCard{Struck: 2, Again: 1, Faults: 3}, card)
}
