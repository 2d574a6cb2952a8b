package event_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// Everything at once: publishers, observers that come and go and are killed, queues that
// are read, closed and let go of, functions that use the topic, and its end at last. Who
// stays all the time sees each event once, in each publisher's order.
func TestStress_Everything(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		const publishers, keep = 4, 20
		each := w.Sized(3000, 500, 20)
		s := w.Quiet()
		owner := harness.NewActor(w, s)
		topic := owned(w, owner, event.Keep(keep))
		witness := topic.Queue(1<<30, event.DropNewest)
		process := observing(w, s, topic)

		var stop atomic.Bool
		visitors, writers := w.Group(), w.Group()
		check := func(got []news) {
			next := map[int]int{}
			for _, e := range got {
				if n, known := next[e.From]; known && n != e.N {
					w.Errorf("publisher %d: %d where %d was due", e.From, e.N, n)
				}
				next[e.From] = e.N + 1
			}
		}
		all := event.Map(func(e news) news { return e })
		using := event.Map(func(e news) news {
			if e.N%100 == 0 {
				_ = topic.Info()
				topic.Forget(owner.ID)
			}
			return e
		})
		for i := range 6 {
			visitors.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 1))
				for n := 0; !stop.Load() && n < 2*each; n++ {
					switch last := event.Last(r.IntN(keep + 1)); r.IntN(5) {
					case 0: // a process that observes, and ends in some way
						how := r.IntN(4)
						f := []func(news) (news, bool){nil, all, using}[r.IntN(3)]
						pid := proc.Spawn(s, func(self *proc.Self[news]) error {
							var err error
							if f == nil {
								err = topic.Observe(self, last)
							} else {
								err = event.ObserveAs(topic, self.Pid(), f, last)
							}
							if err != nil || how == 0 {
								return nil
							}
							var got []news
							for e, err := range self.Messages() {
								if err != nil {
									break
								}
								if got = append(got, e); len(got) == 20 {
									break
								}
							}
							check(got)
							if how == 1 {
								topic.Forget(self.ID())
							}
							return errBroken
						})
						if how >= 2 {
							for range r.IntN(100) {
								_ = topic.Closed()
							}
							pid.Kill()
						} else {
							pid.Interrupt(proc.NormalExitRequested{})
						}
					case 1: // a queue that is read for a while
						q := topic.Queue(1000, event.DropNewest, last)
						var got []news
						for e, err := range q.Events(w.Context()) {
							if err != nil {
								break
							}
							if got = append(got, e); len(got) == 5 || stop.Load() {
								break
							}
						}
						if q.Dropped() == 0 {
							check(got)
						}
						q.Close()
					case 2: // one that nobody reads
						event.QueueAs(topic, 3, event.DropOldest, using, last).Close()
					case 3: // one that is let go of
						if r.IntN(50) == 0 {
							topic.Queue(3, event.DropOldest, last)
						}
					case 4:
						_ = topic.Add(proc.Pid[news]{ID: process.ID}) // it is one
					}
				}
			})
		}
		for from := range publishers {
			writers.Go(func() {
				for n := range each {
					topic.Publish(news{from, n})
				}
			})
		}
		writers.Wait()
		stop.Store(true)
		end(w, owner)
		visitors.Wait()
		require.Error(w, topic.TryPublish(news{}))
		want := held(w, witness)
		require.Len(w, want, publishers*each)
		check(want)
		require.Zero(w, witness.Dropped())
		require.Equal(w, want, received[news](w, process))
		require.Zero(w, topic.Info().Observers)
	})
}
