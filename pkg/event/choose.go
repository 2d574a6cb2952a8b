package event

import (
	"fmt"
	"runtime/debug"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// chooser is f without its type.
func chooser[E, M any](f func(E) (M, bool)) func(E) (any, bool) {
	if f == nil {
		panic("event: an observer with a nil function")
	}
	return func(e E) (any, bool) {
		m, ok := f(e)
		if !ok {
			return nil, false
		}
		return m, true
	}
}

// choose is f(e), or nothing if f panics.
func (t *Topic[E]) choose(f func(E) (any, bool), e E) (m any, ok bool) {
	defer func() {
		if value := recover(); value != nil {
			t.logPanic(value, string(debug.Stack()))
			m, ok = nil, false
		}
	}()
	return f(e)
}

// panicked is the error of what has panicked while the topic was locked.
type panicked struct{ value any }

func (p panicked) Error() string { return fmt.Sprint("panic: ", p.value) }

// logPanic logs a panic of an observer's function: to the log of the topic's owner, or
// by a process that lives for just that, since a system has a log for processes only.
func (t *Topic[E]) logPanic(value any, stack string) {
	write := func(l *zerolog.Logger) {
		line := l.Error().Str("topic", t.title).Str("panic", fmt.Sprint(value))
		if stack != "" {
			line = line.Str("stack", stack)
		}
		line.Msg("a function of an observer has panicked")
	}
	if t.log != nil {
		write(t.log)
		return
	}
	proc.Spawn(t.system, func(self *proc.Self[struct{}]) error {
		write(self.Log())
		return nil
	}, proc.Titled("topic "+t.title))
}
