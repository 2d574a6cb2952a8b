package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// reasonError is an error of a type of its own, that cannot be compared.
type reasonError struct {
	doing string
	parts []error
}

func (e reasonError) Error() string   { return "while " + e.doing + ": it failed" }
func (e reasonError) Unwrap() []error { return e.parts }

// reasonOfBody runs body as a process and returns what it ended with.
func reasonOfBody(w *harness.World, s *proc.System, body func(p *proc.Self[string]) error) proc.ShutdownReason {
	return harness.Ended(w, proc.Spawn(s, body).ID)
}

// A body that returns nil, or a shutdown reason, or an interrupt: the returned value itself decides.
func TestI6_TheReturnedValueDecides(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other := proc.Spawn(s, shutdownIdle).ID
		crash := proc.ExitUnhandledError{Err: io.EOF}
		gone := proc.OtherProcessNotRunning{ID: other, Reason: crash}
		for _, c := range []struct {
			returned error
			want     proc.ShutdownReason
		}{
			{nil, proc.ExitNormally{}},
			// shutdown reasons
			{proc.ExitNormally{}, proc.ExitNormally{}},
			{shutdownWith("enough"), shutdownWith("enough")},
			{crash, crash},
			{proc.ExitPanic{Value: "not mine"}, proc.ExitPanic{Value: "not mine"}},
			{proc.ExitKilled{}, proc.ExitKilled{}},
			{proc.ExitUnknown{}, proc.ExitUnknown{}},
			{
				proc.ExitOtherProcessNotRunning{ID: other, Reason: crash},
				proc.ExitOtherProcessNotRunning{ID: other, Reason: crash},
			},
			{proc.ExitOwnerEnded{ID: other, Reason: crash}, proc.ExitOwnerEnded{ID: other, Reason: crash}},
			{proc.ExitNotStarted{Err: proc.ErrStopping}, proc.ExitNotStarted{Err: proc.ErrStopping}},
			// interrupts
			{proc.NormalExitRequested{}, proc.ExitNormally{}},
			{gone, proc.ExitOtherProcessNotRunning{ID: other, Reason: crash}},
			{proc.LinkedProcessCrashed{ID: other, Reason: crash}, reasonUnhandled(proc.LinkedProcessCrashed{ID: other, Reason: crash})},
			{proc.TimeoutInterrupt{After: time.Second}, reasonUnhandled(proc.TimeoutInterrupt{After: time.Second})},
			{proc.ErrorInterrupt{Err: io.EOF}, reasonUnhandled(proc.ErrorInterrupt{Err: io.EOF})},
			{interruptBy(1), reasonUnhandled(interruptBy(1))},
			{
				proc.InterruptedBy{Value: []int{1}}, // cannot be compared
				reasonUnhandled(proc.InterruptedBy{Value: []int{1}}),
			},
			// what only holds a harmless one is none
			{
				proc.ErrorInterrupt{Err: proc.NormalExitRequested{}},
				reasonUnhandled(proc.ErrorInterrupt{Err: proc.NormalExitRequested{}}),
			},
			{
				proc.LinkedProcessCrashed{ID: other, Reason: proc.ExitNormally{}},
				reasonUnhandled(proc.LinkedProcessCrashed{ID: other, Reason: proc.ExitNormally{}}),
			},
			// any other error
			{io.EOF, crash},
			{context.Canceled, reasonUnhandled(context.Canceled)},
			{reasonError{doing: "working"}, reasonUnhandled(reasonError{doing: "working"})},
		} {
			got := reasonOfBody(w, s, func(*proc.Self[string]) error { return c.returned })
			require.Equal(w, c.want, got, "%T", c.returned)
		}
	})
}

func reasonUnhandled(err error) proc.ShutdownReason { return proc.ExitUnhandledError{Err: err} }

// An error that wraps a harmless reason, or is joined with one, is a crash that keeps the whole chain.
func TestI6_AWrappedReasonIsACrash(t *testing.T) {
	for name, returned := range map[string]error{
		"wrapped interrupt":     fmt.Errorf("finishing: %w", proc.NormalExitRequested{}),
		"wrapped reason":        fmt.Errorf("finishing: %w", proc.ExitNormally{}),
		"wrapped reason, twice": fmt.Errorf("a: %w", fmt.Errorf("b: %w", shutdownWith("enough"))),
		"wrapped dead peer":     fmt.Errorf("asking: %w", proc.OtherProcessNotRunning{Reason: proc.ExitNormally{}}),
		"joined":                errors.Join(proc.NormalExitRequested{}, io.EOF),
		"joined with reason":    errors.Join(io.EOF, proc.ExitNormally{}),
		"joined alone":          errors.Join(proc.NormalExitRequested{}),
		"two in one":            fmt.Errorf("%w and %w", proc.NormalExitRequested{}, proc.ExitNormally{}),
		"own type":              reasonError{doing: "finishing", parts: []error{proc.ExitNormally{}}},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				reason := reasonOfBody(w, s, func(*proc.Self[string]) error { return returned })
				unhandled, ok := reason.(proc.ExitUnhandledError)
				require.True(w, ok, "%T", reason)
				require.Equal(w, proc.Crash, reason.Severity())
				require.Equal(w, returned, unhandled.Err)
				require.Contains(w, reason.Error(), returned.Error())
				require.EqualValues(w, 1, s.Counters().Crashed)
			})
		})
	}
}

