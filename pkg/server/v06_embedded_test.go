package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// embeds are messages of a program that hold one of the runtime's.
type (
	embedsDown  struct{ proc.ProcessDown }
	embedsTimer struct{ proc.TimerElapsed }
	embedsTask  struct{ proc.TaskEnded[int] }
)

func (embedsDown) message()  {}
func (embedsTimer) message() {}
func (embedsTask) message()  {}

// A message of the program is a dead letter if it is refused, whatever is in it.
func TestV6_MessagesThatEmbedOneOfTheRuntime(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, _ := start(w, s, describe())
		pid.Send(embedsDown{})
		pid.Send(embedsTimer{})
		pid.Send(embedsTask{})
		flush(w, pid)
		require.Equal(w, uint64(3), s.Counters().DeadLetters["refused"])
	})
}
