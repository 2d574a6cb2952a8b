package event

import (
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// ObserveOption sets something of an observer. Of two of one kind the later wins; nil
// is one that sets nothing.
type ObserveOption func(*observeOptions)

type observeOptions struct{ last int }

// Last has an observer receive up to n of the last events first, as far as the topic
// keeps them ([Keep]), oldest first. There is no gap between them and what is
// published later, and none comes twice.
//
// Of an observer that chooses these are the last n that it chooses: its function is asked
// about the newest event first, and on until n are found or none is left.
func Last(n int) ObserveOption { return func(o *observeOptions) { o.last = n } }

func lastOf(opts []ObserveOption) int {
	var o observeOptions
	for _, option := range opts {
		if option != nil {
			option(&o)
		}
	}
	return o.last
}

// Observe makes self an observer: events come as messages of type E into its mailbox.
// If E is no message of its own type, or is to be told from others, it receives them
// selectively: proc.Receive(self, sel.Message[E]()). For events that are mapped or
// chosen see [ObserveAs].
//
// A process is one observer of a topic, however often it is registered: the last
// registration says how events come to it, and only the first can ask for the last
// ones. When it ends it is forgotten.
//
// The error is an [ErrClosed].
func (t *Topic[E]) Observe(self proc.Receiver, opts ...ObserveOption) error {
	to := proc.PidFor[any](self) // so that an event becomes an any once for all observers
	return t.observe(&observer[E]{
		id: to.ID, alive: to.Alive, boxes: true,
		whole: func(_ E, boxed any) error { return trySend(to, boxed) },
	}, opts)
}

// Add makes the process of pid an observer, as if it had called [Topic.Observe]. The
// error is an [ErrClosed], or a [proc.OtherProcessNotRunning] if that process has ended.
//
// A Named or Via pid means the process that it leads to now, whatever it leads to later:
// when that ends the observer is forgotten, and its successor has to register itself.
//
// The function of a Contramap runs in whoever publishes, while the topic is locked: it
// must not use the topic, nor block, since that holds up all who publish. That of
// [ObserveAs] may do both.
func (t *Topic[E]) Add(pid proc.Pid[E], opts ...ObserveOption) error {
	o, send, err := sender(t, pid)
	if err != nil {
		return err
	}
	o.whole = func(e E, _ any) error { return send(e) }
	return t.observe(o, opts)
}

// ObserveAs is [Topic.Add] for a process that is to get what f makes of events: the M
// of each for which f reports true, in the order of the events. [Map] and [Where] make
// such functions of simpler ones.
//
// f runs in whoever publishes, of several at the same time, and may run for an event
// that is then not sent. It must be pure, but no lock is held: it may use the topic,
// publish on it included: what f publishes then comes before the event that it was asked
// about. A panic in f is logged, and the event is not for this observer; a Goexit, as by
// an operation of a process that is shut down, has it not published at all, or the process
// not registered if f was asked for [Last].
//
// What is published while [Last] events are still being chosen follows them, though
// Publish does not wait for that. So only once ObserveAs has returned are events in order
// with what their publisher sends by other means.
func ObserveAs[E, M any](t *Topic[E], pid proc.Pid[M], f func(E) (M, bool), opts ...ObserveOption) error {
	o, send, err := sender(t, pid)
	if err != nil {
		return err
	}
	o.choose = chooser(f)
	o.chosen = func(m any) error { return send(as[M](m)) }
	return t.observe(o, opts)
}

// Where is a function for [ObserveAs] and [QueueAs] that chooses those events for which
// keep reports true.
func Where[E any](keep func(E) bool) func(E) (E, bool) {
	return func(e E) (E, bool) { return e, keep(e) }
}

// Map is a function for [ObserveAs] and [QueueAs] that makes an M of each event.
func Map[E, M any](f func(E) M) func(E) (M, bool) {
	return func(e E) (M, bool) { return f(e), true }
}

// Forget makes a process an observer no more, and reports whether it was one. It is
// final: when Forget has returned nothing more is sent to it, neither what is
// published later nor what is being published at this moment. What has been sent
// before is in its mailbox, and is received. The id is that of the process, or of a Named
// or Via pid by which it was added, of which the topic remembers the last 8.
func (t *Topic[E]) Forget(id proc.ID) bool {
	t.mu.Lock()
	defer t.unlock()
	o, ok := t.register.byID[id]
	if ok {
		ok = o.alive()
		t.forget(o)
	}
	return ok
}

// forget removes o. The lock must be held.
func (t *Topic[E]) forget(o *observer[E]) {
	t.register.remove(o)
	t.register.tidy()
}

// observe registers o, and replays to it what it has asked for.
func (t *Topic[E]) observe(o *observer[E], opts []ObserveOption) error {
	last := lastOf(opts)
	t.mu.Lock()
	if t.over() {
		t.unlock()
		return fmt.Errorf("observe topic %s: %w", t.title, ErrClosed)
	}
	if old, ok := t.register.byID[o.id]; ok {
		t.register.inherit(o, old)
		t.forget(old)
		last = 0
	}
	t.register.add(o)
	if !t.looks {
		t.looks = true
		t.lookAfterCollection()
	}
	if o.choose != nil && last > 0 {
		t.replay(o, last)
		return nil
	}
	defer t.unlock()
	for _, e := range t.kept.last(last) {
		if !o.gone {
			t.sent(o, o.whole(e, e))
		}
	}
	t.register.tidy()
	return nil
}

// ---------------------------------------------------------------- sending

// errGone is why something cannot be sent to an observer any more.
var errGone = errors.New("the observer has ended")

// sent deals with the error of having sent something to o. The lock must be held.
func (t *Topic[E]) sent(o *observer[E], err error) {
	if err == nil {
		return
	}
	if p, ok := err.(panicked); ok {
		t.panics = append(t.panics, p.value)
		return
	}
	if errors.Is(err, proc.ErrMailboxFull) {
		t.refused++
		return
	}
	t.register.remove(o)
}

// sender is an observer without its functions, and how to send to it: to the process
// that pid means now, which must be alive, and to no other one that it may mean later.
func sender[E, M any](t *Topic[E], pid proc.Pid[M]) (*observer[E], func(M) error, error) {
	to, found := pid.Settled()
	if !found || !to.Alive() {
		return nil, nil, fmt.Errorf("observe topic %s: %w", t.title, proc.OtherProcessNotRunning{ID: pid.ID, Reason: to.Reason()})
	}
	id := to.ID
	o := &observer[E]{id: id, alive: id.Alive}
	if pid.ID != id {
		o.aliases = []proc.ID{pid.ID}
	}
	if to == (proc.Pid[M]{ID: id}) {
		return o, func(m M) error { return trySend(to, m) }, nil
	}
	return o, func(m M) (err error) { // through Contramaps: it runs code of the program
		defer func() {
			if value := recover(); value != nil {
				err = panicked{value}
			}
		}()
		if !id.Alive() {
			return errGone // and no function is asked
		}
		return to.TrySend(m)
	}, nil
}

// trySend is pid.TrySend that does not even try if the process has ended: in a simulation
// trying is a step, and must not depend on whether a garbage collection was before.
func trySend[M any](pid proc.Pid[M], m M) error {
	if !pid.Alive() {
		return errGone
	}
	return pid.TrySend(m)
}

func as[M any](m any) M {
	typed, _ := m.(M) // a nil message is a nil M
	return typed
}
