package sim

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

type (
	shownOrder struct {
		Who   string
		Items [][2]int
		Reply proc.ReplyTo[int]
	}
	speaks struct{ n int }
)

// Whatever a program has to say of its values, nobody asks it.
func (speaks) String() string { panic("String is called") }

// shownBody has messages, replies, ticks, ends and waits, and fails in the end if it is to.
func shownBody(fails bool) func(s *Sim) {
	return func(s *Sim) {
		sys := s.System()
		server := proc.Spawn(sys, func(self *proc.Self[shownOrder]) error {
			for order, err := range self.Messages() {
				if err != nil {
					return err
				}
				order.Reply.Reply(len(order.Items))
			}
			return nil
		}, proc.Titled("server"))
		client := proc.Spawn(sys, func(self *proc.Self[any]) error {
			proc.SendAfter(self, time.Second, self.Pid(), any(speaks{4}))
			if _, err := proc.Receive(self, sel.Message[speaks]()); err != nil {
				return err
			}
			for range 2 {
				if _, err := proc.Call(self, server, func(r proc.ReplyTo[int]) shownOrder { return shownOrder{"ada", make([][2]int, 3), r} }); err != nil {
					return err
				}
			}
			return errors.New("out of stock")
		}, proc.Titled("client"))
		watcher := proc.Spawn(sys, func(self *proc.Self[int]) error {
			self.Monitor(client.ID)
			_, err := proc.Receive(self, sel.Message[proc.ProcessDown]())
			return err
		}, proc.Titled("watcher"))
		_, _ = proc.Join(s.Context(), watcher.ID)
		if fails {
			s.Fatalf("it is over")
		}
	}
}

// What is in messages is shown, and nobody is asked for it: speaks panics if it is.
func TestShown(t *testing.T) {
	r := failing(t, shownBody(true))
	for _, want := range []string{
		"its timer of 1s sends sim.speaks{4}, wakes it", `sim.shownOrder{"ada" [[0 0] [0 0] [0 0]]} is sent`, "the reply 3 arrives, wakes it",
		`the end, proc.ExitUnhandledError{"out o… arrives, wakes it`, "receives sim.speaks\n", "calls !1 server\n",
	} {
		require.Contains(t, pictureIn(r), want)
		require.NotContains(t, pictureIn(r), "0x")
	}
	require.Contains(t, lines(r.outcome.events), `"ada"`, "the whole trace has it, too")
	requireRepeats(t, newCheck(t, shownBody(true), nil), r)
	require.Equal(t, pictureIn(r), pictureIn(failing(t, shownBody(true))), "the same check reports the same")
}

// So it is of a schedule that an exploration finds.
func TestShown_Exhaustive(t *testing.T) {
	c := newCheck(t, shownBody(true), []Option{Exhaustive(), Isolated(), Instant()})
	r := c.explore()
	require.NotNil(t, r)
	require.Contains(t, pictureIn(r), "the reply 3 arrives, wakes it")
}

// What is shown is no part of what tells runs apart, and runs that nobody looks at do not
// have it.
func TestShown_OnlyInAReport(t *testing.T) {
	c := newCheck(t, shownBody(false), nil)
	p := plan{seed: 1, strategy: Random()}
	plain := c.run(p)
	p.again, p.replays, p.showing = again{choices: plain.choices}, true, true
	shown := c.run(p)
	for _, e := range plain.events {
		require.Empty(t, e.text)
	}
	_, _, _, differs := differ(plain.events, shown.events)
	require.False(t, differs)
	require.Equal(t, digest(plain.events), digest(shown.events))
	require.NotContains(t, lines(plain.events), "ada")
	require.Contains(t, lines(shown.events), "ada")
}

// A run that cannot be repeated is reported without, as it was.
func TestShown_Unrepeatable(t *testing.T) {
	n := 2
	r := failing(t, func(s *Sim) {
		n++
		to := idle[int](s.System(), "idle")
		for range n % 5 {
			to.Send(7)
		}
		s.Settle()
		s.Fatalf("it is over")
	}, Unrepeatable())
	require.NotEmpty(t, r.doubt)
	require.Contains(t, r.String(), "int arrives")
	require.Contains(t, r.String(), " waits\n")
}
