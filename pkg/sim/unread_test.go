package sim

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

type (
	event1 struct{ _ int }
	event2 struct{ _ int }
)

// leftOver leaves messages: in a mailbox, under way or there, and as dead letters.
func leftOver(s *Sim) {
	sys := s.System(proc.WithDeadLetters(func(proc.DeadLetter) { s.Happened("a dead letter is shown") }))
	s.Sometimes("a dead letter is shown", nil)
	reads := proc.Spawn(sys, func(self *proc.Self[any]) error {
		_, err := proc.Receive(self, sel.Message[event1]())
		if err == nil {
			_, err = proc.Receive(self, sel.Message[string]())
		}
		return err
	}, proc.Titled("reads"))
	gone := proc.Spawn(sys, func(*proc.Self[event2]) error { return nil }, proc.Titled("gone"))
	_, _ = proc.Join(s.Context(), gone.ID)
	gone.Send(event2{})
	proc.Pid[int]{}.Send(7)
	for range 3 {
		reads.Send(event1{})
	}
}

func TestAllReceived(t *testing.T) {
	r := failing(t, leftOver, AllReceived())
	require.Equal(t, failureUnread, r.outcome.failure.kind)
	require.Regexp(t, `^messages that nobody has received:
    !1 reads: 2 sim.event1, in its mailbox
    !2 gone: 1 sim.event2, process not running$`, r.outcome.failure.what)
	requireRepeats(t, r.check, r)

	r = failing(t, leftOver, AllReceived(event2{}))
	require.Equal(t, "messages that nobody has received:\n    !1 reads: 2 sim.event1, in its mailbox", r.outcome.failure.what)
	Check(t, leftOver, AllReceived(event1{}, event2{}), Runs(100))
	Check(t, leftOver, Runs(100))
}

// What the runtime sends may be left over.
func TestAllReceived_ByRuntime(t *testing.T) {
	Check(t, func(s *Sim) {
		sys := s.System()
		gone := idle[int](sys, "gone")
		proc.Spawn(sys, func(self *proc.Self[string]) error {
			self.Monitor(gone.ID)
			_, err := self.Receive()
			return err
		})
		s.Settle()
		gone.Send(1)
	}, AllReceived(), Runs(100))
}

// A run that fails for something else says it, too: also what is still under way.
func TestUnread_IsTold(t *testing.T) {
	r := failing(t, func(s *Sim) {
		leftOver(s)
		s.Fatalf("no")
	}, Strategies(new(lazy)))
	require.Equal(t, "no", r.outcome.failure.what)
	require.Contains(t, r.String(), "messages that nobody has received:\n")
	require.Regexp(t, `\n    !\d reads: \d sim.event1, under way from the test\n`, r.String())
	require.Regexp(t, `\n    !\d gone: 1 sim.event2, under way from the test\n`, r.String())
	requireRepeats(t, r.check, r)
}

// lazy delivers when there is nothing else to do.
type lazy struct{ randomly }

func (*lazy) String() string { return "lazy" }

func (*lazy) Choose(options []Step) int {
	return max(0, slices.IndexFunc(options, func(o Step) bool { return o.Kind != Arrives }))
}
