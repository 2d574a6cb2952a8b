package proc

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/sel"
)

// recorder is a scheduler that is not production's: it counts what goes through
// it, and performs effects at once.
type recorder struct {
	*seam.Goroutines
	mu        sync.Mutex
	delivered map[seam.Kind]int
	parked    int
	readied   int
	started   int
}

func (r *recorder) Go(w *seam.Waiter, run func()) {
	r.mu.Lock()
	r.started++
	r.mu.Unlock()
	r.Goroutines.Go(w, run)
}

func (r *recorder) Park(w *seam.Waiter) {
	r.mu.Lock()
	r.parked++
	r.mu.Unlock()
	r.Goroutines.Park(w)
}

func (r *recorder) Ready(w *seam.Waiter) {
	r.mu.Lock()
	r.readied++
	r.mu.Unlock()
	r.Goroutines.Ready(w)
}

func (r *recorder) Steps() seam.Stepper { return r }

func (r *recorder) Known(*seam.Waiter, seam.Subject)               {}
func (r *recorder) Step()                                          {}
func (r *recorder) Arrive(*seam.Waiter, any)                       {}
func (r *recorder) Touch(*seam.Waiter)                             {}
func (r *recorder) Looks(*seam.Waiter, sel.Pattern, []sel.Pattern) {}
func (r *recorder) Received(*seam.Waiter, any)                     {}
func (r *recorder) Lost(*seam.Waiter, any, string)                 {}
func (r *recorder) Enter(run func()) func()                        { return run }

func (r *recorder) Deliver(_, _ *seam.Waiter, kind seam.Kind, _ any, effect func()) {
	r.mu.Lock()
	r.delivered[kind]++
	r.mu.Unlock()
	effect()
}

func (r *recorder) Answer(_ *seam.Waiter, _ any, effect, _ func()) {
	r.Deliver(nil, nil, seam.Reply, nil, effect)
}

// Everything that one process does to another one, and each park, goes through
// the seam, where a simulator can take the place of goroutines.
func TestSeam_EverythingGoesThroughIt(t *testing.T) {
	r := &recorder{Goroutines: seam.NewGoroutines(), delivered: make(map[seam.Kind]int)}
	s := NewSystem(WithScheduler(r), WithLogger(zerolog.Nop()))
	type ask struct{ reply ReplyTo[int] }
	server := Spawn(s, func(self *Self[ask]) error {
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			m.reply.Reply(7)
		}
		return nil
	})
	main := Spawn(s, func(self *Self[string]) error {
		if n, err := Call(self, server, func(r ReplyTo[int]) ask { return ask{r} }); n != 7 || err != nil {
			return errors.New("no answer")
		}
		crashed := errors.New("crashed")
		child, ref := SpawnMonitor(self, func(c *Self[string]) error {
			_, _ = c.Receive()
			return crashed
		})
		if err := self.Link(child.ID); err != nil {
			return err
		}
		child.Send("go")
		var linked LinkedProcessCrashed
		if err := self.Sleep(time.Hour); !errors.As(err, &linked) {
			return err
		}
		if down, err := Receive(self, SelectDown(ref)); err != nil || !errors.Is(down.Reason, crashed) {
			return errors.New("no down")
		}
		timer := StartTimer(self, time.Millisecond)
		if _, err := Receive(self, SelectTimer(timer)); err != nil {
			return err
		}
		_, err := ReceiveWithin(self, time.Millisecond, sel.Message[string]())
		var late TimeoutInterrupt
		if !errors.As(err, &late) {
			return err
		}
		self.ID().Interrupt(NormalExitRequested{})
		return self.Yield()
	})
	reason, err := Join(context.Background(), main.ID)
	require.NoError(t, err)
	require.Equal(t, ExitNormally{}, reason)
	require.NoError(t, s.Stop(context.Background()))

	r.mu.Lock() // the last goroutine may be in its last instructions
	defer r.mu.Unlock()
	for _, kind := range []seam.Kind{seam.Message, seam.Signal, seam.Reply, seam.ExitFired, seam.Tick} {
		require.Positive(t, r.delivered[kind], "kind %d", kind)
	}
	require.Equal(t, 3, r.started)
	require.Positive(t, r.parked)
	require.Equal(t, r.parked, r.readied)
}
