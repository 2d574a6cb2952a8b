package sup

import (
	"slices"

	"github.com/harkgo/hark/pkg/proc"
)

// What a supervisor is asked by way of its Ref.

// answer is that to an operation on a child.
type answer struct {
	id  proc.ID
	err error
}

// done is the answer where there is nothing to tell.
type done struct{}

// awaitUp is asked by who has started the supervisor. There is no answer if that
// ends before it is up: then the call fails with the reason.
type awaitUp struct{ to proc.ReplyTo[done] }

func (r awaitUp) serve(s *supervisor) {
	if s.awaited = r.to; s.isUp {
		r.to.Reply(done{})
	}
}

// stopSelf asks the supervisor to end.
type stopSelf struct{ to proc.ReplyTo[done] }

func (r stopSelf) serve(s *supervisor) {
	r.to.Reply(done{})
	s.stopAll(proc.NormalExitRequested{})
}

type listChildren struct{ to proc.ReplyTo[[]Status] }

func (r listChildren) serve(s *supervisor) { r.to.Reply(s.policy.list()) }

// operation is what is asked about one child of a tree.
type operation interface {
	request
	reply(answer)
	live() bool            // somebody waits for the answer
	refusal(t *tree) error // why it cannot be
	waits(t *tree) bool    // for what is under way, where one thing comes after the other
	begin(t *tree)
}

// about is what operations have in common.
type about struct {
	id string
	to proc.ReplyTo[answer]
}

func (o about) reply(a answer)   { o.to.Reply(a) }
func (o about) live() bool       { return o.to.Live() }
func (o about) waits(*tree) bool { return true }

func (s *supervisor) operate(o operation) {
	t, ok := s.policy.(*tree)
	switch {
	case !ok:
		o.reply(answer{err: WrongKind{Kind: PoolKind}})
	case s.ending:
		o.reply(answer{err: s.notRunning()})
	default:
		t.operate(o)
	}
}

func (t *tree) operate(o operation) {
	if why := o.refusal(t); why != nil {
		o.reply(answer{err: why})
		return
	}
	if o.waits(t) && (t.busy() || len(t.waiting) > 0) {
		if len(t.waiting) == cap(t.waiting) { // they must not pile up
			t.waiting = slices.DeleteFunc(t.waiting, func(o operation) bool { return !o.live() })
		}
		t.waiting = append(t.waiting, o)
		return
	}
	o.begin(t)
}

// busy reports whether something is under way that others have to wait for.
func (t *tree) busy() bool {
	return t.spec.Strategy != OneForOne && !t.futile && (t.sequence.step != idle || t.underWay > 0)
}

// operateNext begins the operations that have waited, as far as possible. What
// has come before them may be a reason to refuse them, and those whose caller has
// gone are not begun.
func (t *tree) operateNext() {
	for len(t.waiting) > 0 && !t.busy() {
		o := t.waiting[0]
		t.waiting[0] = nil
		t.waiting = t.waiting[1:]
		if !o.live() {
			continue
		}
		if why := o.refusal(t); why != nil {
			o.reply(answer{err: why})
			continue
		}
		o.begin(t)
	}
}

func (t *tree) cutOff() {
	a := answer{err: t.s.notRunning()}
	for c := t.children.first; c != nil; c = c.next {
		t.answerStopped(c, a)
		t.answerStarted(c, a)
	}
	for _, o := range t.waiting {
		o.reply(a)
	}
	t.waiting = nil
}

// find is the child of that id, or an error.
func (t *tree) find(id string) (*child, error) {
	if c, ok := t.children.byID[id]; ok {
		return c, nil
	}
	return nil, NotFound{Child: id}
}

// findStopped is find of a child that must be stopped.
func (t *tree) findStopped(id string) (*child, error) {
	c, err := t.find(id)
	if err == nil && c.state != Stopped {
		err = StillRunning{Child: id, ID: c.id, State: c.state}
	}
	return c, err
}

// ---------------------------------------------------------------- start and restart

