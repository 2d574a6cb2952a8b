package proc_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// receiveBroken are selectors that panic at the int 1, each in another part of it.
var receiveBroken = map[string]sel.MessageSelector[any]{
	"Where":           sel.Any().Where(func(m any) bool { return receiveBreak(m) }),
	"Where of a type": sel.Map(sel.Message[int]().Where(func(i int) bool { return receiveBreak(i) }), func(i int) any { return i }),
	"Map":             sel.Map(sel.Message[int](), func(i int) any { receiveBreak(i); return i }),
	"Case":            sel.Or(sel.Case(func(bool) any { return nil }), sel.Case(func(i int) any { receiveBreak(i); return i })),
	"With":            sel.With(func(i int) (any, bool) { return i, receiveBreak(i) }),
	"Dynamic":         sel.Dynamic(func(m any) (any, bool) { return m, receiveBreak(m) }),
	"Both":            sel.Both(sel.Message[int](), sel.Any(), func(i int, m any) any { receiveBreak(i); return m }),
	"second Map":      sel.Map(sel.Map(sel.Equal(1), func(i int) int { return i }), func(i int) any { receiveBreak(i); return i }),
	"Where of Map":    sel.Map(sel.Message[int](), func(i int) any { return i }).Where(func(m any) bool { return receiveBreak(m) }),
	"OneOf": sel.Map(sel.OneOf(sel.Message[error](), sel.Message[int]()), func(e sel.Either[error, int]) any {
		if i, ok := e.Right(); ok {
			receiveBreak(i)
		}
		return nil
	}),
}

// receiveBreak panics if m is 1.
func receiveBreak(m any) bool {
	if m == 1 {
		panic(io.ErrUnexpectedEOF)
	}
	return false
}

// receiveOperations are the ways to receive with a selector.
var receiveOperations = map[string]func(self *proc.Self[any], other proc.ID, s sel.MessageSelector[any]) (any, error){
	"Receive": func(self *proc.Self[any], _ proc.ID, s sel.MessageSelector[any]) (any, error) {
		return proc.Receive(self, s)
	},
	"ReceiveWithin": func(self *proc.Self[any], _ proc.ID, s sel.MessageSelector[any]) (any, error) {
		return proc.ReceiveWithin(self, time.Hour, s)
	},
	"ReceiveWithMonitor": func(self *proc.Self[any], other proc.ID, s sel.MessageSelector[any]) (any, error) {
		return proc.ReceiveWithMonitor(self, other, s)
	},
}

// receiveBreaking lets p receive with a broken selector and passes on what is then left in its mailbox.
func receiveBreaking(p puppet[any], s sel.MessageSelector[any], receive func(*proc.Self[any], proc.ID, sel.MessageSelector[any]) (any, error), other proc.ID) <-chan []any {
	left := make(chan []any, 1)
	p.todo <- func(self *proc.Self[any]) {
		defer func() { left <- self.Flush() }()
		_, _ = receive(self, other, s)
	}
	return left
}

// receiveCrashed demands that p has crashed with the panic of receiveBreak.
func receiveCrashed(w *harness.World, id proc.ID) {
	w.Helper()
	reason, ok := harness.Ended(w, id).(proc.ExitPanic)
	require.True(w, ok, "%v", id.Reason())
	require.Equal(w, io.ErrUnexpectedEOF, reason.Value)
	require.ErrorIs(w, reason, io.ErrUnexpectedEOF)
}

// A selector that panics at a queued message crashes the process; its mailbox is as it was, that message included.
func TestR5_APanicAtAQueuedMessage(t *testing.T) {
	for name, selector := range receiveBroken {
		for operation, receive := range receiveOperations {
			t.Run(name+" in "+operation, func(t *testing.T) {
				harness.Everywhere(t, func(w *harness.World) {
					s, dead := deadlettersSystem(w)
					p, other := puppetOf[any](w, s), puppetOf[any](w, s)
					all := []any{"a", 2.5, 1, nil, 1, "b"}
					puppetSend(p.Pid, all...)
					w.Arrive()
					require.Equal(w, all, harness.Value(w, receiveBreaking(p, selector, receive, other.ID)))
					receiveCrashed(w, p.ID)
					dead.expectNone(w, s)
				})
			})
		}
	}
}

// What was left at such a crash goes to the dead letters, each message once.
func TestR5_WhatIsLeftIsDeadLetters(t *testing.T) {
	for name, selector := range receiveBroken {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				p := puppetOf[any](w, s)
				puppetSend[any](p.Pid, "a", 2.5, 1, nil, "b")
				puppetTry(p, sel.Message[struct{}]())
				puppetSend[any](p.Pid, "c", 3)
				p.todo <- func(self *proc.Self[any]) { _, _ = proc.Receive(self, selector) }
				receiveCrashed(w, p.ID)
				dead.expect(w, s, "a", 2.5, 1, nil, "b", "c", 3)
			})
		})
	}
}

// A panic at an arrival is the receiver's crash, not the sender's, and loses nothing either.
func TestR5_APanicAtAnArrival(t *testing.T) {
	for name, selector := range receiveBroken {
		for operation, receive := range receiveOperations {
			t.Run(name+" in "+operation, func(t *testing.T) {
				harness.Everywhere(t, func(w *harness.World) {
					s, dead := deadlettersSystem(w)
					p, other, sender := puppetOf[any](w, s), puppetOf[any](w, s), puppetOf[any](w, s)
					puppetSend[any](p.Pid, "queued", nil)
					w.Arrive()
					left := receiveBreaking(p, selector, receive, other.ID)
					p.receiving()
					require.True(w, puppetDo(sender, func(*proc.Self[any]) bool { puppetSend[any](p.Pid, "c", 1, 2.5); return true }))
					receiveCrashed(w, p.ID)

					all := []any{"queued", nil, "c", 1, 2.5}
					flushed := harness.Value(w, left)
					require.GreaterOrEqual(w, len(flushed), 4, "%v", flushed)
					require.Equal(w, all[:len(flushed)], flushed)
					dead.expect(w, s, all[len(flushed):]...)
					require.True(w, sender.Alive())
				})
			})
		}
	}
}
