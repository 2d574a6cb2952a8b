package bench

import (
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

// streamed is how many messages a stream is defined for: a mailbox without a
// bound grows as long as the senders are faster than the receiver.
const streamed = 5_000_000

// Stream is one or eight senders and one receiver, and nothing comes back. The
// time is that of a message, until all have been received. The rival is a
// channel with room for 1024.
func Stream() []Comparison {
	note, triple := new(Note), Triple{1, 2, 3}
	return []Comparison{
		{
			Name: "Stream/pointer/senders=1", N: streamed,
			Rows:  timed(0.5),
			Sides: []Side{{"hark", streamHark(1, note)}, {"channels", streamChannels(1, note)}},
		},
		{
			Name: "Stream/pointer/senders=8", N: streamed,
			Rows:  timed(0.7),
			Sides: []Side{{"hark", streamHark(8, note)}, {"channels", streamChannels(8, note)}},
		},
		{
			Name: "Stream/struct/senders=1", N: streamed,
			Rows: []Row{{Unit: perOp}, {Unit: allocs, Most: 1}},
			Sides: []Side{
				{"hark", streamHark(1, triple)},
				{"channels", streamChannels(1, triple)},
				{"channels-any", streamChannels[any](1, triple)},
			},
		},
		{
			Name: "Stream/struct/senders=8", N: streamed,
			Rows: []Row{{Unit: perOp}, {Unit: allocs, Most: 1}},
			Sides: []Side{
				{"hark", streamHark(8, triple)},
				{"channels", streamChannels(8, triple)},
				{"channels-any", streamChannels[any](8, triple)},
			},
		},
	}
}

func streamHark[M any](senders int, message M) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		inProcess(b, func(self *proc.Self[M]) error {
			me := self.Pid()
			begin(b)
			for i := range senders {
				n := share(b.N, i, senders)
				proc.Spawn(self, func(*proc.Self[any]) error {
					for range n {
						me.Send(message)
					}
					return nil
				})
			}
			for range b.N {
				if _, err := self.Receive(); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func streamChannels[M any](senders int, message M) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		inGoroutine(func() {
			messages := make(chan M, 1024)
			begin(b)
			for i := range senders {
				n := share(b.N, i, senders)
				go func() {
					for range n {
						messages <- message
					}
				}()
			}
			for range b.N {
				<-messages
			}
		})
	}
}
