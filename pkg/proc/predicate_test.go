package proc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A receive within a predicate is a mistake that is told at once, however the message has come
// that the predicate looks at; and if somebody recovers from that, the message is still there,
// once (R1).
func TestR1_APredicateThatReceives(t *testing.T) {
	type other struct{ n int }
	within := map[string]func(self *proc.Self[any]){
		"by type": func(self *proc.Self[any]) { _, _ = proc.ReceiveWithin(self, 0, sel.Message[string]()) },
		"by a predicate": func(self *proc.Self[any]) {
			_, _ = proc.ReceiveWithin(self, 0, sel.Message[string]().Where(func(string) bool { return true }))
		},
		"everything": func(self *proc.Self[any]) { self.Flush() },
	}
	for name, receive := range within {
		for _, before := range []int{0, 1, 3} {
			harness.Everywhere(t, func(w *harness.World) {
				got := make(chan any, 2)
				pid := proc.Spawn(w.System(), func(self *proc.Self[any]) error {
					mine := proc.PidFor[any](self)
					for i := range before {
						mine.Send(other{i})
					}
					mine.Send(1)
					looks := sel.Message[int]().Where(func(int) bool { receive(self); return true })
					func() {
						defer func() { got <- recover() }()
						_, _ = proc.Receive(self, looks)
					}()
					n, err := proc.ReceiveWithin(self, 0, sel.Message[int]().Where(func(int) bool { return true }))
					if err != nil {
						return err
					}
					got <- n
					_, err = proc.ReceiveWithin(self, 0, sel.Message[int]())
					require.Error(w, err)
					return nil
				})
				require.Contains(w, harness.Value(w, got), "these must be pure", name)
				require.Equal(w, 1, harness.Value(w, got), name)
				harness.Ended(w, pid.ID)
			})
		}
	}
}

// One that finds its message at once is not noticed. It takes that, and nobody else does.
func TestR1_APredicateThatTakesItsMessage(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		taken := make(chan int, 3)
		pid := proc.Spawn(w.System(), func(self *proc.Self[int]) error {
			for range 2 {
				n, err := proc.ReceiveWithin(self, time.Second, sel.Message[int]().Where(func(int) bool {
					n, _ := self.Receive()
					taken <- n
					return true
				}))
				if err == nil {
					taken <- n
				}
			}
			return nil
		})
		pid.Send(1)
		harness.Ended(w, pid.ID)
		require.Equal(w, 1, harness.Value(w, taken))
		require.Empty(w, taken)
	})
}

// A process that recovers from the panic of a predicate can receive again, in a deferred function too.
func TestR1_APredicateThatPanics(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		got := make(chan any, 3)
		pid := proc.Spawn(w.System(), func(self *proc.Self[int]) error {
			defer func() {
				recover()
				n, err := self.Receive()
				got <- n
				got <- err
			}()
			_, _ = proc.Receive(self, sel.Message[int]().Where(func(int) bool { panic("x") }))
			return nil
		})
		pid.Send(1)
		require.Equal(w, 1, harness.Value(w, got))
		require.Nil(w, harness.Value(w, got))
		harness.Ended(w, pid.ID)
	})
}
