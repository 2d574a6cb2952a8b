package proc

import (
	"context"
	"fmt"
	"time"
)

// Severity tells a success from a crash.
type Severity int

const (
	ExitSuccess Severity = iota // links do not fire, a transient child is not restarted
	Crash                       // links fire, a transient child is restarted
)

func (s Severity) String() string {
	if s == Crash {
		return "crash"
	}
	return "success"
}

// InterruptReason is why an operation was interrupted. The process may carry
// on. It is an error like others: errors.Is and errors.As see through it.
type InterruptReason interface {
	error
	Severity() Severity
	interruptReason()
}

// ShutdownReason is why a process ended, or must end. Nothing in the process
// can stop it. It is an error like others: errors.Is and errors.As see through
// it, down to the first cause.
type ShutdownReason interface {
	error
	Severity() Severity
	shutdownReason()
}

// severityOf is the severity of every interrupt and of every exit. It is the
// only place where that is decided.
func severityOf(reason error) Severity {
	switch r := reason.(type) {
	case NormalExitRequested, ExitNormally, ExitNormallyWith:
		return ExitSuccess
	case ExitOwnerEnded:
		if r.Reason != nil {
			return severity(r.Reason)
		}
	}
	return Crash
}

// severity is reason.Severity(), whatever that does: a nil pointer to a reason
// is a reason, too, and that of a process must not end the program.
func severity(reason ShutdownReason) (s Severity) {
	defer func() {
		if recover() != nil {
			s = Crash
		}
	}()
	return reason.Severity()
}

// ---------------------------------------------------------------- interrupts

type (
	// NormalExitRequested asks a process to finish its work and end. A process
	// that returns it ends normally. It is the only interrupt whose severity is
	// ExitSuccess.
	NormalExitRequested struct{}

	// LinkedProcessCrashed is the interrupt of a link whose other end, ID,
	// crashed with Reason, which it wraps.
	LinkedProcessCrashed struct {
		ID     ID
		Reason ShutdownReason
	}

	// OtherProcessNotRunning is why an operation on another process failed: it
	// has ended, is ending, or never was (ExitUnknown). It wraps Reason.
	OtherProcessNotRunning struct {
		ID     ID
		Reason ShutdownReason
	}

	// TimeoutInterrupt is the end of an operation that took longer than it
	// might. It is a context.DeadlineExceeded. After is the limit as it was
	// given, or what was left of the deadline of the operation's context.
	TimeoutInterrupt struct {
		After time.Duration
	}

	// ErrorInterrupt is an interrupt by an error, which it wraps: the cause of
	// the end of an operation's context, ErrMailboxFull, a CallRing, or what
	// somebody else interrupts with.
	ErrorInterrupt struct {
		Err error
	}

	// InterruptedBy is an interrupt by a value of the program's own, which it
	// wraps if that is an error.
	InterruptedBy struct {
		Value any
	}
)

func (NormalExitRequested) Error() string { return "normal exit requested" }
func (r LinkedProcessCrashed) Error() string {
	return "linked process " + r.ID.String() + " crashed: " + text(r.Reason)
}
func (r OtherProcessNotRunning) Error() string {
	return "process " + r.ID.String() + " is not running: " + text(r.Reason)
}
func (r TimeoutInterrupt) Error() string { return "timed out after " + r.After.String() }
func (r ErrorInterrupt) Error() string   { return "interrupted by an error: " + text(r.Err) }
func (r InterruptedBy) Error() string    { return "interrupted by " + fmt.Sprint(r.Value) }

func (r NormalExitRequested) Severity() Severity    { return severityOf(r) }
func (r LinkedProcessCrashed) Severity() Severity   { return severityOf(r) }
func (r OtherProcessNotRunning) Severity() Severity { return severityOf(r) }
func (r TimeoutInterrupt) Severity() Severity       { return severityOf(r) }
func (r ErrorInterrupt) Severity() Severity         { return severityOf(r) }
func (r InterruptedBy) Severity() Severity          { return severityOf(r) }

func (NormalExitRequested) interruptReason()    {}
func (LinkedProcessCrashed) interruptReason()   {}
func (OtherProcessNotRunning) interruptReason() {}
func (TimeoutInterrupt) interruptReason()       {}
func (ErrorInterrupt) interruptReason()         {}
func (InterruptedBy) interruptReason()          {}

func (r LinkedProcessCrashed) Unwrap() error    { return r.Reason }
func (r OtherProcessNotRunning) Unwrap() error  { return r.Reason }
func (r ErrorInterrupt) Unwrap() error          { return r.Err }
func (r TimeoutInterrupt) Is(target error) bool { return target == context.DeadlineExceeded }
func (r InterruptedBy) Unwrap() error           { return asError(r.Value) }

// ---------------------------------------------------------------- shutdowns

