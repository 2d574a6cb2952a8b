package proc_test

import (
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// puppet is a process that does what the test tells it to, one thing after
// the other. Between two things it is busy: no operation of its own looks at
// its mailbox.
type puppet[M any] struct {
	proc.Pid[M]
	w    *harness.World
	todo chan func(*proc.Self[M])
}

// puppetOf spawns a puppet. A shutdown ends it also while it has nothing to do.
func puppetOf[M any](w *harness.World, host proc.Host, opts ...proc.SpawnOption) puppet[M] {
	todo := make(chan func(*proc.Self[M]), 16)
	pid := proc.Spawn(host, func(self *proc.Self[M]) error {
		for {
			select {
			case step, more := <-todo:
				if !more {
					return nil
				}
				step(self)
			case <-self.Done():
				return nil
			}
		}
	}, opts...)
	return puppet[M]{Pid: pid, w: w, todo: todo}
}

// leave makes the puppet's body return nil, after what it has to do before.
func (p puppet[M]) leave() { close(p.todo) }

// receiving waits until the puppet is blocked in a receive.
func (p puppet[M]) receiving() {
	p.w.Helper()
	p.w.Eventually("the process is blocked in a receive", func() bool {
		info, ok := p.Info()
		return ok && info.State == proc.Receiving
	})
}

// waiting is the number of messages in the puppet's mailbox.
func (p puppet[M]) waiting() int {
	p.w.Helper()
	info, ok := p.Info()
	require.True(p.w, ok)
	return info.Mailbox
}

// puppetStart lets p run f and passes on what f returns.
func puppetStart[M, T any](p puppet[M], f func(*proc.Self[M]) T) <-chan T {
	result := make(chan T, 1)
	p.todo <- func(self *proc.Self[M]) { result <- f(self) }
	return result
}

// puppetDo lets p run f and waits for what f returns.
func puppetDo[M, T any](p puppet[M], f func(*proc.Self[M]) T) T {
	p.w.Helper()
	return harness.Value(p.w, puppetStart(p, f))
}

// puppetGot is what a receive returned.
type puppetGot[T any] struct {
	Value T
	Err   error
}

// puppetBegin lets p begin a receive and returns when it is blocked in it.
func puppetBegin[M, T any](p puppet[M], s sel.MessageSelector[T]) <-chan puppetGot[T] {
	p.w.Helper()
	got := puppetStart(p, func(self *proc.Self[M]) puppetGot[T] {
		v, err := proc.Receive(self, s)
		return puppetGot[T]{v, err}
	})
	p.receiving()
	return got
}

// puppetReceive lets p receive and returns the message.
func puppetReceive[M, T any](p puppet[M], s sel.MessageSelector[T]) T {
	p.w.Helper()
	return puppetMessage(p, puppetStart(p, func(self *proc.Self[M]) puppetGot[T] {
		v, err := proc.Receive(self, s)
		return puppetGot[T]{v, err}
	}))
}

// puppetMessage waits for the message of a receive that p has begun.
func puppetMessage[M, T any](p puppet[M], from <-chan puppetGot[T]) T {
	p.w.Helper()
	got := harness.Value(p.w, from)
	require.NoError(p.w, got.Err)
	return got.Value
}

// puppetTry lets p look at its mailbox once and tells whether it took something.
func puppetTry[M, T any](p puppet[M], s sel.MessageSelector[T]) (T, bool) {
	p.w.Helper()
	got := puppetDo(p, func(self *proc.Self[M]) puppetGot[T] {
		v, err := proc.ReceiveWithin(self, 0, s)
		return puppetGot[T]{v, err}
	})
	if got.Err != nil {
		puppetError[proc.TimeoutInterrupt](p.w, got.Err)
	}
	return got.Value, got.Err == nil
}

// puppetDrain lets p take all its messages, in their order.
func puppetDrain[M any](p puppet[M]) []any {
	p.w.Helper()
	return puppetDo(p, func(self *proc.Self[M]) []any {
		all := []any{}
		for {
			m, err := proc.ReceiveWithin(self, 0, sel.Any())
			if err != nil {
				return all
			}
			all = append(all, m)
		}
	})
}

// puppetError demands that err is an E or wraps one.
func puppetError[E error](w *harness.World, err error) E {
	w.Helper()
	e, ok := errors.AsType[E](err)
	require.True(w, ok, "%T: %v", err, err)
	return e
}

// puppetSend sends all messages to pid.
func puppetSend[M any](pid proc.Pid[M], all ...M) {
	for _, m := range all {
		pid.Send(m)
	}
}
