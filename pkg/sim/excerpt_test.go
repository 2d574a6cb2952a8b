package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// excerptSteps are the steps of the rows that are chosen of some.
func excerptSteps(rows []row, most int) (steps []int) {
	for _, r := range excerptOf(rows, most) {
		steps = append(steps, r.step)
	}
	return steps
}

func TestExcerpt(t *testing.T) {
	early, busy := &party{name: "early"}, &party{name: "busy"}
	rows := make([]row, 100)
	for i := range rows {
		rows[i] = row{event: event{step: i, kind: eventSends, a: busy}}
	}
	last := func(n int) (steps []int) {
		for i := 100 - n; i < 100; i++ {
			steps = append(steps, i)
		}
		return steps
	}
	require.Len(t, excerptOf(rows, 0), 100)
	require.Len(t, excerptOf(rows, 100), 100)
	require.Equal(t, last(20), excerptSteps(rows, 20))
	require.Equal(t, last(1), excerptSteps(rows, 1))

	rows[30].event = event{step: 30, kind: eventBlocks, a: early}
	require.Equal(t, append([]int{30}, last(19)...), excerptSteps(rows, 20), "where somebody has come to")

	rows[50].switched = true
	require.Equal(t, append([]int{30, 49, 50, 51}, last(16)...), excerptSteps(rows, 20), "a switch")

	rows[10].event = event{step: 10, kind: eventFault, a: busy}
	require.Equal(t, append([]int{9, 10, 11, 30, 49, 50, 51}, last(13)...), excerptSteps(rows, 20), "a fault")
	require.Equal(t, append([]int{9, 10, 11}, last(3)...), excerptSteps(rows, 6), "of which there is more than there is room for")

	var skipped []int
	for _, r := range excerptOf(rows, 20) {
		if r.skipped > 0 {
			skipped = append(skipped, r.skipped)
		}
	}
	require.Equal(t, []int{9, 18, 18, 35}, skipped)

	for i := range rows { // more of them than there is room for: the last ones
		rows[i].switched = true
	}
	require.Equal(t, append([]int{9, 10, 11}, last(17)...), excerptSteps(rows, 20))
}

// Of a deadlock it is shown where each party waits, however long others have gone on.
func TestExcerpt_OfADeadlock(t *testing.T) {
	r := failing(t, func(s *Sim) {
		sys := s.System()
		stuck := idle[string](sys, "stuck")
		var left, right proc.Pid[int]
		play := func(to *proc.Pid[int]) func(self *proc.Self[int]) error {
			return func(self *proc.Self[int]) error {
				for n, err := range self.Messages() {
					if err != nil || n == 0 {
						return err
					}
					to.Send(n - 1)
				}
				return nil
			}
		}
		left = proc.Spawn(sys, play(&right), proc.Titled("left"))
		right = proc.Spawn(sys, play(&left), proc.Titled("right"))
		left.Send(200)
		_, _ = proc.Join(s.Context(), stuck.ID)
	})
	require.Equal(t, failureDeadlock, r.outcome.failure.kind)
	picture := pictureIn(r)
	require.Regexp(t, `\n +2 .*=.* receives string\n`, picture)
	require.Regexp(t, `\n +…  \d+ rows left out\n`, picture)
	require.Contains(t, picture, "FAILS: nobody can go on")
	shown, left := 0, 0
	for line := range strings.Lines(picture) {
		var n int
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "…  %d row", &n); err == nil {
			left += n
		} else {
			shown++
		}
	}
	around := strings.Count(legend, "\n") + 2 // the names, and what is said in the end
	require.Equal(t, mostRows, shown-around)
	require.Len(t, rowsOf(sliceOf(&r.outcome).events, nil), mostRows+left)
}
