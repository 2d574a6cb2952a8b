package sup

import (
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

type (
	// InvalidSpec is a description that makes no sense: nothing was started.
	// Child is the path of the child from the described supervisor on ("" for
	// that itself), Field what is wrong with it, written as in Go.
	InvalidSpec struct {
		Child, Field, Problem string
	}

	// AlreadyStarted is the refusal of a child whose id, or key, is in use.
	AlreadyStarted struct {
		Child string
		ID    proc.ID // zero if the child is not running
	}

	// NotFound is the refusal of an id, or a key, that no child has.
	NotFound struct{ Child string }

	// WrongKind is the refusal of an operation that this kind of child, or a
	// pool's Ref, does not have.
	WrongKind struct {
		Child string
		Kind  Kind
	}

	// PoolNotRunning is the refusal of a [Pool] that has never run, told by the types
	// of its keys and messages. It wraps an OtherProcessNotRunning, which is the
	// refusal of one that does not run any more.
	PoolNotRunning struct{ Key, Message string }

	// StillRunning is the refusal of what is only possible with a child that
	// is stopped.
	StillRunning struct {
		Child string
		ID    proc.ID
		State ChildState
	}

	// StartFailed is why a child, and so its supervisor, did not start. It
	// wraps Err.
	StartFailed struct {
		Child string
		Err   error
	}

	// TooManyRestarts is the cause in the reason of a supervisor that gave up:
	// Child was to be restarted once more after Restarts restarts in Period.
	// It wraps Reason, the last one.
	TooManyRestarts struct {
		Child    string
		Restarts int
		Period   time.Duration
		Reason   proc.ShutdownReason
	}
)

func (e InvalidSpec) Error() string {
	if e.Child == "" {
		return fmt.Sprintf("invalid supervisor: %s: %s", e.Field, e.Problem)
	}
	return fmt.Sprintf("invalid child %q: %s: %s", e.Child, e.Field, e.Problem)
}

func (e AlreadyStarted) Error() string {
	if e.ID == (proc.ID{}) {
		return fmt.Sprintf("cannot start child %q: it exists already, and is not running", e.Child)
	}
	return fmt.Sprintf("cannot start child %q: it exists already, as process %v", e.Child, e.ID)
}

func (e NotFound) Error() string { return fmt.Sprintf("there is no child %q", e.Child) }

func (e WrongKind) Error() string {
	if e.Child == "" {
		return fmt.Sprintf("a %v does not have this operation", e.Kind)
	}
	return fmt.Sprintf("child %q is a %v, which does not have this operation", e.Child, e.Kind)
}

func (e PoolNotRunning) Error() string {
	return fmt.Sprintf("the pool of %s by %s does not run: make it a child of a supervisor, with Pool.Child", e.Message, e.Key)
}

func (e StillRunning) Error() string {
	if e.ID == (proc.ID{}) {
		return fmt.Sprintf("child %q is %v: stop it first", e.Child, e.State)
	}
	return fmt.Sprintf("child %q is %v as process %v: stop it first", e.Child, e.State, e.ID)
}

func (e StartFailed) Error() string {
	return fmt.Sprintf("child %q did not start: %v", e.Child, e.Err)
}

func (e TooManyRestarts) Error() string {
	return fmt.Sprintf("too many restarts: child %q would have been restarted once more, after %d restarts within %v: %v",
		e.Child, e.Restarts, e.Period, e.Reason)
}

func (e StartFailed) Unwrap() error { return e.Err }

func (e PoolNotRunning) Unwrap() error {
	return proc.OtherProcessNotRunning{Reason: proc.ExitUnknown{}}
}

func (e TooManyRestarts) Unwrap() error {
	if e.Reason == nil {
		return nil
	}
	return e.Reason
}
