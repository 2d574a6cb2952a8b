package proc

import (
	"context"
)

// Run starts a system, runs main as its first process, and stops the system
// when main's body has ended. It blocks until all of that is over, and returns
// nil when main ended normally, else its reason, a ShutdownReason; if main ended
// normally but processes had to be abandoned, the [StopError]. The end of ctx is
// a [System.Stop].
func Run[M any](ctx context.Context, main func(*Self[M]) error, opts ...Option) error {
	s := NewSystem(opts...)
	return runMain(ctx, s, spawnMain(s, main))
}

// spawnMain spawns the process whose end is that of the system.
func spawnMain[M any](s *System, main func(*Self[M]) error) Pid[M] {
	return Spawn(s, main, Titled("main"), func(o *spawnOptions) { o.main = true })
}

func runMain[M any](ctx context.Context, s *System, main Pid[M]) error {
	ctx = fromOutside(ctx)
	_, joinErr := Join(ctx, main.ID)
	if joinErr != nil { // ctx has ended
		ctx = context.Background()
	}
	stopErr := s.Stop(context.WithoutCancel(ctx))
	reason := main.Reason()
	if reason != nil && severity(reason) == Crash {
		return reason
	}
	return stopErr
}

// exitStatus is that of a program whose Run has returned err.
func exitStatus(err error) int {
	if err != nil {
		return 1
	}
	return 0
}
