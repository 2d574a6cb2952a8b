package proc_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// idler tells when its limit, of a second, is over. It refuses strings.
type idler struct {
	taken atomic.Int64
	idle  chan time.Time
}

var idling = proc.NewLoop(func(self *proc.Self[any], i **idler) error {
	for {
		got, err := proc.ReceiveOrHibernate(self, time.Second, sel.Any(), nil)
		switch err.(type) {
		case nil:
		case proc.TimeoutInterrupt:
			(*i).idle <- self.System().Now()
			continue
		default:
			return err
		}
		if text, ok := got.(string); ok {
			proc.Refuse(self, text)
		} else {
			(*i).taken.Add(1)
		}
	}
})

// What is refused does not prolong the limit of a loop, be the process warm or
// hibernating; what is taken does.
func TestRefuse_TheLimitGoesOn(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return // exact only where time is virtual
		}
		i := &idler{idle: make(chan time.Time, 1)}
		pid := proc.Spawn(w.System(), func(*proc.Self[any]) error { return idling.Enter(i) })
		for _, gap := range []time.Duration{40 * time.Millisecond, 300 * time.Millisecond, 999 * time.Millisecond} {
			begin := time.Now()
			pid.Send(1)
			for range 3 {
				time.Sleep(gap)
				w.Settle()
				if len(i.idle) > 0 {
					break
				}
				pid.Send("refused")
			}
			require.Equal(w, time.Second, harness.Value(w, i.idle).Sub(begin), gap)

			pid.Send(2) // and what is taken begins it anew
			time.Sleep(gap)
			begin = time.Now()
			pid.Send(3)
			require.Equal(w, time.Second, harness.Value(w, i.idle).Sub(begin))
		}
	})
}

// Info tells what a loop says of its state, to anybody at any moment, unless the
// process has set details itself.
func TestS6_DetailsOfALoop(t *testing.T) {
	type counter struct{ n atomic.Int64 }
	counting := proc.NewLoop(func(self *proc.Self[int], c **counter) error {
		for {
			n, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil)
			if err != nil {
				return err
			}
			if (*c).n.Add(int64(n)); n == 0 {
				self.SetDetails("my own")
			}
		}
	}).Details(func(c **counter) string { return time.Duration((*c).n.Load()).String() })
	harness.Everywhere(t, func(w *harness.World) {
		pid := proc.Spawn(w.System(), func(*proc.Self[int]) error { return counting.Enter(new(counter)) })
		details := func() string {
			w.Settle()
			info, ok := pid.Info()
			require.True(w, ok)
			return info.Details
		}
		require.Equal(w, "0s", details())
		pid.Send(5)
		require.Equal(w, "5ns", details())
		pid.Send(0)
		require.Equal(w, "my own", details())
	})
}
