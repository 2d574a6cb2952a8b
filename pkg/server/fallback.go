package server

import (
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Fallback says what becomes of messages of a type that no handler of any phase is
// for. What another phase handles is no such message: it waits.
type Fallback int

const (
	// Refuse is the default: a call with such a request fails at once with
	// proc.ErrRefused, another message is a dead letter, and a line of the log
	// at level warn tells its type. Nothing is told of a ProcessDown or an
	// elapsed timer that the server does not care for.
	Refuse Fallback = iota
	// RefuseQuietly is Refuse without the line in the log.
	RefuseQuietly
	// Leave leaves them in the mailbox, where handlers may receive them.
	Leave
	// Crash ends the server with an [Unhandled].
	Crash
)

// Unhandled is why a server ends whose fallback is [Crash].
type Unhandled struct{ Message any }

func (e Unhandled) Error() string {
	return fmt.Sprintf("no handler for messages of type %T", e.Message)
}

// fallback is the handler of what no handler is for; excluded are the patterns of
// those that there are.
func (f Fallback) fallback(excluded []sel.Pattern) (sel.MessageSelector[any], func(proc.Receiver, any) error) {
	switch f {
	case Leave:
		return sel.None[any](), nil
	case Crash:
		return sel.Except(excluded...), func(_ proc.Receiver, message any) error { return Unhandled{message} }
	}
	return sel.Except(excluded...), func(self proc.Receiver, message any) error {
		if f == Refuse && !isNotice(message) {
			self.Log().Warn().Type("type", message).Msg("message refused: the server has no handler for it")
		}
		proc.Refuse(self, message)
		return nil
	}
}

// isNotice reports whether the runtime has sent message: who has ended a timer too
// late, or a monitor, need not hear of it.
func isNotice(message any) bool {
	switch message.(type) {
	case proc.ProcessDown, proc.TimerElapsed:
		return true
	}
	return false
}
