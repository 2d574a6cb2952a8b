package sup

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Child describes one child. Build it with [Worker], [WorkerReady],
// [Supervisor], [Adopt] or [Pool.Child], and adjust the fields.
type Child struct {
	ID          string
	Restart     Restart
	Stop        Stop
	Significant bool
}

// Stop says how a child is asked to end: it is interrupted with
// NormalExitRequested; if it has not ended after Finish it is shut down; if it
// has not ended after Cleanup it is killed. For a time, 0 means the default, a
// negative value skips its step, NoLimit waits for ever. The defaults are 3 s
// and 2 s; for supervisors and pools, whose children have their own, NoLimit.
type Stop struct{ Finish, Cleanup time.Duration }

// NoLimit, as a time of a [Stop], waits for ever.
const NoLimit time.Duration = 1<<63 - 1

// BrutalKill kills a child without asking it to finish or to clean up.
var BrutalKill = Stop{Finish: -1, Cleanup: -1}

// Worker is a child that runs body afresh at each start.
func Worker[M any](id string, body func(*proc.Self[M]) error, opts ...proc.SpawnOption) Child {
	panic("not implemented")
}

// WorkerReady is Worker for a body that calls ready once it has initialised:
// until then the next child is not started. Ending before that, or taking
// longer than within (if that is above 0), is a failed start.
func WorkerReady[M any](id string, within time.Duration, body func(self *proc.Self[M], ready func()) error, opts ...proc.SpawnOption) Child {
	panic("not implemented")
}

// Supervisor is a child that is itself a supervisor.
func Supervisor(id string, spec Spec, opts ...proc.SpawnOption) Child {
	panic("not implemented")
}
