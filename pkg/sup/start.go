package sup

import (
	"context"
	"slices"

	"github.com/harkgo/hark/pkg/proc"
)

// Start starts a supervisor, linked to and owned by parent, and returns once all
// its children run. If it fails, the error is all that reaches parent.
// Interrupted, it stops what it has started and returns the interrupt.
//
// The error is an [InvalidSpec], and nothing has been started; a [StartFailed],
// and what had been started has been stopped in reverse order; the interrupt;
// or an OtherProcessNotRunning with the reason why the supervisor did not get
// that far.
func Start(parent proc.Receiver, spec Spec, opts ...proc.SpawnOption) (Ref, error) {
	if err := spec.check(""); err != nil {
		return Ref{}, err
	}
	return launch(parent, newTree(spec), opts)
}

// StartIn is [Start] for who is no process: a test, a main function, or a part of a
// program that has nothing but a *proc.System. It starts a supervisor in host, and
// returns once all its children run. The supervisor is linked to nobody; if host is a
// process, that owns it. [Ref.Stop] ends it, [Ref.Wait] and a monitor tell how it has
// ended.
//
// ctx is who waits: a process or any context, whose deadline is the only limit. What
// ends the waiting is the error, and the supervisor is asked to stop, in order, which
// is not waited for. The other errors are as those of Start, and then everything that
// had been started has ended.
func StartIn(ctx context.Context, host proc.Host, spec Spec, opts ...proc.SpawnOption) (Ref, error) {
	if err := spec.check(""); err != nil {
		return Ref{}, err
	}
	return launchIn(ctx, host, newTree(spec), opts)
}

// Run starts a supervisor and returns when it has ended: nil if it ended
// normally, else its reason, which wraps the [StartFailed] if it did not come up.
// An interrupt of self stops the tree in order; then Run returns nil if it was
// NormalExitRequested, else the interrupt. It is the natural body of a main
// process. An invalid description is an [InvalidSpec], as in Start.
func Run(self proc.Receiver, spec Spec, opts ...proc.SpawnOption) error {
	if err := spec.check(""); err != nil {
		return err
	}
	s := newSupervisor(newTree(spec), origin{})
	ref := Ref{proc.Spawn(self, s.run, rootOptions(opts)...).ID}
	reason, err := proc.Join(self, ref.ID)
	switch {
	case err != nil:
		ref.stopFor(self)
		if _, asked := err.(proc.NormalExitRequested); asked {
			return nil
		}
		return err
	case crashed(reason):
		return reason
	}
	return nil
}

// rootOptions are those of the process of a supervisor that is nobody's child.
func rootOptions(opts []proc.SpawnOption) []proc.SpawnOption {
	return slices.Concat([]proc.SpawnOption{proc.Titled("supervisor")}, opts, []proc.SpawnOption{proc.Owned(), unbounded})
}

// launch spawns a supervisor, linked to and owned by parent, and waits until it
// is up.
func launch(parent proc.Receiver, p policy, opts []proc.SpawnOption) (Ref, error) {
	s := newSupervisor(p, origin{})
	pid := proc.SpawnLink(parent, s.run, rootOptions(opts)...)
	ref := Ref{pid.ID}
	_, err := proc.CallWithin(parent, -1, pid, func(to proc.ReplyTo[done]) request { return awaitUp{to} })
	if err == nil {
		return ref, nil
	}
	ref.stopFor(parent)
	parent.Unlink(pid.ID) // the error says it all
	if own := ref.failedItself(err); own != nil {
		err = startError(ref.ID, own)
	}
	return Ref{}, err
}

// launchIn spawns a supervisor that is linked to nobody, and waits until it is up.
func launchIn(ctx context.Context, host proc.Host, p policy, opts []proc.SpawnOption) (Ref, error) {
	if _, err := proc.Join(ctx, proc.ID{}); err != nil {
		return Ref{}, err // nobody waits for what would begin
	}
	s := newSupervisor(p, origin{})
	pid := proc.Spawn(host, s.run, rootOptions(opts)...)
	ref := Ref{pid.ID}
	waiting := true
	defer func() {
		if waiting { // no more: also if ctx is a process that is unwinding
			ref.Interrupt(proc.NormalExitRequested{})
		}
	}()
	_, err := proc.CallWithin(ctx, -1, pid, func(to proc.ReplyTo[done]) request { return awaitUp{to} })
	if err == nil {
		waiting = false
		return ref, nil
	}
	if own := ref.failedItself(err); own != nil {
		_, _ = proc.Join(ctx, ref.ID) // it has only to die: its names are free then
		return Ref{}, startError(ref.ID, own)
	}
	return Ref{}, err
}

// stopFor stops a supervisor, if it still runs, for who has started it.
func (r Ref) stopFor(parent proc.Receiver) {
	r.Interrupt(proc.NormalExitRequested{})
	parent.AwaitEnd(r.ID, -1)
}

// failedItself is the reason of the supervisor's end if err says that it has
// ended, or is about to, and nil if err is something else.
func (r Ref) failedItself(err error) proc.ShutdownReason {
	switch why := err.(type) {
	case proc.OtherProcessNotRunning:
		if why.ID == r.ID {
			return why.Reason
		}
	case proc.LinkedProcessCrashed:
		if why.ID == r.ID {
			return why.Reason
		}
	}
	return nil
}

// startError is the error of a Start that has ended with reason.
func startError(id proc.ID, reason proc.ShutdownReason) error {
	if end, ok := reason.(proc.ExitUnhandledError); ok {
		if failed, ok := end.Err.(StartFailed); ok {
			return failed
		}
	}
	return proc.OtherProcessNotRunning{ID: id, Reason: reason}
}

// Registered gives a supervisor a name that [Named] finds it by.
func Registered(name string) proc.SpawnOption {
	return proc.Registered(proc.NewName[request](name))
}

// Named addresses whichever supervisor has the name at each use: it stays good
// when the supervisor is restarted. While nobody has the name, operations fail
// with an OtherProcessNotRunning.
func Named(host proc.Host, name string) Ref {
	return Ref{proc.Named(host, proc.NewName[request](name)).ID}
}
