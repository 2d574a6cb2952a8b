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

// errReasonsDisk is a cause with a context and a type, as programs make them.
var errReasonsDisk = fmt.Errorf("db ping: %w", &fs.PathError{Op: "read", Path: "table", Err: io.EOF})

// requireReasonsDisk checks that err tells all of errReasonsDisk.
func requireReasonsDisk(w *harness.World, err error) {
	w.Helper()
	require.ErrorIs(w, err, io.EOF)
	require.ErrorIs(w, err, errReasonsDisk)
	_, ok := errors.AsType[*fs.PathError](err)
	require.True(w, ok)
	require.ErrorContains(w, err, "db ping: read table: EOF")
}

// A chain can be very deep.
func TestI7_DeepChains(t *testing.T) {
	const depth = 1000
	var reason proc.ShutdownReason = proc.ExitUnhandledError{Err: errReasonsDisk}
	for i := range depth {
		switch i % 3 {
		case 0:
			reason = proc.ExitUnhandledError{Err: proc.LinkedProcessCrashed{Reason: reason}}
		case 1:
			reason = proc.ExitOtherProcessNotRunning{Reason: reason}
		case 2:
			reason = proc.ExitOwnerEnded{Reason: reason}
		}
	}
	require.ErrorIs(t, reason, io.EOF)
	_, ok := errors.AsType[*fs.PathError](reason)
	require.True(t, ok)
	require.Equal(t, proc.Crash, reason.Severity())
}

// Each type of reason in a chain is found by errors.As and AsType, the interfaces too.
func TestI7_EachReasonInAChainIsFound(t *testing.T) {
	killed := proc.ExitOwnerEnded{Reason: proc.ExitKilled{}}
	gone := proc.ExitOtherProcessNotRunning{Reason: killed}
	linked := proc.LinkedProcessCrashed{Reason: gone}
	panicked := proc.ExitPanic{Value: fmt.Errorf("asking: %w", linked)}
	chain := error(proc.ErrorInterrupt{Err: proc.OtherProcessNotRunning{Reason: panicked}})

	_, ok := errors.AsType[proc.ErrorInterrupt](chain)
	require.True(t, ok)
	notRunning, ok := errors.AsType[proc.OtherProcessNotRunning](chain)
	require.True(t, ok)
	require.Equal(t, panicked, notRunning.Reason)
	foundPanic, ok := errors.AsType[proc.ExitPanic](chain)
	require.True(t, ok)
	require.Equal(t, panicked, foundPanic)
	var foundLinked proc.LinkedProcessCrashed
	require.ErrorAs(t, chain, &foundLinked)
	require.Equal(t, linked, foundLinked)
	foundGone, ok := errors.AsType[proc.ExitOtherProcessNotRunning](chain)
	require.True(t, ok)
	require.Equal(t, gone, foundGone)
	foundOwner, ok := errors.AsType[proc.ExitOwnerEnded](chain)
	require.True(t, ok)
	require.Equal(t, killed, foundOwner)
	_, ok = errors.AsType[proc.ExitKilled](chain)
	require.True(t, ok)
	_, ok = errors.AsType[proc.ExitUnhandledError](chain)
	require.False(t, ok)

	interrupt, ok := errors.AsType[proc.InterruptReason](fmt.Errorf("outside: %w", chain))
	require.True(t, ok)
	require.Equal(t, chain, interrupt)
	shutdown, ok := errors.AsType[proc.ShutdownReason](chain)
	require.True(t, ok)
	require.Equal(t, panicked, shutdown)
	require.ErrorIs(t, chain, proc.ExitKilled{})
}

// A TimeoutInterrupt is a context.DeadlineExceeded, wherever it is in a chain; it is no cancellation.
func TestI7_ATimeoutIsADeadlineExceeded(t *testing.T) {
	timeout := proc.TimeoutInterrupt{After: time.Second}
	for _, err := range append(reasonWrapping(timeout), timeout) {
		require.ErrorIs(t, err, context.DeadlineExceeded, "%T", err)
		require.NotErrorIs(t, err, context.Canceled, "%T", err)
		found, ok := errors.AsType[proc.TimeoutInterrupt](err)
		require.True(t, ok)
		require.Equal(t, time.Second, found.After)
	}
	require.NotErrorIs(t, proc.NormalExitRequested{}, context.DeadlineExceeded)
}

// A panic's value that is no error ends the chain, and its text is in the message.
func TestI7_APanicWithoutAnErrorIsTheFirstCause(t *testing.T) {
	reason := proc.ExitPanic{Value: "forty-two is wrong"}
	require.NoError(t, errors.Unwrap(reason))
	require.ErrorContains(t, reason, "forty-two is wrong")
	require.ErrorContains(t, proc.LinkedProcessCrashed{Reason: reason}, "forty-two is wrong")
	require.ErrorContains(t, proc.ExitNormallyWith{Detail: "the day is over"}, "the day is over")
}

// Twenty processes, each linked to the one before: the last one's reason still tells why the first one died.
func TestI7_LinkedProcessesPassTheFirstCauseOn(t *testing.T) {
	const n = 20
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		first := proc.Spawn(s, func(p *proc.Self[string]) error {
			if _, err := p.Receive(); err != nil {
				return err
			}
			return errReasonsDisk
		})
		linked, last, ids := make(chan error, n), first.ID, []proc.ID{first.ID}
		for range n {
			before := last
			last = proc.Spawn(s, func(p *proc.Self[string]) error {
				linked <- p.Link(before)
				return p.Sleep(time.Hour)
			}).ID
			require.NoError(w, harness.Value(w, linked))
			ids = append(ids, last)
		}
		first.Send("die")
		reason := harness.Ended(w, last)
		requireReasonsDisk(w, reason)
		found := 0
		for err := error(reason); err != nil; err = errors.Unwrap(err) {
			if crashed, ok := err.(proc.LinkedProcessCrashed); ok { //nolint:errorlint // link by link
				found++
				require.True(w, crashed.ID == ids[n-found])
			}
		}
		require.Equal(w, n, found)
		require.EqualValues(w, n+1, s.Counters().Crashed)
	})
}