type startChild struct {
	about
	child Child
}

func (o startChild) serve(s *supervisor) { s.operate(o) }

func (o startChild) refusal(t *tree) error {
	if err := o.child.checkIn("", t.spec.AutoShutdown); err != nil {
		return err
	}
	if c, taken := t.children.byID[o.child.ID]; taken {
		return AlreadyStarted{Child: c.ID, ID: c.id}
	}
	return o.child.isTaken()
}

func (o startChild) begin(t *tree) {
	c := t.s.newChild(o.child)
	c.added = true
	t.children.add(c)
	t.startByHand(c, o.to)
}

type restartChild struct{ about }

func (o restartChild) serve(s *supervisor) { s.operate(o) }

func (o restartChild) refusal(t *tree) error {
	c, err := t.findStopped(o.id)
	if err != nil {
		return err
	}
	return c.isTaken()
}

func (o restartChild) begin(t *tree) { t.startByHand(t.children.byID[o.id], o.to) }

// startByHand starts c for somebody who waits for it to be up. If it does not
// start, that is theirs to deal with.
func (t *tree) startByHand(c *child, to proc.ReplyTo[answer]) {
	c.startedBy, c.byHand = to, true
	t.underWay++
	t.startNow(c)
}

func (t *tree) answerStarted(c *child, a answer) {
	if c.byHand {
		c.startedBy.Reply(a)
		c.startedBy, c.byHand = proc.ReplyTo[answer]{}, false
		t.underWay--
	}
}

// ---------------------------------------------------------------- stop and delete

type stopChild struct{ about }

func (o stopChild) serve(s *supervisor) { s.operate(o) }

func (o stopChild) refusal(t *tree) error {
	_, err := t.find(o.id)
	return err
}

// waits is false where the stop ends something that is under way.
func (o stopChild) waits(t *tree) bool {
	c := t.children.byID[o.id]
	return c.state == Running || c.state == Stopping && len(c.stoppedBy) == 0 && !c.late
}

func (o stopChild) begin(t *tree) {
	c := t.children.byID[o.id]
	c.due = false
	if !c.lives() { // it is stopped, or waits to be started
		t.retire(c)
		o.reply(answer{})
		return
	}
	if len(c.stoppedBy) == cap(c.stoppedBy) { // they must not pile up
		asked := len(c.stoppedBy)
		c.stoppedBy = slices.DeleteFunc(c.stoppedBy, func(to proc.ReplyTo[answer]) bool { return !to.Live() })
		t.underWay -= asked - len(c.stoppedBy)
	}
	c.stoppedBy = append(c.stoppedBy, o.to)
	t.underWay++
	if c.state != Stopping {
		t.s.stop(c)
	}
}

func (t *tree) answerStopped(c *child, a answer) {
	for _, to := range c.stoppedBy {
		to.Reply(a)
		t.underWay--
	}
	c.stoppedBy = nil
}

type deleteChild struct{ about }

func (o deleteChild) serve(s *supervisor) { s.operate(o) }

func (o deleteChild) refusal(t *tree) error {
	_, err := t.findStopped(o.id)
	return err
}

func (o deleteChild) begin(t *tree) {
	t.drop(t.children.byID[o.id])
	o.reply(answer{})
}

// ---------------------------------------------------------------- lookup

// findNested asks for the process of a nested supervisor.
type findNested struct{ about }

func (o findNested) serve(s *supervisor) {
	t, ok := s.policy.(*tree)
	if !ok {
		o.reply(answer{err: WrongKind{Kind: PoolKind}})
		return
	}
	c, err := t.find(o.id)
	switch {
	case err != nil:
	case c.kind == WorkerKind:
		err = WrongKind{Child: c.ID, Kind: c.kind}
	case !c.lives():
		err = proc.OtherProcessNotRunning{ID: c.was, Reason: c.lastExit()}
	default:
		o.reply(answer{id: c.id})
		return
	}
	o.reply(answer{err: err})
}