// An interrupt that an operation returned and the body hands on ends the process as InterruptToExit says.
func TestI6_AnUnhandledInterruptEndsTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, c := range reasonInterrupts(io.EOF) {
			pid := proc.Spawn(s, func(p *proc.Self[string]) error {
				_, err := p.Receive()
				return err
			})
			pid.Interrupt(c)
			require.Equal(w, proc.InterruptToExit(c), harness.Ended(w, pid.ID))
		}
		peers := newInterruptPeers(w, s)
		timedOut := reasonOfBody(w, s, func(p *proc.Self[string]) error {
			_, err := proc.CallWithin(p, time.Millisecond, peers.silent, interruptAsk)
			return err
		})
		require.ErrorIs(w, timedOut, context.DeadlineExceeded)
		require.Equal(w, proc.Crash, timedOut.Severity())
	})
}

// reasonInterrupts is one interrupt of each kind, with cause inside where it can be.
func reasonInterrupts(cause error) []proc.InterruptReason {
	exit := proc.ExitUnhandledError{Err: cause}
	return []proc.InterruptReason{
		proc.NormalExitRequested{},
		proc.LinkedProcessCrashed{Reason: exit},
		proc.OtherProcessNotRunning{Reason: exit},
		proc.TimeoutInterrupt{After: time.Second},
		proc.ErrorInterrupt{Err: cause},
		proc.InterruptedBy{Value: 1},
	}
}

// InterruptToExit: a request to exit is a normal end, a dead peer is one, all else an unhandled error.
func TestI6_InterruptToExit(t *testing.T) {
	for _, c := range reasonInterrupts(io.EOF) {
		got := proc.InterruptToExit(c)
		switch c := c.(type) {
		case proc.NormalExitRequested:
			require.Equal(t, proc.ExitNormally{}, got)
		case proc.OtherProcessNotRunning:
			require.Equal(t, proc.ExitOtherProcessNotRunning(c), got)
		default:
			require.Equal(t, proc.ExitUnhandledError{Err: c}, got)
		}
	}
}

// Severities: one table for all reasons.
func TestD12_SeverityOfEveryReason(t *testing.T) {
	fine, crash := proc.ExitNormally{}, proc.ExitUnhandledError{Err: io.EOF}
	type reason interface {
		error
		Severity() proc.Severity
	}
	for _, c := range []struct {
		reason reason
		want   proc.Severity
	}{
		{proc.NormalExitRequested{}, proc.ExitSuccess},
		{proc.LinkedProcessCrashed{Reason: crash}, proc.Crash},
		{proc.LinkedProcessCrashed{Reason: fine}, proc.Crash},
		{proc.OtherProcessNotRunning{Reason: crash}, proc.Crash},
		{proc.OtherProcessNotRunning{Reason: fine}, proc.Crash},
		{proc.TimeoutInterrupt{After: time.Second}, proc.Crash},
		{proc.ErrorInterrupt{Err: io.EOF}, proc.Crash},
		{proc.ErrorInterrupt{Err: proc.NormalExitRequested{}}, proc.Crash},
		{proc.InterruptedBy{Value: "x"}, proc.Crash},
		{proc.InterruptedBy{Value: proc.NormalExitRequested{}}, proc.Crash},

		{proc.ExitNormally{}, proc.ExitSuccess},
		{proc.ExitNormallyWith{Detail: "x"}, proc.ExitSuccess},
		{proc.ExitUnhandledError{Err: io.EOF}, proc.Crash},
		{proc.ExitUnhandledError{Err: proc.NormalExitRequested{}}, proc.Crash},
		{proc.ExitUnhandledError{Err: fine}, proc.Crash},
		{proc.ExitPanic{Value: "x"}, proc.Crash},
		{proc.ExitPanic{Value: fine}, proc.Crash},
		{proc.ExitKilled{}, proc.Crash},
		{proc.ExitOtherProcessNotRunning{Reason: crash}, proc.Crash},
		{proc.ExitOtherProcessNotRunning{Reason: fine}, proc.Crash},
		{proc.ExitOwnerEnded{Reason: crash}, proc.Crash},
		{proc.ExitOwnerEnded{Reason: fine}, proc.ExitSuccess},
		{proc.ExitOwnerEnded{Reason: proc.ExitOwnerEnded{Reason: shutdownWith("x")}}, proc.ExitSuccess},
		{proc.ExitOwnerEnded{Reason: proc.ExitOwnerEnded{Reason: proc.ExitKilled{}}}, proc.Crash},
		{proc.ExitNotStarted{Err: proc.ErrStopping}, proc.Crash},
		{proc.ExitNotStarted{Err: proc.NameTaken{Name: "x"}}, proc.Crash},
		{proc.ExitUnknown{}, proc.Crash},
	} {
		require.Equal(t, c.want, c.reason.Severity(), "%T %s", c.reason, c.reason)
		if interrupt, ok := c.reason.(proc.InterruptReason); ok {
			require.Equal(t, c.want, proc.InterruptToExit(interrupt).Severity(), "InterruptToExit of %T", c.reason)
		}
	}
	require.Equal(t, proc.ExitSuccess, proc.Severity(0))
}

