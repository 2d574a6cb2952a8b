package sup_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// contextKey makes a context that is not a process, but leads to one.
type contextKey struct{}

// operations is every operation that may have to wait, on a supervisor whose
// child "slow" does not end when it is asked, whose child "idle" is stopped and
// does not get ready, and to which "new" is added, which does not either.
func operations(c *cast) map[string]func(ctx context.Context, ref sup.Ref) error {
	return map[string]func(ctx context.Context, ref sup.Ref) error{
		"StopChild":    func(ctx context.Context, ref sup.Ref) error { return ref.StopChild(ctx, "slow") },
		"RestartChild": func(ctx context.Context, ref sup.Ref) error { return errorOf(ref.RestartChild(ctx, "idle")) },
		"StartChild":   func(ctx context.Context, ref sup.Ref) error { return errorOf(ref.StartChild(ctx, c.child("new"))) },
		"Stop":         func(ctx context.Context, ref sup.Ref) error { return ref.Stop(ctx) },
		"Wait":         func(ctx context.Context, ref sup.Ref) error { return ref.Wait(ctx) },
	}
}

// slowSupervisor starts the supervisor that those operations are for.
func slowSupervisor(w *world, s *proc.System, c *cast) sup.Ref {
	w.Helper()
	c.is("slow", manner{deaf: true})
	c.is("new", manner{slow: true})
	ref := newKeeper(w, s).start(sup.Spec{Observe: c.observe, Children: []sup.Child{
		c.child("slow", stop(sup.Stop{Finish: sup.NoLimit})), c.child("idle"),
	}})
	require.NoError(w, ref.StopChild(context.Background(), "idle"))
	c.is("idle", manner{slow: true})
	return ref
}

// began waits until an operation has begun to wait.
func (c *cast) began(operation string) {
	c.w.Helper()
	switch operation {
	case "StopChild", "Stop":
		c.saw("slow asked")
	case "RestartChild":
		c.life("idle", 2)
	case "StartChild":
		c.life("new", 1)
	}
	c.w.Settle()
}

// Decided: a context that has already ended begins nothing.
func TestDecided_AContextThatHasEndedBeginsNothing(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := slowSupervisor(w, w.System(), c)
		cancelled, cancel := context.WithCancelCause(context.Background())
		cancel(errBroken)
		late, cancelLate := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
		defer cancelLate()
		all := operations(c)
		all["DeleteChild"] = func(ctx context.Context, ref sup.Ref) error { return ref.DeleteChild(ctx, "idle") }
		all["Children"] = func(ctx context.Context, ref sup.Ref) error { _, err := ref.Children(ctx); return err }
		all["Supervisor"] = func(ctx context.Context, ref sup.Ref) error { _, err := ref.Supervisor(ctx, "idle"); return err }
		for what, operation := range all {
			interrupt := as[proc.ErrorInterrupt](w, operation(cancelled, ref))
			require.ErrorIs(w, interrupt, errBroken, what)
			as[proc.TimeoutInterrupt](w, operation(late, ref))
		}
		require.Equal(w, words("slow running, idle stopped"), list(w, ref))
		c.wrote("slow starts", "idle starts beside slow", "idle asked beside slow")
	})
}

// An operation whose context ends ends with that; what it has begun goes on.
func TestDecided_WhatAnOperationBeganGoesOnWithoutIt(t *testing.T) {
	for _, what := range words("StopChild, RestartChild, StartChild, Stop, Wait") {
		t.Run(what, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				ref := slowSupervisor(w, w.System(), c)
				ctx, cancel := context.WithCancelCause(context.Background())
				got := harness.Async(w, func() error { return operations(c)[what](ctx, ref) })
				c.began(what)
				harness.Pending(w, got, what)
				cancel(errBroken)
				require.ErrorIs(w, as[proc.ErrorInterrupt](w, harness.Value(w, got)), errBroken)
				w.Settle()
				switch what {
				case "StopChild":
					require.Equal(w, sup.Stopping, status(w, ref, "slow").State)
					harness.Leave(c.now("slow"), nil)
					w.Eventually("it has stopped", func() bool { return status(w, ref, "slow").State == sup.Stopped })
				case "RestartChild", "StartChild":
					child := map[string]string{"RestartChild": "idle", "StartChild": "new"}[what]
					require.Equal(w, sup.Starting, status(w, ref, child).State)
					c.getReady(child)
					w.Eventually("it runs", func() bool { return status(w, ref, child).State == sup.Running })
				case "Stop":
					require.True(w, ref.Alive())
					harness.Leave(c.now("slow"), nil)
					require.Equal(w, proc.ExitNormally{}, harness.Ended(w, ref.ID))
				case "Wait":
					require.Equal(w, words("slow running, idle stopped"), list(w, ref))
				}
			})
		})
	}
}

// Past its deadline an operation ends with a TimeoutInterrupt, then and not
// before: the call timeout of the system is not its own.
func TestDecided_OnlyItsContextLimitsAnOperation(t *testing.T) {
	for _, what := range words("StopChild, RestartChild, StartChild, Stop, Wait") {
		harness.Virtually(t, func(w *world) {
			c := newCast(w)
			ref := slowSupervisor(w, w.System(proc.WithCallTimeout(time.Second)), c)
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Hour)
			defer cancel()
			began := time.Now()
			err := harness.Value(w, harness.Async(w, func() error { return operations(c)[what](ctx, ref) }))
			as[proc.TimeoutInterrupt](w, err)
			require.ErrorIs(w, err, context.DeadlineExceeded)
			require.Equal(w, 100*time.Hour, time.Since(began), what)
		})
		harness.Virtually(t, func(w *world) {
			c := newCast(w)
			s := w.System(proc.WithCallTimeout(time.Second))
			ref := slowSupervisor(w, s, c)
			got := harness.Begin(newKeeper(w, s).Pid, func(self *proc.Self[order]) error { return operations(c)[what](self, ref) })
			c.began(what)
			time.Sleep(100 * time.Hour)
			harness.Pending(w, got, what)
			switch what {
			case "RestartChild":
				c.getReady("idle")
			case "StartChild":
				c.getReady("new")
			case "Wait":
				ref.Interrupt(proc.NormalExitRequested{})
				fallthrough
			default:
				harness.Leave(c.now("slow"), nil)
			}
			require.NoError(w, harness.Value(w, got), what)
		})
	}
}

