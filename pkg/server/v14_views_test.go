package server_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// A client gets an address for the part that it needs: an interface, or one type.
// What it sends is in order with all else.
func TestV14_AViewIsAPart(t *testing.T) {
	of := describe(server.On((*State).red), server.On((*State).blue), server.OnCall((*State).ask))
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		numbered, reds, asks := server.View[Numbered](pid), server.View[Red](pid), server.View[*Ask](pid)
		require.Equal(w, pid.ID, numbered.ID)
		numbered.Send(Blue{1})
		reds.Send(Red{2})
		pid.Send(Red{3})
		server.View[Red](numbered).Send(Red{4})
		same := server.View[Message](pid)
		same.Send(Blue{5})
		n, err := server.Call(context.Background(), asks, new(Ask))
		require.NoError(w, err)
		require.Equal(w, 42, n)
		_, err = server.Call(context.Background(), numbered, new(Ask))
		require.ErrorContains(w, err, "the server is for messages of type server_test.Numbered")
		require.Equal(w, []string{"blue 1", "red 2", "red 3", "red 4", "blue 5"}, trace.Take())
		numbered.Send(nil) // a nil is a nil message of the server's
		w.Eventually("nil has been refused", func() bool { info, _ := pid.Info(); return info.Mailbox == 0 })
	})
}

// What is no part of what the server is for cannot be a view of it.
func TestV14_NoView(t *testing.T) {
	require.PanicsWithValue(t, "server: View of a server for messages of type server_test.Message cannot be one for int",
		func() { server.View[int](proc.Pid[Message]{}) })
	require.Panics(t, func() { server.View[any](proc.Pid[Message]{}) })
	require.Panics(t, func() { server.View[Message](proc.Pid[Numbered]{}) })
	require.Panics(t, func() { server.View[int](proc.Pid[string]{}) })
}

// A zero address stays one.
func TestV14_AViewOfNobody(t *testing.T) {
	view := server.View[Red](proc.Pid[Message]{})
	view.Send(Red{})
	require.False(t, view.Alive())
}
