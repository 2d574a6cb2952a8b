package bench

import (
	"sync"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

// spawned is how many processes a comparison of spawning is defined for.
const spawned = 1_000_000

// Spawn is a process that is spawned, gets one message and exits. In a flood
// nobody waits for that, but in the end for all; one by one, the next process is
// spawned when the end of the last one has been seen. The rival is a goroutine
// with a channel of its own. In the flood that has room for the message, so that
// it is a flood, too; the side without a buffer waits for each receiver.
func Spawn() []Comparison {
	return []Comparison{
		{
			Name: "Spawn/flood", N: spawned,
			Rows: timed(1.7),
			Sides: []Side{
				{"hark", spawnHark},
				{"channels", spawnChannels(1)},
				{"channels-unbuffered", spawnChannels(0)},
			},
		},
		{
			Name:  "Spawn/one-by-one",
			Rows:  timed(1.7),
			Sides: []Side{{"hark", spawnWaitHark}, {"channels", spawnWaitChannels}},
		},
	}
}

func spawnHark(b *testing.B) {
	b.ReportAllocs()
	inProcess(b, func(self *proc.Self[any]) error {
		note := new(Note)
		var all sync.WaitGroup
		all.Add(b.N)
		begin(b)
		for range b.N {
			proc.Spawn(self, func(self *proc.Self[*Note]) error {
				_, err := self.Receive()
				all.Done()
				return err
			}).Send(note)
		}
		all.Wait()
		return nil
	})
}

func spawnChannels(room int) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		inGoroutine(func() {
			note := new(Note)
			var all sync.WaitGroup
			all.Add(b.N)
			begin(b)
			for range b.N {
				notes := make(chan *Note, room)
				go func() {
					<-notes
					all.Done()
				}()
				notes <- note
			}
			all.Wait()
		})
	}
}

func spawnWaitHark(b *testing.B) {
	b.ReportAllocs()
	inProcess(b, func(self *proc.Self[any]) error {
		note := new(Note)
		begin(b)
		for range b.N {
			pid := proc.Spawn(self, func(self *proc.Self[*Note]) error {
				_, err := self.Receive()
				return err
			})
			pid.Send(note)
			if _, err := proc.Join(self, pid.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func spawnWaitChannels(b *testing.B) {
	b.ReportAllocs()
	inGoroutine(func() {
		note := new(Note)
		begin(b)
		for range b.N {
			notes, done := make(chan *Note), make(chan struct{})
			go func() {
				defer close(done)
				<-notes
			}()
			notes <- note
			<-done
		}
	})
}
