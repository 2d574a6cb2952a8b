package event_test

import (
	"context"
	"testing"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

func quietSystem(b *testing.B) *proc.System {
	s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	b.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

// crowd are the addresses of n processes that receive news until they are told, by a
// nil pointer, to say so. done gets one value for each.
func crowd(b *testing.B, s *proc.System, n int, topic *event.Topic[*news]) (all []proc.Pid[*news], done chan struct{}) {
	done = make(chan struct{}, n)
	for range n {
		up := make(chan error)
		all = append(all, proc.Spawn(s, func(self *proc.Self[*news]) error {
			if topic != nil {
				up <- topic.Observe(self)
			} else {
				up <- nil
			}
			for {
				e, err := proc.Receive(self, sel.Message[*news]())
				if err != nil {
					return err
				}
				if e == nil {
					done <- struct{}{}
				}
			}
		}))
		if err := <-up; err != nil {
			b.Fatal(err)
		}
	}
	return all, done
}

// Publishing to 1,000 processes, beside 1,000 plain sends and sends on 1,000 channels,
// until all of them have received all.
func BenchmarkPublishToProcesses(b *testing.B) {
	const n = 1000
	b.Run("topic", func(b *testing.B) {
		s := quietSystem(b)
		topic := event.New[*news](s)
		_, done := crowd(b, s, n, topic)
		b.ReportAllocs()
		for b.Loop() {
			topic.Publish(&news{})
			topic.Publish(nil)
			for range n {
				<-done
			}
		}
	})
	b.Run("sends", func(b *testing.B) {
		s := quietSystem(b)
		all, done := crowd(b, s, n, nil)
		b.ReportAllocs()
		for b.Loop() {
			e := &news{}
			for _, to := range all {
				to.Send(e)
			}
			for _, to := range all {
				to.Send(nil)
			}
			for range n {
				<-done
			}
		}
	})
	b.Run("channels", func(b *testing.B) {
		done := make(chan struct{}, n)
		all := make([]chan *news, n)
		for i := range all {
			all[i] = make(chan *news, 16)
			go func() {
				for e := range all[i] {
					if e == nil {
						done <- struct{}{}
					}
				}
			}()
		}
		b.ReportAllocs()
		for b.Loop() {
			e := &news{}
			for _, to := range all {
				to <- e
			}
			for _, to := range all {
				to <- nil
			}
			for range n {
				<-done
			}
		}
		for _, to := range all {
			close(to)
		}
	})
}

// The sending alone, of a value, to 1,000 processes that do not receive: what the
// publisher pays.
func BenchmarkPublishValues(b *testing.B) {
	const n = 1000
	busy := func(b *testing.B, s *proc.System, begin func(*proc.Self[news])) []proc.Pid[news] {
		var all []proc.Pid[news]
		for range n {
			up := make(chan struct{})
			all = append(all, proc.Spawn(s, func(self *proc.Self[news]) error {
				begin(self)
				close(up)
				return self.Sleep(1 << 62)
			}, proc.Bounded(64, proc.DropOldest)))
			<-up
		}
		return all
	}
	b.Run("topic", func(b *testing.B) {
		s := quietSystem(b)
		topic := event.New[news](s)
		busy(b, s, func(self *proc.Self[news]) { _ = topic.Observe(self) })
		b.ReportAllocs()
		for b.Loop() {
			topic.Publish(news{1, 2})
		}
	})
	b.Run("sends", func(b *testing.B) {
		s := quietSystem(b)
		all := busy(b, s, func(*proc.Self[news]) {})
		b.ReportAllocs()
		for b.Loop() {
			for _, to := range all {
				to.Send(news{1, 2})
			}
		}
	})
	b.Run("filters", func(b *testing.B) {
		s := quietSystem(b)
		topic := event.New[news](s)
		busy(b, s, func(self *proc.Self[news]) {
			keep := func(e news) bool { return e.N < 0 }
			_ = event.ObserveAs(topic, self.Pid(), event.Where(keep))
		})
		b.ReportAllocs()
		for b.Loop() {
			topic.Publish(news{1, 2})
		}
	})
}
