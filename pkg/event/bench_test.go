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

// drop has a process empty its mailbox.
type drop struct{ done chan<- struct{} }

// The sending alone, of a value, to 1,000 processes that wait for something else: what the
// publisher pays.
func BenchmarkPublishValues(b *testing.B) {
	const n = 1000
	run := func(b *testing.B, begin func(*proc.Self[news]), publish func(all []proc.Pid[news])) {
		s := quietSystem(b)
		var all []proc.Pid[news]
		var drops []proc.Pid[drop]
		for range n {
			up := make(chan proc.Pid[drop])
			all = append(all, proc.Spawn(s, func(self *proc.Self[news]) error {
				begin(self)
				up <- proc.PidFor[drop](self)
				for {
					d, err := proc.Receive(self, sel.Message[drop]())
					if err != nil {
						return err
					}
					self.Flush()
					d.done <- struct{}{}
				}
			}))
			drops = append(drops, <-up)
		}
		done := make(chan struct{}, n)
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			publish(all)
			if i%64 == 63 {
				b.StopTimer()
				for _, to := range drops {
					to.Send(drop{done})
				}
				for range n {
					<-done
				}
				b.StartTimer()
			}
		}
	}
	var topic *event.Topic[news]
	fresh := func(b *testing.B) { topic = event.New[news](quietSystem(b)) }
	toTopic := func([]proc.Pid[news]) { topic.Publish(news{1, 2}) }
	b.Run("topic", func(b *testing.B) {
		fresh(b)
		run(b, func(self *proc.Self[news]) { _ = topic.Observe(self) }, toTopic)
	})
	b.Run("sends", func(b *testing.B) {
		run(b, func(*proc.Self[news]) {}, func(all []proc.Pid[news]) {
			for _, to := range all {
				to.Send(news{1, 2})
			}
		})
	})
	b.Run("added", func(b *testing.B) { // by others, who have no way to box the event once
		fresh(b)
		run(b, func(self *proc.Self[news]) { _ = topic.Add(self.Pid()) }, toTopic)
	})
	b.Run("mapped", func(b *testing.B) {
		fresh(b)
		f := event.Map(func(e news) news { return e })
		run(b, func(self *proc.Self[news]) { _ = event.ObserveAs(topic, self.Pid(), f) }, toTopic)
	})
	b.Run("refused", func(b *testing.B) {
		fresh(b)
		f := event.Where(func(e news) bool { return e.N < 0 })
		run(b, func(self *proc.Self[news]) { _ = event.ObserveAs(topic, self.Pid(), f) }, toTopic)
	})
}
