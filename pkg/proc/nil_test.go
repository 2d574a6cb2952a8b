package proc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A nil message is queued, counted and taken in its turn like any other.
func TestDecided_NilIsAMessage(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		puppetSend[any](p.Pid, "a", nil, 1, nil)
		w.Arrive()
		require.Equal(w, 4, p.waiting())
		info, _ := p.Info()
		sum := 0
		for _, n := range info.ByType {
			sum += n
		}
		require.Equal(w, 4, sum)
		require.Equal(w, 1, info.ByType["int"])
		require.Equal(w, "a", puppetReceive(p, sel.Any()))
		require.Nil(w, puppetReceive(p, sel.Any()))
		require.Equal(w, []any{1, nil}, puppetDrain(p))
		require.Zero(w, p.waiting())
	})
}

// Selectors of other types leave it where it is; its order among the others stays.
func TestDecided_NilIsSetAsideInOrder(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		puppetSend[any](p.Pid, "a", nil, 1, "b", nil, 2)
		require.Equal(w, 1, puppetReceive(p, sel.Message[int]()))
		require.Equal(w, 2, puppetReceive(p, sel.Message[int]()))
		_, found := puppetTry(p, sel.Message[*int]())
		require.False(w, found)
		require.Equal(w, "a", puppetReceive(p, sel.Message[string]()))
		p.Send("c")
		w.Arrive()
		require.Nil(w, puppetReceive(p, sel.Any()))
		require.Equal(w, []any{"b", nil, "c"}, puppetDo(p, func(self *proc.Self[any]) []any { return self.Flush() }))
	})
}

// It wakes who waits for any message, for what a function accepts, or for the type of its own Pid.
func TestDecided_NilWakes(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		isNil := sel.Dynamic(func(m any) (any, bool) { return m, m == nil })
		for _, selector := range []sel.MessageSelector[any]{sel.Any(), isNil, sel.Or(sel.Map(sel.Message[int](), func(i int) any { return i }), sel.Any())} {
			got := puppetBegin(p, selector)
			p.Send(nil)
			require.Nil(w, puppetMessage(p, got))
			require.Zero(w, p.waiting())
		}
		got := puppetStart(p, func(self *proc.Self[any]) puppetGot[any] {
			m, err := self.Receive()
			return puppetGot[any]{m, err}
		})
		p.receiving()
		p.Send(nil)
		require.Nil(w, puppetMessage(p, got))
	})
}

// nil sent to a Pid of an interface type is what its Self.Receive takes, in order, and sel.Any too.
func TestDecided_NilOfAnInterfacePid(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		e1, e2 := errors.New("first"), errors.New("second")
		p := puppetOf[error](w, s)
		receive := func() error {
			return puppetMessage(p, puppetStart(p, func(self *proc.Self[error]) puppetGot[error] {
				m, err := self.Receive()
				return puppetGot[error]{m, err}
			}))
		}
		puppetSend(p.Pid, e1, nil, e2, nil)
		require.NoError(w, p.TrySend(nil))
		require.NoError(w, p.SendContext(context.Background(), nil))
		require.Equal(w, 6, p.waiting())
		require.Equal(w, e1, receive())
		require.NoError(w, receive())
		require.Equal(w, e2, receive())
		require.NoError(w, receive())
		require.Nil(w, puppetReceive(p, sel.Any()))
		require.NoError(w, receive())
		require.Zero(w, p.waiting())
	})
}

// The same for one that was looked at and set aside, beside messages from the runtime.
func TestDecided_NilOfAnInterfacePidSetAside(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[error](w, s)
		p.Send(nil)
		timer := puppetDo(p, func(self *proc.Self[error]) proc.TimerRef { return proc.StartTimer(self, time.Millisecond) })
		require.True(w, timer == puppetReceive(p, sel.Message[proc.TimerElapsed]()).Ref)
		puppetDo(p, func(self *proc.Self[error]) proc.TimerRef { return proc.StartTimer(self, time.Millisecond) })
		w.Eventually("the timer's message is queued", func() bool { return p.waiting() == 2 })
		p.Send(nil)
		for range 2 {
			got := puppetDo(p, func(self *proc.Self[error]) puppetGot[error] {
				m, err := self.Receive()
				return puppetGot[error]{m, err}
			})
			require.NoError(w, got.Err)
			require.NoError(w, got.Value)
		}
		require.IsType(w, proc.TimerElapsed{}, puppetReceive(p, sel.Any()))
	})
}

// A loop over Messages yields it with no error.
func TestDecided_NilInMessages(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		puppetSend[any](p.Pid, nil, 1, nil, "end")
		got := puppetDo(p, func(self *proc.Self[any]) []any {
			var all []any
			for m, err := range self.Messages() {
				if err != nil || m == "end" {
					break
				}
				all = append(all, m)
			}
			return all
		})
		require.Equal(w, []any{nil, 1, nil}, got)
	})
}

// A typed nil is a message of its type.
func TestDecided_TypedNil(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[*int](w, s)
		n := new(int)
		puppetSend(p.Pid, nil, n, nil)
		require.Nil(w, puppetReceive(p, sel.Message[*int]()))
		require.Same(w, n, puppetReceive(p, sel.Message[*int]().Where(func(i *int) bool { return i != nil })))
		require.Nil(w, puppetDo(p, func(self *proc.Self[*int]) *int { m, _ := self.Receive(); return m }))
		require.Zero(w, p.waiting())
	})
}

// A bound counts nil, and refuses and drops it, like any message.
func TestDecided_NilAndBounds(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		refusing, dropping := puppetOf[any](w, s, proc.Bounded(1, proc.Reject)), puppetOf[any](w, s, proc.Bounded(1, proc.DropOldest))
		require.NoError(w, refusing.TrySend(nil))
		require.ErrorIs(w, refusing.TrySend(nil), proc.ErrMailboxFull)
		refusing.Send(1)
		dropping.Send(nil)
		dropping.Send(2)
		dead.expect(w, s, 1, nil)
		require.Equal(w, []any{nil}, puppetDrain(refusing))
		require.Equal(w, []any{2}, puppetDrain(dropping))
	})
}

// A zero Pid swallows what is sent to it, by every way of sending.
func TestDecided_ZeroPid(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		var zero proc.Pid[any]
		send := func() bool {
			puppetSend[any](zero, 1, nil)
			proc.Contramap(zero, func(i int) any { return i }).Send(1)
			return true
		}
		require.NotPanics(w, func() { send() })
		require.True(w, puppetDo(puppetOf[any](w, s), func(*proc.Self[any]) bool { return send() }))
		tried := make(chan bool, 1)
		go func() {
			_ = zero.TrySend(1)
			_ = zero.SendContext(context.Background(), 1)
			tried <- true
		}()
		require.True(w, harness.Value(w, tried))
		require.IsType(w, proc.ExitUnknown{}, zero.Reason())
		dead.expectNone(w, s)
	})
}