type (
	// ExitNormally is the end of a process that had done its work.
	ExitNormally struct{}

	// ExitNormallyWith is ExitNormally with a word on why.
	ExitNormallyWith struct {
		Detail string
	}

	// ExitUnhandledError is the end of a process whose body returned an error,
	// which it wraps, or called runtime.Goexit.
	ExitUnhandledError struct {
		Err error
	}

	// ExitPanic is the end of a process that panicked with Value, which it wraps
	// if that is an error. Stack is that of the panic, innermost function first,
	// one line for each function and one for its place.
	ExitPanic struct {
		Value any
		Stack string
	}

	// ExitKilled is the end of a process that was killed.
	ExitKilled struct{}

	// ExitOtherProcessNotRunning is the end of a process that returned an
	// OtherProcessNotRunning. It wraps Reason.
	ExitOtherProcessNotRunning struct {
		ID     ID
		Reason ShutdownReason
	}

	// ExitOwnerEnded is the end of an owned process whose owner, ID, ended by
	// itself. Its severity is that of the owner's Reason, which it wraps.
	ExitOwnerEnded struct {
		ID     ID
		Reason ShutdownReason
	}

	// ExitNotStarted is the reason of a process whose body never ran: Err is a
	// NameTaken, ErrStopping, or says what else was wrong.
	ExitNotStarted struct {
		Err error
	}

	// ExitUnknown is the reason of an id that no process of the system ever had.
	ExitUnknown struct{}
)

func (ExitNormally) Error() string         { return "ended normally" }
func (r ExitNormallyWith) Error() string   { return "ended normally: " + r.Detail }
func (r ExitUnhandledError) Error() string { return "unhandled error: " + text(r.Err) }
func (r ExitPanic) Error() string          { return "panic: " + fmt.Sprint(r.Value) }
func (ExitKilled) Error() string           { return "killed" }
func (r ExitOtherProcessNotRunning) Error() string {
	return "needed process " + r.ID.String() + " is not running: " + text(r.Reason)
}
func (r ExitOwnerEnded) Error() string {
	return "owner " + r.ID.String() + " ended: " + text(r.Reason)
}
func (r ExitNotStarted) Error() string { return "not started: " + text(r.Err) }
func (ExitUnknown) Error() string      { return "no such process" }

func (r ExitNormally) Severity() Severity               { return severityOf(r) }
func (r ExitNormallyWith) Severity() Severity           { return severityOf(r) }
func (r ExitUnhandledError) Severity() Severity         { return severityOf(r) }
func (r ExitPanic) Severity() Severity                  { return severityOf(r) }
func (r ExitKilled) Severity() Severity                 { return severityOf(r) }
func (r ExitOtherProcessNotRunning) Severity() Severity { return severityOf(r) }
func (r ExitOwnerEnded) Severity() Severity             { return severityOf(r) }
func (r ExitNotStarted) Severity() Severity             { return severityOf(r) }
func (r ExitUnknown) Severity() Severity                { return severityOf(r) }

func (ExitNormally) shutdownReason()               {}
func (ExitNormallyWith) shutdownReason()           {}
func (ExitUnhandledError) shutdownReason()         {}
func (ExitPanic) shutdownReason()                  {}
func (ExitKilled) shutdownReason()                 {}
func (ExitOtherProcessNotRunning) shutdownReason() {}
func (ExitOwnerEnded) shutdownReason()             {}
func (ExitNotStarted) shutdownReason()             {}
func (ExitUnknown) shutdownReason()                {}

func (r ExitUnhandledError) Unwrap() error         { return r.Err }
func (r ExitPanic) Unwrap() error                  { return asError(r.Value) }
func (r ExitOtherProcessNotRunning) Unwrap() error { return r.Reason }
func (r ExitOwnerEnded) Unwrap() error             { return r.Reason }
func (r ExitNotStarted) Unwrap() error             { return r.Err }

// ---------------------------------------------------------------- from one to the other

// InterruptToExit is what an unhandled interrupt, returned from a body, ends a
// process with: ExitNormally for a NormalExitRequested (and for nil),
// ExitOtherProcessNotRunning for an OtherProcessNotRunning, and an
// ExitUnhandledError that wraps it for any other one.
func InterruptToExit(interrupt InterruptReason) ShutdownReason {
	switch i := interrupt.(type) {
	case nil, NormalExitRequested:
		return ExitNormally{}
	case OtherProcessNotRunning:
		return ExitOtherProcessNotRunning(i)
	}
	return ExitUnhandledError{Err: interrupt}
}

// exitOf is what a body that returned err ends its process with. The value
// itself decides, not what it wraps.
func exitOf(err error) ShutdownReason {
	switch e := err.(type) {
	case nil:
		return ExitNormally{}
	case ShutdownReason:
		return e
	case InterruptReason:
		return InterruptToExit(e)
	}
	return ExitUnhandledError{Err: err}
}

// text is the text of an error that may be nil, or may panic when asked.
func text(err error) string {
	if err == nil {
		return "unknown reason"
	}
	return fmt.Sprint(err)
}

func asError(value any) error {
	err, _ := value.(error)
	return err
}
