package server_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// Crashing is a message for a handler of all messages, which go from hand to hand.
type Crashing struct{ a, b int }

// The line about the crash of a server says in which phase it was, and the type of the
// message that it handled, if it did.
func TestS5_TheCrashOfAServer(t *testing.T) {
	broken := func(*State, *Self) error { return errBroken }
	for name, c := range map[string]struct {
		of          Server
		leave       func(w *harness.World, pid proc.Pid[Message])
		phase, kind string
	}{
		"an error": {describe(), func(_ *harness.World, pid proc.Pid[Message]) { leave(pid, errBroken) }, "", "server_test.Order"},
		"a panic": {describe(), func(_ *harness.World, pid proc.Pid[Message]) {
			pid.Send(Order(func(*State, *Self) error { panic(errBroken) }))
		}, "", "server_test.Order"},
		"in a phase": {describe(server.In[State, Message]("a")), func(_ *harness.World, pid proc.Pid[Message]) { leave(pid, errBroken) }, "a", "server_test.Order"},
		"a call": {describe(server.In("a", server.OnCall(func(*State, *Self, *Ask) (int, error) { panic(errBroken) }))),
			func(_ *harness.World, pid proc.Pid[Message]) { pid.Send(new(Ask)) }, "a", "*server_test.Ask"},
		"a nil message": {server.New((*State).begin, server.On(func(*State, *Self, Message) error { return errBroken })),
			func(_ *harness.World, pid proc.Pid[Message]) { pid.Send(nil) }, "", "<nil>"},
		"unhandled": {describe().Unhandled(server.Crash), func(_ *harness.World, pid proc.Pid[Message]) { pid.Send(Red{}) }, "", "server_test.Red"},
		"no such phase": {describe(server.In[State, Message]("a")), func(_ *harness.World, pid proc.Pid[Message]) { to(pid, "nowhere") },
			"a", "server_test.Order"},
		"entering a phase": {describe(server.In[State, Message]("a"), server.In("b", server.OnEnter(func(*State, *Self, server.Phase) error { return errBroken }))),
			func(_ *harness.World, pid proc.Pid[Message]) { to(pid, "b") }, "b", "server_test.Order"},
		"a timeout": {describe(server.In("a", server.OnTimeout(time.Millisecond, broken))), func(*harness.World, proc.Pid[Message]) {}, "a", "server.phaseElapsed"},
		"idle":      {describe(server.In("a", server.OnIdle(time.Millisecond, broken))), func(*harness.World, proc.Pid[Message]) {}, "a", ""},
		"an interrupt": {describe(server.In[State, Message]("a")), func(w *harness.World, pid proc.Pid[Message]) {
			flush(w, pid)
			pid.Interrupt(proc.InterruptedBy{Value: 1})
		}, "a", ""},
		"in a call of its own": {describe(), func(w *harness.World, pid proc.Pid[Message]) {
			pid.Send(Order(func(_ *State, self *Self) error {
				self.ID().Shutdown(proc.ExitUnhandledError{Err: errBroken})
				return self.Sleep(time.Hour)
			}))
		}, "", "server_test.Order"},
		"in Finally": {describe().Finally(func(*State, *Self) { panic(errBroken) }), func(_ *harness.World, pid proc.Pid[Message]) { leave(pid, server.Stop) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				pid, _ := start(w, w.System(), c.of)
				c.leave(w, pid)
				harness.Ended(w, pid.ID)
				got := crashLine(w)
				require.Equal(w, c.phase, got["phase"])
				require.Equal(w, c.kind, got["type"])
			})
		})
	}
	t.Run("from hand to hand", func(t *testing.T) {
		of := server.New[struct{}, Crashing, int](nil, server.On(func(*struct{}, *proc.Self[Crashing], Crashing) error { return errBroken }))
		harness.Everywhere(t, func(w *harness.World) {
			pid, err := of.Start(context.Background(), w.System(), 0)
			require.NoError(w, err)
			w.Settle()
			pid.Send(Crashing{1, 2})
			harness.Ended(w, pid.ID)
			require.Equal(w, "server_test.Crashing", crashLine(w)["type"])
		})
	})
	t.Run("before it is up", func(t *testing.T) {
		of := initialised(func(*State, *Self, *Trace) error { return errBroken }, server.In[State, Message]("a"))
		harness.Everywhere(t, func(w *harness.World) {
			_, err := of.Start(context.Background(), w.System(), new(Trace))
			require.ErrorIs(w, err, errBroken)
			got := crashLine(w)
			require.Equal(w, "a", got["phase"])
			require.Equal(w, "", got["type"])
		})
	})
}

// crashLine are the texts in the line of the log about the one crash that there is.
func crashLine(w *harness.World) map[string]string {
	w.Helper()
	var lines []map[string]string
	w.Eventually("the crash is in the log", func() bool {
		lines = nil
		for text := range strings.Lines(w.Logs.String()) {
			var all map[string]any
			if err := json.Unmarshal([]byte(text), &all); err != nil || all["message"] != "process crashed" {
				continue
			}
			line := make(map[string]string)
			for key, value := range all {
				line[key], _ = value.(string)
			}
			lines = append(lines, line)
		}
		return len(lines) > 0
	})
	require.Len(w, lines, 1)
	return lines[0]
}
