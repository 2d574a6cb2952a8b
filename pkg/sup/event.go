package sup

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Event is something that happened to a child or to its supervisor. Those of one
// supervisor come in the order in which it has happened; between supervisors there
// is no order but that a nested one is up after its children, and ends after them.
type Event struct {
	Kind       EventKind
	At         time.Time
	Supervisor proc.ID       // that tells it
	Path       string        // of the child, from the root of the tree: "web/sessions/7"; for GaveUp and StoppingAll of the supervisor itself
	ID         proc.ID       // the process that it is about, if there is one; for ChildRestarting the one that has ended
	Reason     error         // why it ended, failed to start, is restarted, or stops; nil for ChildStarted
	After      time.Duration // ChildRestarting: the wait before the start
	Attempt    int           // ChildRestarting: which one in a row
	Restarts   int           // how often the child has been restarted so far, as in Status: at a ChildStarted 0 says that it has not been, or by hand
	Key        any           // of the child of a pool; nil for all others
}

// EventKind is what an [Event] tells.
type EventKind int

const (
	ChildStarted     EventKind = iota // it is up
	ChildStartFailed                  // it has ended before it was up, be it because it was stopped
	ChildEnded                        // it has ended, and had been up
	ChildRestarting                   // it is to be started again, after Event.After; only for the child that has caused it
	ChildGivenUp                      // it is past PoolSpec.PerKey; Reason is a TooManyRestarts
	GaveUp                            // the supervisor is past its intensity; Reason is a TooManyRestarts
	StoppingAll                       // the supervisor begins to stop, for good
)

func (k EventKind) String() string {
	return text(int(k), "EventKind", "child started", "child start failed", "child ended",
		"child restarting", "child given up", "gave up", "stopping all")
}
