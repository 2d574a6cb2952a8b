package bench

import (
	"sync"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

const (
	watchers = 100
	watched  = 1000
)

// Monitors is a process that is spawned with a monitor and exits, while a
// hundred others monitor a thousand others each. It is compared with itself,
// with nobody else around.
func Monitors() []Comparison {
	return []Comparison{{
		Name: "Monitors",
		Rows: timed(1.1),
		Sides: []Side{
			{"hark/unrelated=100000", exitBeside(watchers, watched)},
			{"hark/unrelated=0", exitBeside(0, 0)},
		},
	}}
}

func exitBeside(watchers, watched int) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		inProcess(b, func(self *proc.Self[any]) error {
			targets := make([]proc.ID, watched)
			for i := range targets {
				targets[i] = proc.Spawn(self, func(self *proc.Self[any]) error {
					_, err := self.Receive()
					return err
				}).ID
			}
			var ready sync.WaitGroup
			for range watchers {
				ready.Add(1)
				proc.Spawn(self, func(self *proc.Self[any]) error {
					for _, id := range targets {
						self.Monitor(id)
					}
					ready.Done()
					_, err := self.Receive()
					return err
				})
			}
			ready.Wait()
			begin(b)
			for range b.N {
				_, ref := proc.SpawnMonitor(self, func(*proc.Self[any]) error { return nil })
				if _, err := proc.Receive(self, proc.SelectDown(ref)); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