// The reason that a monitor, a join, a call, a link, an owned process and the log see is whole.
func TestF12_TheChainIsWholeEverywhere(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ids, gate := make(chan proc.ID, 1), make(chan struct{})
		dying := proc.Spawn(s, func(p *proc.Self[proc.ReplyTo[string]]) error {
			owned := proc.Spawn(p, shutdownIdle, proc.Owned())
			ids <- owned.ID
			<-gate
			return errReasonsDisk
		})
		owned := harness.Value(w, ids)
		down, crashed, called := make(chan error, 1), make(chan error, 1), make(chan error, 1)
		ready := make(chan error, 2)
		proc.Spawn(s, func(p *proc.Self[proc.ProcessDown]) error {
			p.Monitor(dying.ID)
			ready <- nil
			m, err := p.Receive()
			down <- m.Reason
			return err
		})
		proc.Spawn(s, func(p *proc.Self[string]) error {
			ready <- p.Link(dying.ID)
			crashed <- p.Sleep(time.Hour)
			return nil
		})
		caller := proc.Spawn(s, func(p *proc.Self[string]) error {
			_, err := proc.CallWithin(p, -1, dying, interruptAsk)
			called <- err
			return err
		})
		require.NoError(w, harness.Value(w, ready))
		require.NoError(w, harness.Value(w, ready))
		close(gate)
		joined, err := proc.Join(context.Background(), dying.ID)
		require.NoError(w, err)
		for _, reason := range []error{
			joined, dying.Reason(), harness.Value(w, down), harness.Value(w, crashed), harness.Value(w, called),
			harness.Ended(w, owned), harness.Ended(w, caller.ID),
		} {
			requireReasonsDisk(w, reason)
		}
		require.IsType(w, proc.LinkedProcessCrashed{}, reasonsLinkTo(w, s, dying.ID))
		w.Eventually("the crash is logged with its chain", func() bool {
			return len(loggingWith(w, `"level":"error"`, `"db ping","read table","EOF"`, dying.String())) > 0
		})
	})
}

// reasonsLinkTo is what linking to a dead process returns.
func reasonsLinkTo(w *harness.World, s *proc.System, id proc.ID) error {
	got := make(chan error, 1)
	proc.Spawn(s, func(p *proc.Self[string]) error { got <- p.Link(id); return nil })
	err := harness.Value(w, got)
	requireReasonsDisk(w, err)
	return err
}

// A chain through different kinds of ends: a panic, a failed call, ownership, a link.
func TestI7_AChainThroughAllKindsOfEnds(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ids, linked, gate := make(chan proc.ID, 1), make(chan error, 1), make(chan struct{})
		panics := proc.Spawn(s, func(p *proc.Self[proc.ReplyTo[string]]) error {
			<-gate
			panic(errReasonsDisk)
		})
		proc.Spawn(s, func(p *proc.Self[string]) error {
			owned := proc.Spawn(p, shutdownIdle, proc.Owned())
			ids <- owned.ID
			_, err := proc.CallWithin(p, -1, panics, interruptAsk)
			return err
		})
		owned := harness.Value(w, ids)
		last := proc.Spawn(s, func(p *proc.Self[string]) error {
			linked <- p.Link(owned)
			if err := p.Sleep(time.Hour); err != nil {
				return fmt.Errorf("last: %w", err)
			}
			return nil
		})
		require.NoError(w, harness.Value(w, linked))
		close(gate)
		reason := harness.Ended(w, last.ID)
		requireReasonsDisk(w, reason)
		crashed, ok := errors.AsType[proc.LinkedProcessCrashed](reason)
		require.True(w, ok)
		require.True(w, crashed.ID == owned)
		owner, ok := crashed.Reason.(proc.ExitOwnerEnded)
		require.True(w, ok, "%T", crashed.Reason)
		gone, ok := owner.Reason.(proc.ExitOtherProcessNotRunning)
		require.True(w, ok, "%T", owner.Reason)
		require.True(w, gone.ID == panics.ID)
		panicked, ok := gone.Reason.(proc.ExitPanic)
		require.True(w, ok, "%T", gone.Reason)
		require.Equal(w, errReasonsDisk, panicked.Value)
		require.Contains(w, panicked.Stack, "TestI7_AChainThroughAllKindsOfEnds")
	})
}

// A reason is nil while the process lives and is kept for ever after; the zero id's is ExitUnknown.
func TestDecided_ADeadIDKeepsItsReason(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			_, err := p.Receive()
			return errors.Join(err, errReasonsDisk)
		})
		require.Nil(w, pid.Reason())
		pid.Send("die")
		requireReasonsDisk(w, harness.Ended(w, pid.ID))
		for range 1000 {
			proc.Spawn(s, func(*proc.Self[string]) error { return nil })
		}
		requireReasonsDisk(w, pid.Reason())
		require.NoError(w, s.Stop(context.Background()))
		requireReasonsDisk(w, pid.Reason())
		require.Equal(w, proc.ExitUnknown{}, proc.ID{}.Reason())
		require.False(w, proc.ID{}.Alive())
	})
}
