package event_test

import (
	"context"
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// news is the event of most tests: the nth of one publisher.
type news struct{ From, N int }

type world = harness.World

type order = harness.Order

var errBroken = errors.New("broken")

// numbers are the ns of the news with these numbers, for comparison.
func numbers(from, to int) []news {
	all := []news{}
	for n := from; n <= to; n++ {
		all = append(all, news{N: n})
	}
	return all
}

// publish publishes the news with these numbers.
func publish(t *event.Topic[news], from, to int) {
	for _, e := range numbers(from, to) {
		t.Publish(e)
	}
}

// observing is an actor that observes.
func observing[E any](w *world, host proc.Host, t *event.Topic[E], opts ...event.ObserveOption) harness.Actor {
	w.Helper()
	a := harness.NewActor(w, host)
	require.NoError(w, observe(w, a, t, opts...))
	return a
}

// observe has an actor observe.
func observe[E any](w *world, a harness.Actor, t *event.Topic[E], opts ...event.ObserveOption) error {
	w.Helper()
	return harness.Do(w, a, func(self *proc.Self[order]) error { return t.Observe(self, opts...) })
}

// address is that of an actor for events.
func address[E any](w *world, a harness.Actor) proc.Pid[E] {
	w.Helper()
	return harness.Do(w, a, func(self *proc.Self[order]) proc.Pid[E] { return proc.PidFor[E](self) })
}

// received is what an actor has in its mailbox of one type, and takes it out.
func received[E any](w *world, a harness.Actor) []E {
	w.Helper()
	return harness.Do(w, a, func(self *proc.Self[order]) []E { return drain(self, sel.Message[E]()) })
}

func drain[E any](self proc.Receiver, s sel.MessageSelector[E]) []E {
	all := []E{}
	for {
		e, err := proc.ReceiveWithin(self, 0, s)
		if err != nil {
			return all
		}
		all = append(all, e)
	}
}

// held is what a queue holds, and takes it out.
func held[E any](w *world, q *event.Queue[E]) []E {
	w.Helper()
	all := []E{}
	for q.Len() > 0 {
		e, err := q.Receive(context.Background())
		require.NoError(w, err)
		all = append(all, e)
	}
	return all
}

// end kills, and waits until that is known.
func end(w *world, a harness.Actor) {
	w.Helper()
	a.Kill()
	harness.Ended(w, a.ID)
}

// result is what a receive has returned.
type result[E any] struct {
	e   E
	err error
}

func receiving[E any](w *world, ctx context.Context, q *event.Queue[E]) <-chan result[E] {
	return harness.Async(w, func() result[E] {
		e, err := q.Receive(ctx)
		return result[E]{e, err}
	})
}