// With a process as context an operation is one that interrupts end, with the
// interrupt as it is; one that is there already begins nothing.
func TestDecided_AnInterruptEndsAnOperation(t *testing.T) {
	for _, what := range words("StopChild, RestartChild, StartChild, Stop, Wait") {
		t.Run(what, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				s := w.System()
				ref := slowSupervisor(w, s, c)
				caller := newKeeper(w, s)
				interrupt := proc.InterruptedBy{Value: "never mind"}

				// Before it began.
				diary := c.diary()
				err := harness.Do(w, caller.Pid, func(self *proc.Self[order]) error {
					self.ID().Interrupt(interrupt)
					return operations(c)[what](self, ref)
				})
				require.Equal(w, interrupt, err)
				w.Settle()
				require.Equal(w, diary, c.diary(), "it has begun nevertheless")

				// While it waits; also with a context that leads to the process.
				got := harness.Begin(caller.Pid, func(self *proc.Self[order]) error {
					return operations(c)[what](context.WithValue(self, contextKey{}, "value"), ref)
				})
				c.began(what)
				harness.Pending(w, got, what)
				caller.Interrupt(interrupt)
				require.Equal(w, interrupt, harness.Value(w, got))
				caller.undisturbed()

				// A shutdown unwinds it.
				unwound := make(chan struct{})
				got = harness.Begin(caller.Pid, func(self *proc.Self[order]) error {
					defer close(unwound)
					return ref.Wait(self)
				})
				w.Settle()
				caller.Shutdown(proc.ExitNormally{})
				harness.Value(w, unwound)
				require.Equal(w, proc.ExitNormally{}, harness.Ended(w, caller.ID))
				require.Empty(w, got)
			})
		})
	}
}

// What a process asks for while it is shut down or killed is done or not, but
// harms nobody.
func TestDecided_ACallerThatEndsHarmsNobody(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, what := range words("StopChild, RestartChild, StartChild") {
			for _, do := range []func(proc.ID){proc.ID.Kill, func(id proc.ID) { id.Shutdown(proc.ExitNormally{}) }} {
				c := newCast(w)
				s := w.System()
				ref := slowSupervisor(w, s, c)
				caller := newKeeper(w, s)
				got := harness.Begin(caller.Pid, func(self *proc.Self[order]) error { return operations(c)[what](self, ref) })
				c.began(what)
				do(caller.ID)
				harness.Ended(w, caller.ID)
				require.Empty(w, got)
				require.NoError(w, errorOf(ref.StartChild(context.Background(), c.child("other"))))
				info, ok := ref.Info()
				require.True(w, ok)
				require.Zero(w, info.Mailbox)
				c.is("slow", manner{}) // it comes back unless it was stopped
				harness.Leave(c.now("slow"), nil)
				require.NoError(w, ref.Stop(context.Background()))
			}
		}
	})
}

// An error of an operation tells what was attempted on whom.
func TestDecided_ErrorsNameTheChildAndTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		id := newKeeper(w, w.System()).ID
		reason := proc.ExitUnhandledError{Err: errBroken}
		for _, e := range []struct {
			err   error
			says  []string
			wraps error
		}{
			{sup.InvalidSpec{Child: "n/db", Field: "Backoff.Factor", Problem: "is less than 1"}, words("n/db, Backoff.Factor, is less than 1"), nil},
			{sup.InvalidSpec{Field: "Period", Problem: "is negative"}, words("Period, is negative"), nil},
			{sup.AlreadyStarted{Child: "db", ID: id}, []string{"db", id.String()}, nil},
			{sup.AlreadyStarted{Child: "db"}, words("db"), nil},
			{sup.NotFound{Child: "db"}, words("db"), nil},
			{sup.WrongKind{Child: "db", Kind: sup.PoolKind}, words("db"), nil},
			{sup.StillRunning{Child: "db", ID: id, State: sup.Stopping}, []string{"db", id.String()}, nil},
			{sup.StillRunning{Child: "db", State: sup.Restarting}, words("db"), nil},
			{sup.StartFailed{Child: "db", Err: reason}, []string{"db", reason.Error()}, errBroken},
			{sup.TooManyRestarts{Child: "db", Restarts: 17, Period: 5 * time.Second, Reason: reason}, []string{"db", "17", "5s", reason.Error()}, errBroken},
		} {
			for _, text := range e.says {
				require.ErrorContains(w, e.err, text)
			}
			require.NotContains(w, e.err.Error(), "!0", "the id of nobody")
			require.NotContains(w, e.err.Error(), "%!")
			if e.wraps != nil {
				require.ErrorIs(w, e.err, e.wraps)
			} else {
				require.Nil(w, errors.Unwrap(e.err))
			}
		}
		require.Nil(w, errors.Unwrap(sup.TooManyRestarts{Child: "db"}))
		require.NotPanics(w, func() { _ = sup.TooManyRestarts{}.Error(); _ = sup.StartFailed{}.Error() })
	})
}
