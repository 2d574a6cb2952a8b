package proc_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// receiveAs makes an arm that tells which one it is.
func receiveAs[A any](arm string) sel.MessageSelector[string] {
	return sel.Case(func(v A) string { return fmt.Sprint(arm, " ", v) })
}

// receiveChoices are mailboxes, selectors, and what is to be taken.
var receiveChoices = []struct {
	name     string
	messages []any
	selector sel.MessageSelector[string]
	want     string
	taken    int // the index of the message
}{
	{"the oldest, not the first alternative", []any{1, "a"}, sel.Or(receiveAs[string]("text"), receiveAs[int]("int")), "int 1", 0},
	{"the oldest of one type", []any{"a", 1, 2, "b"}, receiveAs[int]("int"), "int 1", 1},
	{"the first alternative of two", []any{1}, sel.Or(receiveAs[int]("first"), receiveAs[int]("second")), "first 1", 0},
	{"interface before type", []any{1, time.Second}, sel.Or(receiveAs[fmt.Stringer]("interface"), receiveAs[time.Duration]("type")), "interface 1s", 1},
	{"type before interface", []any{1, time.Second}, sel.Or(receiveAs[time.Duration]("type"), receiveAs[fmt.Stringer]("interface")), "type 1s", 1},
	{"the oldest of an interface's types", []any{1, io.EOF, fs.ErrExist, &fs.PathError{Err: io.EOF}}, receiveAs[error]("error"), "error EOF", 1},
	{"an older message of a later interface", []any{"a", io.EOF, time.Second}, sel.Or(receiveAs[fmt.Stringer]("stringer"), receiveAs[error]("error")), "error EOF", 1},
	{"the alternative whose predicate holds", []any{1}, sel.Or(
		sel.Map(sel.Message[int]().Where(func(i int) bool { return i > 1 }), func(int) string { return "large" }), receiveAs[int]("any")), "any 1", 0},
	{"the first message that a predicate holds for", []any{1, 2, 3}, sel.Map(sel.Message[int]().Where(func(i int) bool { return i > 1 }), func(i int) string { return fmt.Sprint(i) }), "2", 1},
	{"an older message of the last alternative", []any{1, 2, "a", 3}, sel.Or(
		sel.Map(sel.Message[int]().Where(func(i int) bool { return i > 2 }), func(i int) string { return fmt.Sprint(i) }), receiveAs[string]("text")), "text a", 2},
	{"Any behind a type", []any{"a", 1}, sel.Or(receiveAs[int]("int"), sel.Map(sel.Any(), func(m any) string { return fmt.Sprint("any ", m) })), "any a", 0},
	{"a type before Any", []any{1, "a"}, sel.Or(receiveAs[int]("int"), sel.Map(sel.Any(), func(m any) string { return fmt.Sprint("any ", m) })), "int 1", 0},
	{"Dynamic between types", []any{1.5, "b", 1}, sel.Or(receiveAs[int]("int"),
		sel.Dynamic(func(m any) (string, bool) { return fmt.Sprint("dynamic ", m), m == "b" }), receiveAs[string]("text")), "dynamic b", 1},
	{"Equal", []any{1, "2", 2, 2}, sel.Map(sel.Equal(2), func(i int) string { return fmt.Sprint(i) }), "2", 2},
	{"With", []any{"a", 1, 2}, sel.With(func(i int) (string, bool) { return fmt.Sprint(10 * i), i == 2 }), "20", 2},
	{"Both", []any{1, time.Second, time.Minute}, sel.Both(
		sel.Message[time.Duration](), sel.Message[fmt.Stringer]().Where(func(v fmt.Stringer) bool { return v.String() == "1m0s" }),
		func(d time.Duration, v fmt.Stringer) string { return fmt.Sprint(int64(d/time.Second), v) }), "60 1m0s", 2},
	{"OneOf, the right one", []any{1.5, 1, "a"}, sel.Map(sel.OneOf(sel.Message[string](), sel.Message[int]()), func(e sel.Either[string, int]) string {
		i, ok := e.Right()
		return fmt.Sprint(i, ok)
	}), "1 true", 1},
	{"a nested Or", []any{"a", 2, 1}, sel.Or(sel.None[string](), sel.Or(receiveAs[bool]("bool"), sel.Or(receiveAs[int]("int"), sel.None[string]()))), "int 2", 1},
	{"a message without ==", []any{1, []int{1}, "a"}, sel.Or(receiveAs[string]("text"), receiveAs[[]int]("list")), "list [1]", 1},
	{"a nil beside", []any{nil, nil, 1}, receiveAs[int]("int"), "int 1", 2},
}

