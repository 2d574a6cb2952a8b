package proc_test

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// receiveCounted is a predicate that counts how often it is asked.
func receiveCounted[T any](asked *atomic.Int64, keep func(T) bool) func(T) bool {
	return func(v T) bool { asked.Add(1); return keep(v) }
}

// While a process is blocked, each arrival is tested once, however many have arrived before it.
func TestD10_AnArrivalIsTestedOnce(t *testing.T) {
	const n = 3000
	wanted := func(i int) bool { return i == n }
	for name, selector := range map[string]func(asked *atomic.Int64) sel.MessageSelector[string]{
		"Where": func(asked *atomic.Int64) sel.MessageSelector[string] {
			return sel.Map(sel.Message[int]().Where(receiveCounted(asked, wanted)), func(i int) string { return fmt.Sprint(i) })
		},
		"With": func(asked *atomic.Int64) sel.MessageSelector[string] {
			ask := receiveCounted(asked, wanted)
			return sel.With(func(i int) (string, bool) { return fmt.Sprint(i), ask(i) })
		},
		"Where in Or": func(asked *atomic.Int64) sel.MessageSelector[string] {
			return sel.Or(receiveAs[bool]("bool"), sel.Map(sel.Message[int]().Where(receiveCounted(asked, wanted)), func(i int) string { return fmt.Sprint(i) }), receiveAs[string]("text"))
		},
		"Dynamic": func(asked *atomic.Int64) sel.MessageSelector[string] {
			ask := receiveCounted(asked, wanted)
			return sel.Dynamic(func(m any) (string, bool) { return fmt.Sprint(m), ask(m.(int)) })
		},
		"Any": func(asked *atomic.Int64) sel.MessageSelector[string] {
			ask := receiveCounted(asked, wanted)
			return sel.Map(sel.Any().Where(func(m any) bool { return ask(m.(int)) }), func(m any) string { return fmt.Sprint(m) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				p := puppetOf[any](w, s)
				var asked atomic.Int64
				for i := range n / 2 {
					p.Send(-i)
				}
				got := puppetBegin(p, selector(&asked))
				w.Eventually("the backlog has been tested", func() bool { return asked.Load() >= n/2 })
				if w.Bubble {
					w.Settle()
				}
				first := asked.Load()
				require.LessOrEqual(w, first, int64(n), "the backlog is looked at once, or twice before the process blocks")
				for i := range n {
					p.Send(i)
					if w.Bubble && i%100 == 0 {
						w.Settle()
						require.Equal(w, first+int64(i)+1, asked.Load())
					}
				}
				p.Send(n)
				require.Equal(w, fmt.Sprint(n), puppetMessage(p, got))
				if w.Bubble { // where it is known that the process had blocked
					require.Equal(w, first+n+1, asked.Load())
				}
				require.LessOrEqual(w, asked.Load(), int64(n+n+1))
			})
		})
	}
}

// An alternative is asked about messages of its own type alone, queued or arriving, however many others there are.
func TestR2_OtherTypesAreNotTested(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		n := w.Sized(5000, 5000, 50)
		s := w.System()
		p := puppetOf[any](w, s)
		var ints, durations, stringers, equal atomic.Int64
		never := func(any) bool { return false }
		selector := sel.Or(
			sel.Map(sel.Message[int]().Where(receiveCounted(&ints, func(i int) bool { return i == 3 })), func(int) string { return "int" }),
			sel.Map(sel.Message[time.Duration]().Where(receiveCounted(&durations, func(d time.Duration) bool { return never(d) })), func(time.Duration) string { return "" }),
			sel.Map(sel.Message[fmt.Stringer]().Where(receiveCounted(&stringers, func(v fmt.Stringer) bool { return never(v) })), func(fmt.Stringer) string { return "" }),
			sel.Map(sel.Equal("wanted"), func(v string) string { equal.Add(1); return v }),
		)
		others := func() {
			for i := range n {
				puppetSend[any](p.Pid, float64(i), fmt.Sprint(i), i%2 == 0, uint8(i), errors.ErrUnsupported, nil)
			}
		}
		others()
		puppetSend[any](p.Pid, 1, time.Second, time.Minute, 2, time.UTC)
		w.Arrive()
		got := puppetBegin(p, selector)
		others()
		p.Send(3)
		require.Equal(w, "int", puppetMessage(p, got))
		require.LessOrEqual(w, ints.Load(), int64(2*2+1))
		require.LessOrEqual(w, durations.Load(), int64(2*2))
		require.LessOrEqual(w, stringers.Load(), int64(2*3))
		require.Zero(w, equal.Load())
		require.Equal(w, 12*n+5, p.waiting())
	})
}

// Receives by type, by interface, and of the process's own kind go on as ever beside a large backlog of other types:
// were each to look at the backlog, this test would take hours.
func TestR2_ALargeBacklogIsNotLookedAt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		backlog, n := w.Sized(200_000, 200_000, 500), w.Sized(10_000, 10_000, 50)
		s := w.System()
		p := puppetOf[any](w, s)
		for i := range backlog {
			p.Send(fmt.Sprint(i))
		}
		w.Arrive()
		require.Empty(w, puppetDo(p, func(self *proc.Self[any]) string {
			byType := sel.Message[int]()
			byInterface := sel.Message[error]()
			mixed := sel.Or(sel.Case(func(float64) any { return nil }), sel.Case(func(e fmt.Stringer) any { return e }), sel.Case(func(b bool) any { return b }))
			for i := range n {
				puppetSend[any](self.Pid(), time.Second, i, io.EOF)
				if m, err := proc.Receive(self, byType); err != nil || m != i {
					return fmt.Sprint("by type: ", m, err)
				}
				if m, err := proc.ReceiveWithin(self, time.Hour, byInterface); err != nil || m != io.EOF {
					return fmt.Sprint("by interface: ", m, err)
				}
				if m, err := proc.Receive(self, mixed); err != nil || m != time.Second {
					return fmt.Sprint("by one of several: ", m, err)
				}
				if _, err := proc.ReceiveWithin(self, 0, byType); err == nil {
					return "something from nothing"
				}
			}
			return ""
		}))
		require.Equal(w, backlog, p.waiting())
	})
}

// No message and no wake-up is lost between senders of wanted and unwanted messages and a receiver that blocks often.
func TestR6_NoWakeUpIsLost(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		rounds := w.Sized(3000, 3000, 100)
		s := w.System()
		p := puppetOf[any](w, s)
		turns := make(chan bool, 1)
		result := puppetStart(p, func(self *proc.Self[any]) string {
			for i := range rounds {
				turns <- true
				if m, err := proc.Receive(self, sel.Message[int]()); err != nil || m != i {
					return fmt.Sprint("int: ", m, err)
				}
				turns <- true
				if m, err := proc.Receive(self, sel.Message[error]()); err != nil || m != io.EOF {
					return fmt.Sprint("error: ", m, err)
				}
			}
			return ""
		})
		for i := range rounds {
			harness.Value(w, turns)
			puppetSend[any](p.Pid, "noise", i, true)
			harness.Value(w, turns)
			puppetSend[any](p.Pid, 1.5, io.EOF, nil)
		}
		require.Empty(w, harness.Value(w, result))
		w.Arrive()
		require.Equal(w, 4*rounds, p.waiting())
	})
}
