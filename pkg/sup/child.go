package sup

import (
	"slices"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Child describes one child. Build it with [Worker], [WorkerReady], [Supervisor],
// [Adopt], [AdoptReady] or [Pool.Child], and adjust the fields.
type Child struct {
	ID          string // unique among its siblings; the title of its process unless options set another one
	Restart     Restart
	Stop        Stop
	Significant bool // for AutoShutdown

	kind   Kind
	within time.Duration // for it to be ready
	opts   []proc.SpawnOption
	start  starter                 // nil: a Child that no constructor has made, or one without a body
	ready  bool                    // it is up only when it says so
	check  func(path string) error // of what is below it; may be nil
	taken  func() error            // why it cannot be started at present; may be nil
}

// starter spawns the process of a child, owned and monitored by the supervisor.
type starter func(s *supervisor, c *child) (proc.ID, proc.MonitorRef)

// Worker is a child that runs body afresh at each start. It counts as up once its
// process has been spawned.
func Worker[M any](id string, body func(*proc.Self[M]) error, opts ...proc.SpawnOption) Child {
	c := Child{ID: id, opts: slices.Clone(opts)}
	if body != nil {
		c.start = func(s *supervisor, c *child) (proc.ID, proc.MonitorRef) {
			pid, ref := proc.SpawnMonitor(s.self, body, c.opts...)
			return pid.ID, ref
		}
	}
	return c
}

// WorkerReady is [Worker] for a body that calls ready once it has initialised:
// until then the next child is not started. Ending before that, or taking longer
// than within (if that is above 0), is a failed start; who takes too long is
// shut down, without being asked to finish first. To call ready again does
// nothing, and any goroutine may.
func WorkerReady[M any](id string, within time.Duration, body func(self *proc.Self[M], ready func()) error, opts ...proc.SpawnOption) Child {
	c := Child{ID: id, within: within, opts: slices.Clone(opts), ready: true}
	if body != nil {
		c.start = func(s *supervisor, c *child) (proc.ID, proc.MonitorRef) {
			pid, ref := proc.SpawnMonitor(s.self, func(self *proc.Self[M]) error {
				return body(self, s.readiness(c, self.ID()))
			}, c.opts...)
			return pid.ID, ref
		}
	}
	return c
}

// Supervisor is a child that is itself a supervisor: it is up when all its
// children are.
func Supervisor(id string, spec Spec, opts ...proc.SpawnOption) Child {
	spec.Children = slices.Clone(spec.Children)
	c := Child{ID: id, kind: SupervisorKind, opts: slices.Clone(opts), ready: true, check: spec.check}
	c.start = func(s *supervisor, c *child) (proc.ID, proc.MonitorRef) {
		return s.spawnNested(c, newTree(spec))
	}
	return c
}

// options are those of the process of a child: a title that an option may change,
// and that it is owned, which none may.
func (c *Child) options() []proc.SpawnOption {
	opts := append([]proc.SpawnOption{proc.Titled(c.ID)}, c.opts...)
	opts = append(opts, proc.Owned())
	if c.kind != WorkerKind {
		opts = append(opts, unbounded)
	}
	return opts
}

// unbounded undoes a bound: a supervisor must hear of every end.
var unbounded = proc.Bounded(0, proc.Reject)

// isTaken is why c cannot be started at present: it runs elsewhere.
func (c *Child) isTaken() error {
	if c.taken == nil {
		return nil
	}
	return c.taken()
}

// Stop says how a child is asked to end: it is interrupted with
// NormalExitRequested; if it has not ended after Finish it is shut down; if it
// has not ended after Cleanup it is killed. For a time, 0 means the default, a
// negative value skips its step, NoLimit waits for ever. The defaults are 3 s and
// 2 s; for supervisors and pools, whose children have their own, NoLimit.
type Stop struct{ Finish, Cleanup time.Duration }

// NoLimit, as a time of a [Stop], waits for ever.
const NoLimit time.Duration = 1<<63 - 1

// BrutalKill kills a child without asking it to finish or to clean up.
var BrutalKill = Stop{Finish: -1, Cleanup: -1}

// or is s with defaults for what is 0.
func (s Stop) or(defaults Stop) Stop {
	if s.Finish == 0 {
		s.Finish = defaults.Finish
	}
	if s.Cleanup == 0 {
		s.Cleanup = defaults.Cleanup
	}
	return s
}

// stopLimits are the times of the child's Stop, or the defaults.
func (c *Child) stopLimits() Stop {
	if c.kind == WorkerKind {
		return c.Stop.or(Stop{Finish: 3 * time.Second, Cleanup: 2 * time.Second})
	}
	return c.Stop.or(Stop{Finish: NoLimit, Cleanup: NoLimit})
}
