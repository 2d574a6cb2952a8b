package sup

import (
	"github.com/harkgo/hark/pkg/proc"
)

// tree is the policy of a supervisor made from a [Spec]: a few children, each
// different, in an order.
type tree struct {
	s    *supervisor
	spec Spec
	restarts
	children family
	sequence sequence
	waiting  []operation // for the end of what is under way
	underWay int         // operations on children
	active   int         // significant children that have not ended for good
}

// plans are what a tree intends with a child.
type plans struct {
	due   bool // the sequence under way is to start it
	first bool // it has not been up yet: if it does not start, nor does the supervisor
	added bool // by a StartChild under way: if it does not start, it is forgotten

	startedBy proc.ReplyTo[answer] // who waits for it to be up,
	byHand    bool                 // if somebody does
	stoppedBy []proc.ReplyTo[answer]

	counted bool // in tree.active
}

func newTree(spec Spec) *tree {
	return &tree{spec: spec, restarts: newRestarts(spec.Intensity, 3, spec.Period, spec.Backoff)}
}

func (t *tree) observer() func(Event) { return t.spec.Observe }

func (t *tree) begin(s *supervisor) {
	t.s = s
	for _, description := range t.spec.Children {
		c := s.newChild(description)
		c.first = true
		t.children.add(c)
		t.set(c, Starting)
	}
	t.spec.Children = nil
	t.startFrom(nil)
}

// ---------------------------------------------------------------- what follows from what

func (t *tree) up(c *child) {
	t.settled(c)
	t.advance()
}

// settled notes that c is up.
func (t *tree) settled(c *child) {
	c.due, c.first, c.added = false, false, false
	t.answerStarted(c, answer{id: c.id})
}

func (t *tree) failed(c *child, why proc.ShutdownReason) {
	switch {
	case t.s.ending:
	case len(c.stoppedBy) > 0: // a stop by hand came while it was stopped for being late
		t.stopped(c)
		return
	case c.due: // it was to be stopped, and then started again
		t.standBy(c)
	case c.byHand:
		t.failStart(c, why)
	case c.first && !t.s.systemStops(c, why):
		t.set(c, Stopped)
		t.s.stopAll(StartFailed{Child: c.ID, Err: why})
	default:
		t.restart(c, why)
	}
	t.advance()
}

// failStart ends an operation that was to start c.
func (t *tree) failStart(c *child, why proc.ShutdownReason) {
	t.answerStarted(c, answer{err: StartFailed{Child: c.ID, Err: why}})
	if c.added {
		t.drop(c)
	} else {
		t.set(c, Stopped)
	}
}

func (t *tree) ended(c *child) {
	switch {
	case t.s.ending:
	case c.due: // it was to be stopped, and then started again
		t.standBy(c)
	case c.isRestarted():
		t.restart(c, c.last)
	default:
		t.retire(c)
		if c.Significant && (t.spec.AutoShutdown == AnySignificant || t.active == 0) {
			t.s.stopAll(proc.ExitNormallyWith{Detail: "significant child " + c.ID + " ended"})
		}
	}
	t.advance()
}

func (t *tree) stopped(c *child) {
	t.answerStopped(c, answer{})
	switch {
	case t.s.ending:
	case c.due:
		t.standBy(c)
	case c.byHand:
		t.failStart(c, c.last)
	default:
		t.retire(c)
	}
	t.advance()
}

func (t *tree) waited(c *child) {
	if !t.s.ending {
		t.startAgain(c)
	}
}

// retire is the end of a child that nobody starts again, unless by hand.
func (t *tree) retire(c *child) {
	c.row = attempts{}
	if c.Restart == Temporary {
		t.drop(c)
		return
	}
	t.set(c, Stopped)
}

// standBy makes a child wait for its turn in a group restart; a temporary one
// will have none.
func (t *tree) standBy(c *child) {
	switch {
	case c.Restart != Temporary:
		t.set(c, Restarting)
	case c.byHand:
		t.failStart(c, c.last)
	default:
		t.drop(c)
	}
}

func (t *tree) drop(c *child) {
	t.set(c, Stopped)
	t.sequence.passOver(c)
	t.children.remove(c)
}

// set sets the state of a child without a process.
func (t *tree) set(c *child, state ChildState) {
	t.s.alarms.cancel(&c.alarm)
	c.state = state
	if state == Stopped {
		c.due, c.first = false, false
	}
	t.count(c)
}

// count keeps the number of significant children that have not ended for good.
func (t *tree) count(c *child) {
	if active := c.Significant && c.state != Stopped; active != c.counted {
		c.counted = active
		if active {
			t.active++
		} else {
			t.active--
		}
	}
}

// ---------------------------------------------------------------- restarts

// restart decides on the restart of c, which has ended or failed to start.
func (t *tree) restart(c *child, why proc.ShutdownReason) {
	t.set(c, Restarting)
	wait, ok := t.admit(t.s, c, why)
	if !ok {
		if t.s.ending {
			t.set(c, Stopped)
		}
		return
	}
	switch {
	case t.spec.Strategy != OneForOne:
		t.regroup(c, wait)
	case wait > 0:
		t.s.alarms.set(&c.alarm, later(t.s.now(), wait), c)
	default:
		t.startAgain(c)
	}
}

// startAgain starts c, which has been up before or should have been.
func (t *tree) startAgain(c *child) {
	c.restarts++
	t.startNow(c)
}

// startNow starts c and reports whether it is up.
func (t *tree) startNow(c *child) bool {
	c.due = false
	up := t.s.start(c)
	t.count(c)
	if up {
		t.settled(c)
	}
	return up
}

// ---------------------------------------------------------------- the supervisor's own end

func (t *tree) unwind(w wind) {
	for c := t.children.last; c != nil; c = c.prev {
		t.s.hasten(c, w)
		t.s.awaitEnd(c, w)
	}
}

func (t *tree) list() []Status { return t.children.list() }