// The counters, the links and the log all judge an end by its severity: a normal stop is no error.
func TestD12_ANormalStopIsNotLoggedAsAnError(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		linked, got := make(chan proc.ID), make(chan error, 8)
		watcher := proc.Spawn(s, func(p *proc.Self[string]) error {
			for id := range linked {
				got <- p.Link(id)
			}
			for {
				err := p.Sleep(time.Hour)
				got <- err
			}
		})
		var ids []proc.ID
		for range 3 {
			pid := proc.Spawn(s, func(p *proc.Self[string]) error { return p.Sleep(1000 * time.Hour) })
			ids = append(ids, pid.ID)
			linked <- pid.ID
			require.NoError(w, harness.Value(w, got))
		}
		close(linked)
		ids[0].Interrupt(proc.NormalExitRequested{})
		ids[1].Shutdown(shutdownWith("enough"))
		ids[2].Shutdown(proc.ExitOwnerEnded{Reason: proc.ExitNormally{}})
		for _, id := range ids {
			harness.Ended(w, id)
		}
		w.Settle()
		require.Empty(w, got)
		require.NoError(w, s.Stop(context.Background()))
		harness.Ended(w, watcher.ID)
		require.Zero(w, s.Counters().Crashed)
		require.Empty(w, loggingWith(w, `"level":"error"`), "%v", &w.Logs)
		require.Empty(w, loggingWith(w, `"level":"warn"`), "%v", &w.Logs)
	})
}

// reasonWrapping is each reason that can hold a cause, holding cause.
func reasonWrapping(cause error) []error {
	exit := proc.ExitUnhandledError{Err: cause}
	return []error{
		exit,
		proc.ExitPanic{Value: cause},
		proc.ExitNotStarted{Err: cause},
		proc.ExitOtherProcessNotRunning{Reason: exit},
		proc.ExitOwnerEnded{Reason: exit},
		proc.LinkedProcessCrashed{Reason: exit},
		proc.OtherProcessNotRunning{Reason: exit},
		proc.ErrorInterrupt{Err: cause},
	}
}

// errors.Is, As and AsType see through every reason, alone and in one another, and the text tells the cause.
func TestI7_ErrorsSeeThroughEveryReason(t *testing.T) {
	cause := fmt.Errorf("db ping: %w", &fs.PathError{Op: "open", Path: "/no/where", Err: io.EOF})
	check := func(err error, outer error) {
		t.Helper()
		require.ErrorIs(t, err, io.EOF, "%T", outer)
		require.ErrorIs(t, err, cause, "%T", outer)
		var path *fs.PathError
		require.ErrorAs(t, err, &path, "%T", outer)
		byType, ok := errors.AsType[*fs.PathError](err)
		require.True(t, ok, "%T", outer)
		require.Same(t, path, byType)
		require.NotErrorIs(t, err, io.ErrUnexpectedEOF, "%T", outer)
		require.Contains(t, err.Error(), "db ping: open /no/where: EOF", "%T", outer)
	}
	for _, inner := range reasonWrapping(cause) {
		check(inner, inner)
		for _, outer := range reasonWrapping(inner) {
			check(outer, outer)
			check(fmt.Errorf("more: %w", outer), outer)
		}
	}
}
