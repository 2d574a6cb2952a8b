package proc_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// receiveWithin lets p begin a ReceiveWithin.
func receiveWithin[T any](p puppet[any], d time.Duration, s sel.MessageSelector[T]) <-chan puppetGot[T] {
	return puppetStart(p, func(self *proc.Self[any]) puppetGot[T] {
		v, err := proc.ReceiveWithin(self, d, s)
		return puppetGot[T]{v, err}
	})
}

// With no time at all the whole mailbox is still looked at, once, to its very end.
func TestR4_NoTimeLooksAtTheWholeMailbox(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		for _, d := range []time.Duration{0, -1, -time.Hour, math.MinInt64} {
			for i := range 1000 {
				p.Send(i)
			}
			p.Send("last")
			w.Arrive()
			require.Equal(w, "last", puppetMessage(p, receiveWithin(p, d, sel.Message[string]())))
			require.Equal(w, 999, puppetMessage(p, receiveWithin(p, d, sel.Equal(999))))
			require.Equal(w, 999, p.waiting())

			start := time.Now()
			got := harness.Value(w, receiveWithin(p, d, sel.Message[string]()))
			require.IsType(w, proc.TimeoutInterrupt{}, got.Err)
			require.ErrorIs(w, got.Err, context.DeadlineExceeded)
			if w.Bubble {
				require.Zero(w, time.Since(start))
			}
			require.Len(w, puppetDrain(p), 999)
		}
	})
}

// What is queued is taken at once, however short the time; a timeout takes nothing and changes no order.
func TestR4_NothingIsTakenByATimeout(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		puppetSend[any](p.Pid, "a", 1, "b")
		start := time.Now()
		require.Equal(w, 1, puppetMessage(p, receiveWithin(p, time.Nanosecond, sel.Message[int]())))
		if w.Bubble {
			require.Zero(w, time.Since(start))
		}
		p.Send(2)
		refuse := sel.Message[int]().Where(func(int) bool { return false })
		waited := receiveWithin(p, 5*time.Millisecond, refuse)
		puppetSend[any](p.Pid, 3, "c")
		got := harness.Value(w, waited)
		require.Equal(w, 5*time.Millisecond, puppetError[proc.TimeoutInterrupt](w, got.Err).After)
		if w.Bubble {
			require.Equal(w, 5*time.Millisecond, time.Since(start))
		}
		require.Equal(w, []any{"a", "b", 2, 3, "c"}, puppetDrain(p))
	})
}

// Looking takes as long as it takes: a match behind slow predicates is found though the time is over.
func TestR4_TheWholeMailboxAlsoPastTheLimit(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		const d = time.Millisecond
		p.Send(1)
		looking, looked := make(chan bool, 1), make(chan bool)
		got := receiveWithin(p, d, sel.Message[int]().Where(func(i int) bool {
			if i == 1 {
				select {
				case looking <- true:
					<-looked
				default:
				}
			}
			return i == 2
		}))
		harness.Value(w, looking)
		<-time.After(3 * d)
		p.Send(2)
		close(looked)
		require.Equal(w, 2, puppetMessage(p, got))
		require.Equal(w, []any{1}, puppetDrain(p))
	})
}

// Messages that do not match do not prolong the wait; one that matches ends it, and no timer is left to end the next.
func TestR4_TheLimitIsOfTheWholeWait(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return // exact times need the virtual clock
		}
		s := w.System()
		p := puppetOf[any](w, s)
		waited := puppetStart(p, func(self *proc.Self[any]) time.Duration {
			start := time.Now()
			_, err := proc.ReceiveWithin(self, 10*time.Millisecond, sel.Message[int]())
			if _, timeout := err.(proc.TimeoutInterrupt); !timeout {
				return -1
			}
			return time.Since(start)
		})
		for range 6 {
			<-time.After(3 * time.Millisecond)
			p.Send("other")
		}
		require.Equal(w, 10*time.Millisecond, harness.Value(w, waited))
		require.Len(w, puppetDrain(p), 6)

		got := receiveWithin(p, 10*time.Millisecond, sel.Message[int]())
		<-time.After(3 * time.Millisecond)
		p.Send(1)
		require.Equal(w, 1, puppetMessage(p, got))
		start := time.Now()
		got = receiveWithin(p, 20*time.Millisecond, sel.Message[int]())
		puppetError[proc.TimeoutInterrupt](w, harness.Value(w, got).Err)
		require.Equal(w, 20*time.Millisecond, time.Since(start))
		for range 100 {
			got = receiveWithin(p, time.Hour, sel.Message[int]())
			p.Send(1)
			require.Equal(w, 1, puppetMessage(p, got))
		}
		unlimited := puppetBegin(p, sel.Message[int]())
		<-time.After(10 * time.Hour)
		require.Empty(w, unlimited)
		p.Send(2)
		require.Equal(w, 2, puppetMessage(p, unlimited))
	})
}

// The longest of all durations is a limit like others.
func TestR4_LongLimits(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		for _, d := range []time.Duration{time.Hour, math.MaxInt64} {
			got := receiveWithin(p, d, sel.Message[int]())
			p.receiving()
			puppetSend[any](p.Pid, "other", 1)
			require.Equal(w, 1, puppetMessage(p, got))
		}
	})
}

// Whether it arrives just before or just after the limit, a message is received or still there: never lost, never twice.
func TestR4_ArrivalsAtTheLimit(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const n, d = 300, 200 * time.Microsecond
		s := w.System()
		p := puppetOf[any](w, s)
		result := puppetStart(p, func(self *proc.Self[any]) (got []int) {
			for len(got) < n {
				m, err := proc.ReceiveWithin(self, d, sel.Message[int]())
				if err == nil {
					got = append(got, m)
				} else if _, timeout := err.(proc.TimeoutInterrupt); !timeout {
					return nil
				}
			}
			return got
		})
		for i := range n {
			<-time.After(d + time.Duration(i%3-1)*time.Microsecond)
			p.Send("other")
			p.Send(i)
		}
		got := harness.Value(w, result)
		require.Len(w, got, n)
		for i := range n {
			require.Equal(w, i, got[i])
		}
		require.Equal(w, n, p.waiting())
	})
}
