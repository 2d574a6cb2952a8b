package proc_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Sender and receiver of a mailbox with one place wait for each other in turn, and neither ever waits in vain.
func TestDecided_SendContextLosesNoWakeUp(t *testing.T) {
	for _, senders := range []int{1, 3} {
		t.Run(fmt.Sprint(senders, " senders"), func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				const each = 3000
				s := w.System()
				p := puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
				sent := make(chan bool, senders)
				for from := range senders {
					proc.Spawn(s, func(self *proc.Self[any]) error {
						for n := range each {
							if err := p.SendContext(self, messagesNote{from, n}); err != nil {
								p.Interrupt(proc.ErrorInterrupt{Err: err})
								return err
							}
						}
						sent <- true
						return nil
					})
				}
				require.Empty(w, puppetDo(p, func(self *proc.Self[any]) string {
					next := map[int]int{}
					for range senders * each {
						m, err := proc.Receive(self, sel.Message[messagesNote]())
						if err != nil || m.N != next[m.From] {
							return fmt.Sprint(m, " instead of ", next[m.From], err)
						}
						next[m.From]++
					}
					return ""
				}))
				for range senders {
					harness.Value(w, sent)
				}
			})
		})
	}
}

// Where TrySend finds no room because others are quicker, SendContext waits: it never says that the mailbox is full.
func TestDecided_SendContextNeverFindsNoRoom(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const senders, each = 6, 400
		s := w.System()
		p := puppetOf[any](w, s, proc.Bounded(4, proc.Reject))
		failed := make(chan error, senders*each)
		var sent sync.WaitGroup
		for from := range senders {
			sent.Go(func() {
				for n := range each {
					if from%2 == 0 {
						failed <- p.SendContext(context.Background(), messagesNote{from, n})
					} else {
						_ = p.TrySend("in the way")
					}
				}
			})
		}
		received := puppetStart(p, func(self *proc.Self[any]) int {
			for n := 0; ; n++ {
				if _, err := proc.Receive(self, sel.Any()); err != nil {
					return n
				}
			}
		})
		sent.Wait()
		p.Interrupt(proc.InterruptedBy{Value: "enough"})
		require.GreaterOrEqual(w, harness.Value(w, received)+len(puppetDrain(p)), senders/2*each)
		for range senders / 2 * each {
			require.NoError(w, <-failed)
		}
	})
}