// The first message that any alternative accepts is taken, by the first that accepts it; the others stay in order:
// whether they were queued before, had been looked at before, or arrive while the process waits.
func TestR1_TheFirstMessageThatAnyAlternativeAccepts(t *testing.T) {
	for _, c := range receiveChoices {
		t.Run(c.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				rest := slices.Delete(slices.Clone(c.messages), c.taken, c.taken+1)

				p := puppetOf[any](w, s)
				puppetSend(p.Pid, c.messages...)
				w.Arrive()
				require.Equal(w, c.want, puppetReceive(p, c.selector), "queued")
				require.Equal(w, rest, puppetDrain(p), "queued")

				puppetSend(p.Pid, c.messages...)
				w.Arrive()
				puppetTry(p, sel.Message[struct{}]())
				require.Equal(w, c.want, puppetReceive(p, c.selector), "set aside")
				require.Equal(w, rest, puppetDrain(p), "set aside")

				got := puppetBegin(p, c.selector)
				puppetSend(p.Pid, c.messages...)
				w.Arrive()
				require.Equal(w, c.want, puppetMessage(p, got), "arriving")
				require.Equal(w, rest, puppetDrain(p), "arriving")

				half := len(c.messages) / 2
				puppetSend(p.Pid, c.messages[:half]...)
				w.Arrive()
				puppetTry(p, sel.Message[struct{}]())
				puppetSend(p.Pid, c.messages[half:]...)
				w.Arrive()
				require.Equal(w, c.want, puppetReceive(p, c.selector), "half set aside")
				require.Equal(w, rest, puppetDrain(p), "half set aside")
			})
		})
	}
}

// Messages that were set aside keep the order of arrival among themselves and with those that came later.
func TestF8_SetAsideMessagesKeepTheirOrder(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		puppetSend[any](p.Pid, "a", 1, 1.5, "b", 2, true, "c")
		w.Arrive()
		require.Equal(w, 2, puppetReceive(p, sel.Equal(2)))
		puppetSend[any](p.Pid, 3, "d")
		w.Arrive()
		require.Equal(w, true, puppetReceive(p, sel.Message[bool]()))
		got := puppetBegin(p, sel.Equal("wanted"))
		puppetSend[any](p.Pid, 2.5, "e", 4, "wanted", "f")
		w.Arrive()
		require.Equal(w, "wanted", puppetMessage(p, got))
		require.Equal(w, "c", puppetReceive(p, sel.Message[string]().Where(func(s string) bool { return s > "b" })))
		require.Equal(w, 1, puppetReceive(p, sel.Message[int]()))
		puppetSend[any](p.Pid, 5, "g")
		w.Arrive()
		require.Equal(w, 1.5, puppetReceive(p, sel.Or(sel.Map(sel.Equal("nothing"), func(s string) any { return s }),
			sel.Map(sel.Message[float64](), func(f float64) any { return f }))))
		require.Equal(w, []any{"a", "b", 3, "d", 2.5, "e", 4, "f", 5, "g"}, puppetDrain(p))
	})
}

// A selector of an interface finds types that the process meets for the first time, also after it has met others.
func TestR1_NewTypesOfAnInterface(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		selector := sel.Message[error]()
		_, found := puppetTry(p, selector)
		require.False(w, found)
		for _, e := range []error{io.EOF, &fs.PathError{Op: "open", Err: io.EOF}, fs.ErrExist, fmt.Errorf("wrapped: %w", io.EOF), errors.Join(io.EOF)} {
			puppetSend[any](p.Pid, 1, "no error", nil)
			got := puppetBegin(p, selector)
			puppetSend[any](p.Pid, time.Second, e)
			require.Equal(w, e, puppetMessage(p, got))
			require.Equal(w, []any{1, "no error", nil, time.Second}, puppetDrain(p))
		}
	})
}

