package lock

import (
	"os"
	"testing"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sim"
)

// forText skips what is run for docs/testing-exhaustive.md, which go test ./docs/guide compares
// with what it says.
func forText(t *testing.T) {
	if os.Getenv("HARK_DOCS_WRONG") == "" {
		t.Skip("it fails, or takes long")
	}
}

// stuck is wrong: who ends before the lock was granted is granted it all the same.
func stuck(self *proc.Self[Acquire]) error {
	var queue []proc.Pid[Granted]
	for {
		next, err := proc.Receive(self, sel.OneOf(sel.Message[Acquire](), sel.Message[proc.ProcessDown]()))
		if err != nil {
			return err
		}
		if ask, ok := next.Left(); ok {
			self.Monitor(ask.Who.ID)
			if queue = append(queue, ask.Who); len(queue) == 1 {
				ask.Who.Send(Granted{})
			}
			continue
		}
		down, _ := next.Right()
		if down.ID != queue[0].ID {
			continue
		}
		if queue = queue[1:]; len(queue) > 0 {
			queue[0].Send(Granted{})
		}
	}
}

func TestStuck(t *testing.T) {
	forText(t)
	sim.Check(t, func(s *sim.Sim) { handOver(s, stuck) }, sim.Exhaustive(), sim.Isolated(), sim.Instant())
}

// How many schedules there are, and with one thing changed.
func TestLock_HowMany(t *testing.T) {
	forText(t)
	few := sim.Exhaustive(sim.Schedules(20_000))
	for _, c := range []struct {
		with string
		body func(s *sim.Sim)
		opts []sim.Option
	}{
		{"as above", func(s *sim.Sim) {}, []sim.Option{few, sim.Isolated(), sim.Instant()}},
		{"without Instant", func(s *sim.Sim) {}, []sim.Option{few, sim.Isolated()}},
		{"without Isolated", func(s *sim.Sim) {}, []sim.Option{few, sim.Instant()}},
		{"with an invariant", func(s *sim.Sim) { s.Invariant("none", func() error { return nil }) }, []sim.Option{few, sim.Isolated(), sim.Instant()}},
		{"without Instant and Isolated, Delays(3)", func(s *sim.Sim) {}, []sim.Option{sim.Exhaustive(sim.Delays(3))}},
	} {
		t.Run(c.with, func(t *testing.T) {
			t.Log(c.with)
			sim.Check(t, func(s *sim.Sim) { c.body(s); handOver(s, Run) }, c.opts...)
		})
	}
}

// A heart that beats each second, and an hour.
func TestTooLong(t *testing.T) {
	forText(t)
	sim.Check(t, func(s *sim.Sim) {
		proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			for {
				if err := self.Sleep(time.Second); err != nil {
					return err
				}
			}
		})
		s.Sleep(time.Hour)
	}, sim.Exhaustive())
}
