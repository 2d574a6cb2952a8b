package sup

import "time"

// sequence is what a tree does with its children one after the other: start
// them in order, stop them in reverse, or both, as a group restart does. It goes
// on (advance) whenever something has happened that it may have waited for.
//
// The children of a group restart are those after before; each of them that is to
// be started has its due set.
type sequence struct {
	step   sequenceStep
	cursor *child // whose turn it is
	before *child // the last child that is not concerned; nil: all are
	wait   time.Duration
	alarm  alarm
}

type sequenceStep int

const (
	idle     sequenceStep = iota
	stopping              // in reverse
	waiting               // for the back-off of the child that has caused it
	starting              // in order
)

// burst is how many children are started before the supervisor looks whether
// somebody wants something from it.
const burst = 100

// startFrom begins to start all children after before.
func (t *tree) startFrom(before *child) {
	q := &t.sequence
	q.before = before
	for c := t.children.after(before); c != nil; c = c.next {
		c.due = true
	}
	q.step, q.cursor = starting, t.children.after(before)
	t.advance()
}

// regroup begins the group restart that c has caused, or adds it to the one
// under way: what that has still to do is to be done for a new one as well.
func (t *tree) regroup(c *child, wait time.Duration) {
	q := &t.sequence
	q.before = nil
	if t.spec.Strategy == RestForOne {
		q.before = c.prev
	}
	for m := t.children.after(q.before); m != nil; m = m.next {
		m.due = true
		if !m.lives() && !m.first {
			t.set(m, Restarting)
		}
	}
	if q.step != stopping && q.step != waiting {
		q.wait = 0
	}
	q.wait = max(q.wait, wait)
	t.s.alarms.cancel(&q.alarm)
	q.step, q.cursor = stopping, t.children.last
}

// stopAll begins the last sequence: there is no start after it, and who waits for
// one does not any more.
func (t *tree) stopAll() {
	q := &t.sequence
	t.s.alarms.cancel(&q.alarm)
	for c := t.children.first; c != nil; c = c.next {
		if !c.lives() {
			t.set(c, Stopped)
		}
	}
	q.step, q.cursor, q.before = stopping, t.children.last, nil
	t.advance()
}

// advance goes on as far as possible.
func (t *tree) advance() {
	if t.futile && !t.s.ending {
		t.operateNext()
		return
	}
	for again := true; again; {
		switch t.sequence.step {
		case stopping:
			again = t.stopNext()
		case waiting:
			again = false // for its alarm
		case starting:
			again = t.startNext()
		case idle:
			t.operateNext()
			again = false
		}
	}
}

// stopNext does what is to be done at the cursor. It reports false if that is to
// wait.
func (t *tree) stopNext() bool {
	q := &t.sequence
	c := q.cursor
	if c == q.before {
		return t.allStopped()
	}
	if !c.lives() {
		if t.s.ending {
			t.set(c, Stopped)
		}
		q.cursor = c.prev
		return true
	}
	if c.state != Stopping {
		t.s.stop(c)
	}
	return false
}

// allStopped is what comes after the last stop.
func (t *tree) allStopped() bool {
	q := &t.sequence
	if t.s.ending {
		t.s.finished()
		return false
	}
	q.cursor = t.children.after(q.before)
	if q.wait == 0 {
		q.step = starting
		return true
	}
	q.step = waiting
	t.s.alarms.set(&q.alarm, later(t.s.now(), q.wait), t)
	return false
}

// ring is the end of the back-off of a group.
func (t *tree) ring() {
	t.sequence.step = starting
	t.advance()
}

func (t *tree) startNext() bool {
	q := &t.sequence
	for range burst {
		c := q.cursor
		switch {
		case c == nil:
			q.step, q.before = idle, nil
			t.s.allUp()
			return true
		case c.state == Starting && c.lives(), c.state == Stopping:
			return false
		case c.due:
			if !c.first {
				c.restarts++
			}
			if !t.startNow(c) {
				return false
			}
		}
		q.cursor = c.next
	}
	t.s.pid.Send(carryOn{})
	return false
}

// carryOn is what a supervisor sends to itself to go on with a sequence after
// everything that has come meanwhile.
type carryOn struct{}

func (carryOn) serve(s *supervisor) { s.policy.(*tree).advance() }

// passOver makes the sequence forget c, which is about to be removed.
func (q *sequence) passOver(c *child) {
	if q.before == c {
		q.before = c.prev
	}
	if q.cursor == c {
		if q.cursor = c.next; q.step == stopping {
			q.cursor = c.prev
		}
	}
}