// Self.Receive takes the oldest message of the process's own type; ProcessDown and timers stay queued, in order.
func TestR3_SelfReceive(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		gone := proc.Spawn(s, func(*proc.Self[int]) error { return nil })
		harness.Ended(w, gone.ID)
		p := puppetOf[int](w, s)
		receive := func() int {
			return puppetMessage(p, puppetStart(p, func(self *proc.Self[int]) puppetGot[int] {
				m, err := self.Receive()
				return puppetGot[int]{m, err}
			}))
		}
		monitor := func() {
			puppetDo(p, func(self *proc.Self[int]) proc.MonitorRef { return self.Monitor(gone.ID) })
		}
		n := 0
		queued := func() { n++; w.Eventually("the message is queued", func() bool { return p.waiting() == n }) }
		monitor()
		queued()
		p.Send(1)
		queued()
		puppetDo(p, func(self *proc.Self[int]) proc.TimerRef { return proc.StartTimer(self, time.Millisecond) })
		queued()
		p.Send(2)
		queued()
		require.Equal(w, 1, receive())
		require.Equal(w, 2, receive())
		require.Equal(w, 2, p.waiting())

		got := puppetStart(p, func(self *proc.Self[int]) puppetGot[int] {
			self.Monitor(gone.ID)
			m, err := self.Receive()
			return puppetGot[int]{m, err}
		})
		p.receiving()
		w.Eventually("the third is queued", func() bool { return p.waiting() == 3 })
		require.Empty(w, got)
		p.Send(3)
		require.Equal(w, 3, puppetMessage(p, got))
		rest := puppetDrain(p)
		require.Len(w, rest, 3)
		require.IsType(w, proc.ProcessDown{}, rest[0])
		require.IsType(w, proc.TimerElapsed{}, rest[1])
		require.IsType(w, proc.ProcessDown{}, rest[2])
	})
}

// Where the process's type is an interface, each message of it is taken in turn, whatever its dynamic type.
func TestR3_SelfReceiveOfAnInterface(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[fmt.Stringer](w, s)
		puppetDo(p, func(self *proc.Self[fmt.Stringer]) proc.TimerRef { return proc.StartTimer(self, time.Millisecond) })
		w.Eventually("the timer's message is queued", func() bool { return p.waiting() == 1 })
		puppetSend[fmt.Stringer](p.Pid, time.Second, time.UTC, time.Minute, time.March)
		require.Equal(w, time.UTC, puppetReceive(p, sel.Message[*time.Location]()))
		got := puppetDo(p, func(self *proc.Self[fmt.Stringer]) (all []fmt.Stringer) {
			for range 3 {
				m, err := self.Receive()
				if err != nil {
					return nil
				}
				all = append(all, m)
			}
			return all
		})
		require.Equal(w, []fmt.Stringer{time.Second, time.Minute, time.March}, got)
		require.Equal(w, 1, p.waiting())
	})
}

// The order of each sender holds for a receiver that picks by type and value while many send: nothing is lost or doubled.
func TestM2_OrderUnderSelectiveReceive(t *testing.T) {
	type text struct{ messagesNote }
	harness.Everywhere(t, func(w *harness.World) {
		const senders, each = 6, 300
		s := w.System()
		p := puppetOf[any](w, s)
		for from := range senders {
			proc.Spawn(s, func(*proc.Self[int]) error {
				for n := range each {
					if n%2 == 0 {
						p.Send(messagesNote{from, n})
					} else {
						p.Send(text{messagesNote{from, n}})
					}
				}
				return nil
			})
		}
		require.Empty(w, puppetDo(p, func(self *proc.Self[any]) string {
			next := map[int]int{}
			for i := range senders * each { // each sender's notes and texts in turn, whoever's come in between
				from := i % senders
				selector := sel.Or(sel.Message[messagesNote](), sel.Case(func(t text) messagesNote { return t.messagesNote }))
				if i/senders%2 == 1 {
					selector = sel.Case(func(t text) messagesNote { return t.messagesNote })
				}
				m, err := proc.Receive(self, selector.Where(func(m messagesNote) bool { return m.From == from }))
				if err != nil {
					return err.Error()
				}
				if m.N != next[from] {
					return fmt.Sprintf("%d of sender %d instead of %d", m.N, from, next[from])
				}
				next[from]++
			}
			return ""
		}))
		require.Zero(w, p.waiting())
	})
}
