package sim

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// Only what other runs look into, too, is looked into for a report: what a process sends to
// itself may be guarded by a lock, and be changed by a goroutine of the test.
// A map with a lock elsewhere, in what somebody sends to itself, or what a timer sends.
func TestShown_NotWhatGuestsChange(t *testing.T) {
	body := func(s *Sim) {
		var mu sync.Mutex
		m := map[int]int{1: 1}
		var stop atomic.Bool
		go func() {
			for i := 0; !stop.Load() && i < 200000; i++ {
				mu.Lock()
				m[i%50]++
				mu.Unlock()
			}
		}()
		p := proc.Spawn(s.System(), func(self *proc.Self[map[int]int]) error {
			for range 50 {
				self.Pid().Send(m)
				if _, err := self.Receive(); err != nil {
					return err
				}
			}
			return nil
		})
		_, _ = proc.Join(s.Context(), p.ID)
		stop.Store(true)
		s.Fatalf("fails")
	}
	c := newCheck(t, body, nil)
	c.runs = 1
	r := c.find()
	require.NotNil(t, r)
	t.Log(r.doubt, r.outcome.failure.what)
}
