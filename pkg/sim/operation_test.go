package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc"
)

// badHistory is an error about operations, as a NotLinearizable is.
type badHistory struct{ steps []int }

func (badHistory) Error() string  { return "a bad history" }
func (b badHistory) Steps() []int { return b.steps }

// get is an input of an operation.
type get struct{ Key string }

// operating is a body with a client whose operations a history records. The second of them is
// wrong; much happens before, and until somebody notices.
func operating(s *Sim) {
	sys := s.System()
	var bad badHistory
	do := func(what get, ends seam.Progress, with any) []int {
		from := seam.TraceOperation(seam.Called, what)
		s.Point("work")
		return []int{from, seam.TraceOperation(ends, with)}
	}
	client := proc.Spawn(sys, func(self *proc.Self[answer]) error {
		for i := range 100 {
			s.Point(fmt.Sprint("earlier ", i))
		}
		do(get{"x"}, seam.Returned, 3)
		bad.steps = do(get{"y"}, seam.Returned, "old")
		do(get{"z"}, seam.Failed, fmt.Errorf("no answer"))
		for i := range 100 {
			s.Point(fmt.Sprint("later ", i))
		}
		return self.Sleep(time.Second)
	}, proc.Titled("client"))
	_, _ = proc.Join(s.Context(), client.ID)
	s.Errorf("%v", bad)
	s.FailNow()
}

// The report shows what was around the operation that the failure is about, though a hundred
// rows came after it.
func TestOperations_InAReport(t *testing.T) {
	r := failing(t, operating)
	picture := pictureIn(r)
	row := func(step int, text string) string { return fmt.Sprintf(`(?m)^ +%d +0s .*o .*%s$`, step, text) }
	steps := r.outcome.failure.about
	require.Len(t, steps, 2)
	require.Regexp(t, row(steps[0], `operation sim.get\{"y"\}`), picture)
	require.Regexp(t, row(steps[1], `operation → "old"`), picture)
	require.Regexp(t, `(?s)operation sim.get\{"x"\}\n.*is at work\n.*operation → 3\n`, picture)
	require.Regexp(t, `rows left out\n.*FAILS: a bad history`, picture)

	all := lines(r.outcome.events)
	require.Regexp(t, `!1 client +operation sim.get\{"z"\}\n`, all)
	require.Regexp(t, `!1 client +operation → \? "no answer"\n`, all)
	requireRepeats(t, newCheck(t, operating, nil), r)
}

// What they are about is in a report only, and no part of what tells runs apart.
func TestOperations_OnlyInAReport(t *testing.T) {
	c := newCheck(t, operating, nil)
	p := plan{seed: 1, strategy: Random()}
	plain := c.run(p)
	p.again, p.replays, p.showing = again{choices: plain.choices}, true, true
	shown := c.run(p)
	require.Equal(t, digest(plain.events), digest(shown.events))
	require.NotContains(t, lines(plain.events), `"y"`)
	require.Contains(t, lines(plain.events), "operation sim.get\n")
	require.Contains(t, lines(shown.events), `"y"`)
}

// Who is no thread of the run, or blocks outside of it, has no steps; another run at the same
// time does not hear of it.
func TestOperations_OfWhom(t *testing.T) {
	require.Zero(t, seam.TraceOperation(seam.Called, 1))
	Check(t, func(s *Sim) {
		done := make(chan int)
		go func() { done <- seam.TraceOperation(seam.Called, "guest") }()
		require.Zero(s, <-done)
		s.Settle() // the body is back
		s.Go(func() {
			before := len(s.s.events)
			require.Equal(s, s.s.steps, seam.TraceOperation(seam.Called, "thread"))
			require.Len(s, s.s.events, before+1)
			require.Equal(s, eventCalled, s.s.events[before].kind)
			require.True(s, strings.HasPrefix(s.s.events[before].a.String(), "thread 1 of the test"))
		})
		s.Settle()
	}, Runs(20), Parallel())
	require.Zero(t, seam.TraceOperation(seam.Called, 1))
}

// What a failure is about comes first, and the last rows end there.
func TestExcerpt_OfAnOperation(t *testing.T) {
	who := &party{}
	rows := make([]row, 100)
	for i := range rows {
		rows[i] = row{event: event{step: i, kind: eventSends, a: who}}
	}
	rows[20].about, rows[50].about = true, true
	rows[99].event = event{step: 99, kind: eventFails}
	require.Equal(t, []int{19, 20, 21, 46, 47, 48, 49, 50, 51, 99}, excerptSteps(rows, 10))

	rows[5].about, rows[20].about, rows[50].about = true, false, false
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 97, 98, 99}, excerptSteps(rows, 10), "there are fewer before it than there is room for")
}

// An exploration has operations in each order, of threads too that share nothing else.
func TestOperations_Explored(t *testing.T) {
	for how, opts := range map[string][]Option{"plain": {Exhaustive()}, "isolated": {Exhaustive(), Isolated()}, "instant": {Exhaustive(), Isolated(), Instant()}} {
		orders := make(map[string]bool)
		c := newCheck(t, func(s *Sim) {
			order := ""
			for _, client := range []string{"a", "b"} {
				s.Go(func() {
					seam.TraceOperation(seam.Called, client)
					order += client
					s.s.Yield()
					seam.TraceOperation(seam.Returned, client)
					order += strings.ToUpper(client)
				})
			}
			s.Settle()
			orders[order] = true
		}, opts)
		require.Nil(t, c.explore())
		require.Len(t, orders, 6, how)
	}
}
