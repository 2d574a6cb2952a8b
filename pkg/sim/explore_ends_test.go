package sim_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sim"
)

// endsOf are the ends that a check comes to.
func endsOf(t *testing.T, body func(s *sim.Sim) string, opts ...sim.Option) []string {
	t.Helper()
	ends := make(map[string]bool)
	sim.Check(t, func(s *sim.Sim) { ends[body(s)] = true }, opts...)
	return slices.Sorted(maps.Keys(ends))
}

// missesNothing compares an exploration with chance.
func missesNothing(t *testing.T, body func(s *sim.Sim) string, opts ...sim.Option) {
	t.Helper()
	want := endsOf(t, body, append(slices.Clone(opts), sim.Runs(500))...)
	got := endsOf(t, body, append(slices.Clone(opts), sim.Exhaustive(), sim.Isolated())...)
	assert.Subset(t, got, want, "isolated")
	if testing.Short() {
		return // the other has thousands of schedules
	}
	got = endsOf(t, body, append(slices.Clone(opts), sim.Exhaustive())...)
	assert.Subset(t, got, want)
}

type (
	early struct{ reply proc.ReplyTo[int] }
	late  struct{ reply proc.ReplyTo[int] }
	one   struct{}
	other struct{}
)

// Two requests of different types come to a server with a bounded mailbox; the first has
// been sent before the second, by another client. The one that arrives first can be told.
func TestExhaustive_RequestsToABoundedMailbox(t *testing.T) {
	missesNothing(t, func(s *sim.Sim) string {
		sys := s.System()
		var got []string
		server := proc.Spawn(sys, func(self *proc.Self[any]) error {
			if err := self.Sleep(time.Second); err != nil {
				return err
			}
			for range 2 {
				m, err := self.Receive()
				if err != nil {
					return err
				}
				got = append(got, fmt.Sprintf("%T", m))
			}
			return nil
		}, proc.Bounded(10, proc.Reject))
		second := proc.Spawn(sys, func(self *proc.Self[int]) error {
			if _, err := self.Receive(); err != nil {
				return err
			}
			_, _ = proc.CallWithin(self, 0, server, func(r proc.ReplyTo[int]) any { return late{r} })
			return nil
		})
		proc.Spawn(sys, func(self *proc.Self[int]) error {
			_, _ = proc.CallWithin(self, 0, server, func(r proc.ReplyTo[int]) any { return early{r} })
			second.Send(1)
			return nil
		})
		s.Sleep(time.Minute)
		return fmt.Sprint(got)
	})
}

// The same, and the second one to come is refused.
func TestExhaustive_RequestsToAFullMailbox(t *testing.T) {
	missesNothing(t, func(s *sim.Sim) string {
		sys := s.System()
		var got []string
		server := proc.Spawn(sys, func(self *proc.Self[any]) error {
			if err := self.Sleep(time.Second); err != nil {
				return err
			}
			for range 2 {
				m, err := proc.ReceiveWithin(self, time.Second, sel.Message[any]())
				got = append(got, fmt.Sprintf("%T %T", m, err))
			}
			return nil
		}, proc.Bounded(1, proc.Reject))
		second := proc.Spawn(sys, func(self *proc.Self[int]) error {
			if _, err := self.Receive(); err != nil {
				return err
			}
			_, _ = proc.CallWithin(self, 0, server, func(r proc.ReplyTo[int]) any { return late{r} })
			return nil
		})
		proc.Spawn(sys, func(self *proc.Self[int]) error {
			_, _ = proc.CallWithin(self, 0, server, func(r proc.ReplyTo[int]) any { return early{r} })
			second.Send(1)
			return nil
		})
		s.Sleep(time.Minute)
		return fmt.Sprint(got)
	})
}

// A predicate that panics has seen which message was first.
func TestExhaustive_APredicateThatPanics(t *testing.T) {
	for name, opts := range map[string][]sim.Option{"queues": nil, "instant": {sim.Instant()}} {
		t.Run(name, func(t *testing.T) {
			missesNothing(t, func(s *sim.Sim) string {
				sys := s.System()
				pid := proc.Spawn(sys, func(self *proc.Self[any]) error {
					ones, others := proc.PidFor[one](self), proc.PidFor[other](self)
					proc.Spawn(self, func(*proc.Self[int]) error { ones.Send(one{}); return nil })
					proc.Spawn(self, func(*proc.Self[int]) error { others.Send(other{}); return nil })
					if err := self.Sleep(time.Second); err != nil {
						return err
					}
					_, _ = proc.ReceiveWithin(self, 0, sel.Message[early]())
					refuse := func(v any) bool { panic(fmt.Sprintf("%T", v)) }
					_, err := proc.Receive(self, sel.Or(
						sel.Map(sel.Message[one](), func(o one) any { return o }),
						sel.Map(sel.Message[other](), func(o other) any { return o }),
					).Where(refuse))
					return err
				})
				s.Sleep(time.Minute)
				return fmt.Sprintf("%.60s", pid.Reason().Error())
			}, opts...)
		})
	}
}

// What Eventually waits for is seen between two steps of threads that share nothing.
func TestExhaustive_EventuallyLooks(t *testing.T) {
	missesNothing(t, func(s *sim.Sim) string {
		sys := s.System()
		var a, b bool
		proc.Spawn(sys, func(self *proc.Self[int]) error { a = true; return self.Sleep(time.Second) })
		proc.Spawn(sys, func(self *proc.Self[int]) error { b = true; return self.Sleep(time.Second) })
		s.Eventually("one of them", func() bool { return a || b })
		said := fmt.Sprint(a, b)
		s.Settle()
		return said
	}, sim.Instant())
}
