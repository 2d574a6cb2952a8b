package sup

import (
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// Status of one child, as [Ref.Children] lists it.
type Status struct {
	Child       string // its id; in a pool, the key as text
	Kind        Kind
	Restart     Restart
	Significant bool
	ID          proc.ID // zero unless Starting, Running or Stopping
	State       ChildState
	Restarts    int                 // attempts so far to restart it, those of its group included, those by hand not
	LastExit    proc.ShutdownReason // how its last process ended; nil if none has yet
}

// Kind is what a child is.
type Kind int

const (
	WorkerKind Kind = iota
	SupervisorKind
	PoolKind
)

// ChildState is where in its life a child is.
type ChildState int

const (
	Running ChildState = iota
	Stopped
	Restarting // waiting to be started again
	Starting
	Stopping
)

func (c *child) status() Status {
	return Status{
		Child: c.ID, Kind: c.kind, Restart: c.Restart, Significant: c.Significant,
		ID: c.id, State: c.state, Restarts: c.restarts, LastExit: c.last,
	}
}

func (s Strategy) String() string {
	return text(int(s), "Strategy", "one-for-one", "one-for-all", "rest-for-one")
}

func (r Restart) String() string {
	return text(int(r), "Restart", "permanent", "transient", "temporary")
}

func (a AutoShutdown) String() string {
	return text(int(a), "AutoShutdown", "never", "any significant", "all significant")
}

func (k Kind) String() string {
	return text(int(k), "Kind", "worker", "supervisor", "pool")
}

func (s ChildState) String() string {
	return text(int(s), "ChildState", "running", "stopped", "restarting", "starting", "stopping")
}

// text is the name of one value of an enumeration.
func text(value int, kind string, names ...string) string {
	if value < 0 || value >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, value)
	}
	return names[value]
}
