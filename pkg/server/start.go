package server

import (
	"context"
	"unsafe"

	"github.com/harkgo/hark/pkg/proc"
)

// StartFailed is the error of a start: the server has ended before it was up.
type StartFailed struct {
	ID     proc.ID
	State  string // the name of the type of its state
	Reason proc.ShutdownReason
}

func (e StartFailed) Error() string {
	return "server " + e.State + " (process " + e.ID.String() + ") did not start: " + e.Reason.Error()
}

func (e StartFailed) Unwrap() error { return e.Reason }

// Start starts a server as a child of host, a process or a system, and waits until
// it is up: its init has returned, and the phase in which it starts has been
// entered. Ctx is who waits: a process, whose interrupts end the waiting, or any
// context; who stops waiting shuts the server down. The deadline of ctx is the only
// limit.
//
// The error is a [StartFailed] if the server ended before it was up, with what its
// init returned inside; else the InterruptReason that ended the waiting. The server
// is titled by the name of S, unless an option says otherwise. To link to it, or to
// monitor it, when Start has returned is as good as from the beginning.
func (s *Server[S, M, A]) Start(ctx context.Context, host proc.Host, arg A, opts ...proc.SpawnOption) (proc.Pid[M], error) {
	opts = append([]proc.SpawnOption{proc.Titled(stateName[S]())}, opts...)
	pid, _, err := proc.Start(ctx, host, func(self *proc.Self[M], up proc.ReplyTo[struct{}]) error {
		return s.Enter(self, arg, func() { up.Reply(struct{}{}) })
	}, opts...)
	if e, ok := err.(proc.OtherProcessNotRunning); ok && e.ID == pid.ID {
		err = StartFailed{ID: pid.ID, State: stateName[S](), Reason: e.Reason}
	}
	return pid, err
}

// Enter is what the body of a process returns to become a server, as it is: the
// body has ended then, and its deferred functions have run. Init and the handlers
// run in the same process. Ready, which may be nil, is called when the server is up.
// So a server is what the BodyReady of a sup.WorkerReady or of a pool runs, or any
// spawned process:
//
//	sup.WorkerReady("ledger", 0, func(self *proc.Self[Message], ready func()) error {
//		return ledgers.Enter(self, path, ready)
//	})
//
// A handler that returns it, of another server for messages of type M, makes its
// process that other server: its own Finally has run then, and what waits in the
// mailbox is for the other. The calls that it was to answer stay open: who goes on has
// to answer them, or they fail when the process ends. Where it is returned by an init,
// or the OnEnter of the first phase, the process is up when the other server is; an init
// that has returned it is followed by no Finally.
func (s *Server[S, M, A]) Enter(self *proc.Self[M], arg A, ready func()) error {
	if !s.started.Load() {
		s.started.Store(true)
	}
	if ready == nil {
		ready = func() {}
	}
	return s.enter(arg, ready)
}

func (s *Server[S, M, A]) enter(arg A, ready func()) error {
	b := &beside[S, M]{ready: ready}
	b.enter = func(ready func()) error { return s.enter(arg, ready) }
	b.init = func(state *S, self *proc.Self[M]) error {
		if s.init == nil {
			return nil
		}
		return s.init(state, self, arg)
	}
	return s.loop.Enter(instance[S, M]{at: unsafe.Pointer(&place[S, M]{table: s.tables[0], beside: b})})
}

// Body is the body of a server that is started with arg, for proc.Spawn or
// sup.Worker.
func (s *Server[S, M, A]) Body(arg A) func(self *proc.Self[M]) error {
	return func(self *proc.Self[M]) error { return s.Enter(self, arg, nil) }
}

// BodyReady is Body for sup.WorkerReady: its child is up when the server is. The
// BodyReady of a pool has a key and an argument of its own, and returns an [Server.Enter].
func (s *Server[S, M, A]) BodyReady(arg A) func(self *proc.Self[M], ready func()) error {
	return func(self *proc.Self[M], ready func()) error { return s.Enter(self, arg, ready) }
}
