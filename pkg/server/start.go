package server

import (
	"context"

	"github.com/harkgo/hark/pkg/proc"
)

// StartFailed is the error of a start: the server has ended before it was up.
type StartFailed struct {
	ID     proc.ID
	Title  string
	Reason proc.ShutdownReason
}

func (e StartFailed) Error() string {
	return "server " + e.Title + " (process " + e.ID.String() + ") did not start: " + e.Reason.Error()
}

func (e StartFailed) Unwrap() error { return e.Reason }

// Start starts a server as a child of host, a process or a system, and waits until
// its init has returned. Ctx is who waits: a process, whose interrupts end the
// waiting, or any context; then the server is shut down. Past ctx's deadline there
// is no limit.
//
// The error is a [StartFailed] if the server ended before it was up, with what its
// init returned inside; else the InterruptReason that ended the waiting. The server
// is titled by the name of S, unless an option says otherwise.
func (s *Server[S, M, A]) Start(ctx context.Context, host proc.Host, arg A, opts ...proc.SpawnOption) (proc.Pid[M], error) {
	opts = append([]proc.SpawnOption{proc.Titled(stateName[S]())}, opts...)
	pid, _, err := proc.Start(ctx, host, func(self *proc.Self[M], up proc.ReplyTo[struct{}]) error {
		return s.Run(self, arg, func() { up.Reply(struct{}{}) })
	}, opts...)
	if e, ok := err.(proc.OtherProcessNotRunning); ok && e.ID == pid.ID {
		err = StartFailed{ID: pid.ID, Title: stateName[S](), Reason: e.Reason}
	}
	return pid, err
}

// Run makes the process a server: its body returns what Run returns. Ready, which
// may be nil, is called when the server is up. So a server is what a sup.WorkerReady
// or the BodyReady of a pool runs, or any spawned process:
//
//	sup.WorkerReady("ledger", 0, func(self *proc.Self[Message], ready func()) error {
//		return ledgers.Run(self, path, ready)
//	})
//
// The body has ended then, its deferred functions have run; init and all handlers
// run in the same process.
func (s *Server[S, M, A]) Run(self *proc.Self[M], arg A, ready func()) error {
	b := &boot[S, M]{ready: ready}
	if ready == nil {
		b.ready = func() {}
	}
	b.init = func(state *S, self *proc.Self[M]) error {
		if s.init == nil {
			return nil
		}
		return s.init(state, self, arg)
	}
	return s.loop.Enter(instance[S, M]{table: &table[S, M]{boot: b}})
}

// Body is a body that is Run with arg, for proc.Spawn or sup.Worker.
func (s *Server[S, M, A]) Body(arg A) func(self *proc.Self[M]) error {
	return func(self *proc.Self[M]) error { return s.Run(self, arg, nil) }
}

// BodyReady is a body that is Run with arg, for sup.WorkerReady.
func (s *Server[S, M, A]) BodyReady(arg A) func(self *proc.Self[M], ready func()) error {
	return func(self *proc.Self[M], ready func()) error { return s.Run(self, arg, ready) }
}
