package sup

import (
	"context"

	"github.com/harkgo/hark/pkg/proc"
)

// Ref addresses a running supervisor; Ref{ID: id} is one, too. Where a context is
// asked for, it is a process (which makes the operation one that interrupts end)
// or, outside processes, any context. An operation takes as long as the child
// does: nothing but ctx limits it, and what it began goes on without it. With a
// context that has already ended it begins nothing.
//
// Every operation can fail with an InterruptReason: what ended the waiting, or
// OtherProcessNotRunning, at once, if the supervisor has ended or is stopping.
// On a process that is no supervisor it is a [WrongKind]. All other errors are
// refusals, which come at once and have changed nothing, or a [StartFailed].
//
// Operations on different children of a one-for-one supervisor, and restarts, do
// not wait for each other. With the other strategies one thing comes after the
// other, but for what ends a start or a wait.
type Ref struct{ proc.ID }

// Children lists the children in the order of their start. It answers at once,
// whatever the supervisor waits for, and also while it stops; no longer when it
// has been shut down.
func (r Ref) Children(ctx context.Context) ([]Status, error) {
	return ask(ctx, r, func(to proc.ReplyTo[[]Status]) request { return listChildren{to} })
}

// StartChild adds a child as the last one, starts it and returns its process
// once it is up. The error is an [InvalidSpec], an [AlreadyStarted] if there is
// a child of that id, running or not, or a [StartFailed]: then nothing has been
// added.
func (r Ref) StartChild(ctx context.Context, c Child) (proc.ID, error) {
	return r.operate(ctx, func(o about) request { return startChild{o, c} }, c.ID)
}

// StopChild stops a child and returns when it has ended: nil however it then
// ended, see Status.LastExit; nil also if it was stopped already. The child stays
// in the list, and can be started again by [Ref.RestartChild] or by a group
// restart; a temporary one is dropped. A child that is being started is stopped,
// its start has failed then; the restart of one that waits for it is cancelled.
// The error is a [NotFound].
func (r Ref) StopChild(ctx context.Context, child string) error {
	_, err := r.operate(ctx, func(o about) request { return stopChild{o} }, child)
	return err
}

// RestartChild starts a child that is stopped, and returns its process once it is
// up. The error is a [NotFound], a [StillRunning], or a [StartFailed]: then the
// child stays stopped. It does not count as a restart.
func (r Ref) RestartChild(ctx context.Context, child string) (proc.ID, error) {
	return r.operate(ctx, func(o about) request { return restartChild{o} }, child)
}

// DeleteChild forgets a child that is stopped. The error is a [NotFound] or a
// [StillRunning].
func (r Ref) DeleteChild(ctx context.Context, child string) error {
	_, err := r.operate(ctx, func(o about) request { return deleteChild{o} }, child)
	return err
}

// Supervisor is the nested supervisor, or pool, of that id. It answers at once.
// The error is a [NotFound], a [WrongKind] for a worker, or an
// OtherProcessNotRunning while it does not run. The Ref is that of its present
// life; to address whichever life there is, give it a name.
func (r Ref) Supervisor(ctx context.Context, child string) (Ref, error) {
	id, err := r.operate(ctx, func(o about) request { return findNested{o} }, child)
	return Ref{id}, err
}

// Stop asks the supervisor to end, as an interrupt with NormalExitRequested does,
// and waits until it has ended. It returns nil, or the reason if that is a crash.
func (r Ref) Stop(ctx context.Context) error {
	pid, err := r.pid()
	if err != nil {
		return err
	}
	r = Ref{pid.ID} // the life that is asked is the one to wait for
	_, err = ask(ctx, r, func(to proc.ReplyTo[done]) request { return stopSelf{to} })
	if err != nil && r.failedItself(err) == nil {
		return err
	}
	return r.Wait(ctx)
}

// Wait waits until the supervisor has ended: nil if normally, else its reason.
func (r Ref) Wait(ctx context.Context) error {
	pid, err := r.pid()
	if err != nil {
		return err
	}
	reason, err := proc.Join(ctx, pid.ID)
	if err == nil && crashed(reason) {
		err = reason
	}
	return err
}

// pid is the process of r, if it is a supervisor.
func (r Ref) pid() (proc.Pid[request], error) {
	pid, ok := proc.PidOf[request](r.ID)
	if ok {
		return pid, nil
	}
	if _, unknown := r.Reason().(proc.ExitUnknown); unknown {
		return pid, proc.OtherProcessNotRunning{ID: r.ID, Reason: proc.ExitUnknown{}}
	}
	return pid, WrongKind{Kind: WorkerKind}
}

// ask makes a request and waits for its answer, as long as ctx lets it.
func ask[R any](ctx context.Context, r Ref, build func(proc.ReplyTo[R]) request) (R, error) {
	pid, err := r.pid()
	if err != nil {
		var none R
		return none, err
	}
	return proc.CallWithin(ctx, -1, pid, build)
}

func (r Ref) operate(ctx context.Context, build func(about) request, child string) (proc.ID, error) {
	a, err := ask(ctx, r, func(to proc.ReplyTo[answer]) request { return build(about{child, to}) })
	if err == nil {
		err = a.err
	}
	return a.id, err
}
