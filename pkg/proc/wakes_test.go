package proc

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/sel"
)

// wakeCounter is production's scheduler, and counts whom it makes ready.
type wakeCounter struct {
	*seam.Goroutines
	readied atomic.Int64
}

func (c *wakeCounter) Ready(w *seam.Waiter) {
	c.readied.Add(1)
	c.Goroutines.Ready(w)
}

// waitingProcess runs wait as a process, and tests that once that is parked.
func waitingProcess(t *testing.T, wait func(self *Self[any], other ID) error, test func(p Pid[any], readied func() int)) {
	counter := &wakeCounter{Goroutines: seam.NewGoroutines()}
	s := NewSystem(WithScheduler(counter), WithLogger(zerolog.Nop()))
	other := Spawn(s, func(self *Self[any]) error {
		for _, err := range self.Messages() {
			if err != nil {
				return err
			}
		}
		return nil
	})
	p := Spawn(s, func(self *Self[any]) error {
		self.Pid().Send("queued") // and stays so
		return wait(self, other.ID)
	})
	untilParked(other.local())
	untilParked(p.local())
	test(p, func() int { return int(counter.readied.Swap(0)) })
	require.NoError(t, s.Stop(context.Background()))
}

func untilParked(p *Process) {
	for parked := false; !parked; runtime.Gosched() {
		p.Lock()
		parked = p.parked
		p.Unlock()
	}
}

func receiving[T any](s sel.MessageSelector[T]) func(*Self[any], ID) error {
	return func(self *Self[any], _ ID) error { _, err := Receive(self, s); return err }
}

// A blocked process sleeps on when a message of a type that it does not want arrives.
func TestR6_AnUnwantedMessageDoesNotWake(t *testing.T) {
	for name, wait := range map[string]func(*Self[any], ID) error{
		"by type":          receiving(sel.Message[int]()),
		"with a predicate": receiving(sel.Message[int]().Where(func(int) bool { return true })),
		"one of two":       receiving(sel.Or(sel.Case(func(bool) int { return 0 }), sel.Message[int]())),
		"Equal":            receiving(sel.Equal(1)),
		"With":             receiving(sel.With(func(i int) (int, bool) { return i, i > 0 })),
		"Both":             receiving(sel.Both(sel.Message[int](), sel.Message[int](), func(a, _ int) int { return a })),
		"by interface":     receiving(sel.Message[error]()),
		"OneOf":            receiving(sel.OneOf(sel.Message[error](), sel.Message[int]())),
		"ReceiveWithin": func(self *Self[any], _ ID) error {
			_, err := ReceiveWithin(self, time.Hour, sel.Message[int]())
			return err
		},
		"ReceiveWithMonitor": func(self *Self[any], other ID) error {
			_, err := ReceiveWithMonitor(self, other, sel.Message[int]())
			return err
		},
		"Call": func(self *Self[any], other ID) error {
			pid, _ := PidOf[any](other)
			_, err := Call(self, pid, func(r ReplyTo[int]) any { return nil })
			return err
		},
		"Sleep": func(self *Self[any], _ ID) error { return self.Sleep(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			waitingProcess(t, wait, func(p Pid[any], readied func() int) {
				readied()
				for range 100 {
					p.Send("unwanted")
					p.Send(nil)
				}
				require.Zero(t, readied())
				p.Interrupt(InterruptedBy{Value: "enough"})
				require.Equal(t, 1, readied())
			})
		})
	}
}

// And it wakes for one that it wants, once.
func TestR6_AWantedMessageWakes(t *testing.T) {
	waitingProcess(t, func(self *Self[any], _ ID) error {
		for {
			if _, err := Receive(self, sel.Message[int]()); err != nil {
				return err
			}
		}
	}, func(p Pid[any], readied func() int) {
		readied()
		for i := range 100 {
			p.Send(i)
			require.Equal(t, 1, readied())
			untilParked(p.local())
		}
	})
}
