package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

func TestExhaustive_SummaryAfterRestart(t *testing.T) {
	body := func(s *Sim) {
		n := 0
		s.Sometimes("it happens", nil)
		s.Happened("it happens")
		s.Go(func() { n++ })
		s.Go(func() {
			if n == 1 {
				s.Eventually("n", func() bool { return n == 1 })
			}
		})
		s.Settle()
	}
	for _, o := range [][]Option{{Isolated()}, nil} {
		c := newCheck(t, body, append(o, Exhaustive(), Seed(7)))
		r := c.explore()
		if r != nil {
			t.Fatal(r.String())
		}
		t.Log(c.summary())
		require.Equal(t, c.explored.runs, c.tally.runs["it happens"])
	}
}

func TestExhaustive_SummaryAfterSurprise(t *testing.T) {
	body := func(s *Sim) {
		n := 0
		s.Sometimes("it happens", nil)
		s.Happened("it happens")
		s.Go(func() { n++ })
		s.Go(func() {
			if n == 1 {
				done := make(chan bool)
				go func() { time.Sleep(time.Second); close(done) }()
				<-done
			}
		})
		s.Sleep(time.Minute)
	}
	c := newCheck(t, body, []Option{Exhaustive(), Seed(7)})
	r := c.explore()
	if r != nil {
		t.Fatal(r.String())
	}
	t.Log(c.summary())
	require.Equal(t, c.explored.runs, c.tally.runs["it happens"])
}

// Which selectors a mailbox has is seen in some schedules only.
func TestExhaustive_SummaryAfterStale(t *testing.T) {
	body := func(s *Sim) {
		s.Sometimes("it happens", nil)
		s.Happened("it happens")
		n := 0
		to := proc.Spawn(s.System(), func(self *proc.Self[any]) error {
			if n == 1 {
				_, err := proc.Receive(self, sel.Any())
				return err
			}
			_, err := proc.Receive(self, sel.Message[int]())
			return err
		})
		s.Go(func() { n = 1; to.Send("a") })
		s.Go(func() { to.Send(1) })
		_, _ = proc.Join(s.Context(), to.ID)
	}
	c := newCheck(t, body, []Option{Exhaustive(), Seed(7)})
	r := c.explore()
	if r != nil {
		t.Fatal(r.String())
	}
	t.Log(c.summary())
	require.Equal(t, c.explored.runs, c.tally.runs["it happens"])
}
