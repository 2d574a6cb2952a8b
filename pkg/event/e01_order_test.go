package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Observers of each kind receive what one publishes, in its order.
func TestE1_EventsComeInTheOrderOfPublishing(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a := observing(w, s, topic)
		b := harness.NewActor(w, s)
		require.NoError(w, topic.Add(address[news](w, b)))
		c := harness.NewActor(w, s)
		require.NoError(w, event.ObserveAs(topic, address[int](w, c), event.Map(func(e news) int { return e.N })))
		q := topic.Queue(100, event.DropOldest)
		publish(topic, 1, 50)
		require.Equal(w, numbers(1, 50), received[news](w, a))
		require.Equal(w, numbers(1, 50), received[news](w, b))
		require.Equal(w, numbers(1, 50), held(w, q))
		for i, n := range received[int](w, c) {
			require.Equal(w, i+1, n)
		}
	})
}

// However many publish at once, all observers see one and the same order, and in it
// each publisher's own. Filters and mappings make no difference.
func TestE1_AllObserversSeeOneOrder(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		const publishers, each = 8, 200
		s := w.Quiet()
		topic := event.New[news](s)
		plain := []harness.Actor{observing(w, s, topic), observing(w, s, topic)}
		mapped := harness.NewActor(w, s)
		require.NoError(w, event.ObserveAs(topic, address[*news](w, mapped), event.Map(func(e news) *news { return &e })))
		some := harness.NewActor(w, s)
		even := event.Where(func(e news) bool { return e.N%2 == 0 })
		require.NoError(w, event.ObserveAs(topic, address[news](w, some), even))
		q := topic.Queue(publishers*each, event.DropNewest)

		all := w.Group()
		for from := range publishers {
			all.Go(func() {
				for n := range each {
					topic.Publish(news{from, n})
				}
			})
		}
		all.Wait()

		want := held(w, q)
		require.Len(w, want, publishers*each)
		next := make([]int, publishers)
		for _, e := range want {
			require.Equal(w, next[e.From], e.N, "a publisher's own order")
			next[e.From]++
		}
		for _, a := range plain {
			require.Equal(w, want, received[news](w, a))
		}
		got := []news{}
		for _, e := range received[*news](w, mapped) {
			got = append(got, *e)
		}
		require.Equal(w, want, got)
		rest := []news{}
		for _, e := range want {
			if e.N%2 == 0 {
				rest = append(rest, e)
			}
		}
		require.Equal(w, rest, received[news](w, some))
	})
}

// What a process publishes and what it sends otherwise arrives in the order in which
// it has done so, its ProcessDown at last.
func TestE1_EventsAndMessagesOfOneProcessAreInOrder(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		const n = 500
		s := w.Quiet()
		topic := event.New[news](s)
		done := make(chan []any, 1)
		ready := make(chan proc.Pid[any])
		proc.Spawn(s, func(self *proc.Self[any]) error {
			err := event.ObserveAs(topic, self.Pid(), event.Map(func(e news) any { return e }))
			if err != nil {
				return err
			}
			ready <- self.Pid()
			var got []any
			for m := range self.Messages() {
				got = append(got, m)
				if _, ok := m.(proc.ProcessDown); ok {
					break
				}
			}
			done <- got
			return nil
		})
		to := harness.Value(w, ready)
		// Others publish meanwhile.
		stop := make(chan struct{})
		others := w.Group()
		for range 3 {
			others.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						topic.Publish(news{From: 1})
					}
					if w.Bubble {
						return // it would be alone for ever
					}
				}
			})
		}
		p := harness.NewActor(w, s)
		to.Send("begin")
		harness.Do(w, p, func(self *proc.Self[order]) error {
			for i := range n {
				topic.Publish(news{N: i})
				to.Send(i)
			}
			return nil
		})
		harness.Leave(p, nil)
		harness.Ended(w, p.ID)
		close(stop)
		others.Wait()
		w.Settle() // nothing is promised of what two processes send to a third
		to.Send(proc.ProcessDown{})
		want := 0
		for _, m := range harness.Value(w, done) {
			switch m := m.(type) {
			case news:
				if m.From == 0 {
					require.Equal(w, want, 2*m.N)
					want++
				}
			case int:
				require.Equal(w, want, 2*m+1)
				want++
			}
		}
		require.Equal(w, 2*n, want)
	})
}

// A ProcessDown comes after all that its process has published.
func TestE1_ProcessDownComesAfterTheEvents(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a := observing(w, s, topic)
		p := harness.NewActor(w, s)
		ref := harness.Do(w, a, func(self *proc.Self[order]) proc.MonitorRef { return self.Monitor(p.ID) })
		p.Send(func(self *proc.Self[order]) *harness.End {
			defer publish(topic, 11, 20)
			publish(topic, 1, 10)
			return &harness.End{Err: errBroken}
		})
		harness.Ended(w, p.ID)
		got := harness.Do(w, a, func(self *proc.Self[order]) []any {
			return drain(self, sel.Or(
				sel.Map(sel.Message[news](), func(e news) any { return e.N }),
				sel.Map(proc.SelectDown(ref), func(proc.ProcessDown) any { return "down" })))
		})
		want := []any{}
		for n := 1; n <= 20; n++ {
			want = append(want, n)
		}
		require.Equal(w, append(want, "down"), got)
	})
}

// An event is a message like others: it can be received by type, as the message of
// the process if it is one, and as nil if the type allows that.
func TestE1_EventsAreMessages(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[error](s)
		got := make(chan error, 2)
		ready := make(chan error)
		p := proc.Spawn(s, func(self *proc.Self[error]) error {
			ready <- topic.Observe(self)
			for range 2 {
				e, err := self.Receive()
				if err != nil {
					return err
				}
				got <- e
			}
			return nil
		})
		require.NoError(w, harness.Value(w, ready))
		topic.Publish(errBroken)
		topic.Publish(nil)
		require.Equal(w, errBroken, harness.Value(w, got))
		require.NoError(w, harness.Value(w, got))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
	})
}
