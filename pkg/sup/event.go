package sup

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Event is something that happened to a child or to its supervisor.
type Event struct {
	Kind       EventKind
	At         time.Time
	Supervisor proc.ID
	Path       string        // of the child, from the root of the tree: "web/sessions/7"
	ID         proc.ID       // the process that it is about, if there is one
	Reason     error         // why it ended, or why its start failed
	After      time.Duration // ChildRestarting: the wait before the start
	Attempt    int           // ChildRestarting: which one in a row
}

// EventKind is what an [Event] tells.
type EventKind int

const (
	ChildStarted EventKind = iota
	ChildStartFailed
	ChildEnded
	ChildRestarting
	ChildGivenUp // PoolSpec.PerKey
	GaveUp       // past the intensity
	StoppingAll
)

func (k EventKind) String() string {
	return text(int(k), "EventKind", "child started", "child start failed", "child ended",
		"child restarting", "child given up", "gave up", "stopping all")
}
