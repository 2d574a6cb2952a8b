package sup

import (
	"context"

	"github.com/harkgo/hark/pkg/proc"
)

// Ref addresses a running supervisor; Ref{ID: id} is one, too. Where a context
// is asked for, it is a process (which makes the operation one that interrupts
// end) or, outside processes, any context. An operation takes as long as the
// child does: nothing but ctx limits it, and what it began goes on without it.
type Ref struct{ proc.ID }

// Children lists the children in the order of their start. It answers at once.
func (r Ref) Children(ctx context.Context) ([]Status, error) { panic("not implemented") }

// StartChild adds a child and starts it.
func (r Ref) StartChild(ctx context.Context, c Child) (proc.ID, error) { panic("not implemented") }

// StopChild stops a child; nil however it then ended: see Status.LastExit.
func (r Ref) StopChild(ctx context.Context, child string) error { panic("not implemented") }

// RestartChild starts a child that is stopped.
func (r Ref) RestartChild(ctx context.Context, child string) (proc.ID, error) {
	panic("not implemented")
}

// DeleteChild forgets a child that is stopped.
func (r Ref) DeleteChild(ctx context.Context, child string) error { panic("not implemented") }

// Supervisor is the nested supervisor of that id.
func (r Ref) Supervisor(ctx context.Context, child string) (Ref, error) { panic("not implemented") }

// Stop asks the supervisor to end and waits until it has.
func (r Ref) Stop(ctx context.Context) error { panic("not implemented") }

// Wait waits until the supervisor has ended: nil if normally, else its reason.
func (r Ref) Wait(ctx context.Context) error { panic("not implemented") }
