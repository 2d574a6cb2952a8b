package server

import (
	"fmt"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Fallback says what becomes of messages of a type that no handler of any phase is
// for. What another phase handles is no such message: it waits. So does what a
// handler with a selector is for by its type, and does not accept.
type Fallback int

const (
	// Refuse is the default: a call with such a request fails at once with
	// proc.ErrRefused, another message is a dead letter, and a line of the log
	// at level warn tells its type. What the runtime has sent is no dead letter;
	// the line about a ProcessDown or an elapsed timer is at level debug: it may
	// have come too late for a handler that had waited for it.
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
		if f == Refuse {
			level := zerolog.WarnLevel
			if isNotice(message) {
				level = zerolog.DebugLevel
			}
			self.Log().WithLevel(level).Type("type", message).Msg("message refused: the server has no handler for its type")
		}
		proc.Refuse(self, message)
		return nil
	}
}

// isNotice reports whether message may be about something that has been over for
// the server.
func isNotice(message any) bool {
	switch message.(type) {
	case proc.ProcessDown, proc.TimerElapsed:
		return true
	}
	return false
}
