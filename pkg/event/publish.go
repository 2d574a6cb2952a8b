package event

import "fmt"

// Publish publishes e: when it has returned, e is in the mailbox or the queue of each
// observer, for those who were registered when it was called. It waits for no
// observer, only for others who are publishing on this topic at the same moment.
//
// All observers see the events of a topic in the same order, and in it those of one
// publisher in the order in which that has published them.
//
// It may be called from anywhere, by an observer that has received an event and by a
// function of one ([ObserveAs]) included, but not by what proc runs while a message is
// sent: a Contramap that an observer was added by, or the hook for dead letters where one
// was spawned Bounded with DropOldest. They run while the topic is locked: one that uses
// the topic waits for itself for ever, and one that blocks holds up all who publish,
// observe or ask.
//
// On a topic that is closed Publish does nothing but count; see [Topic.TryPublish].
func (t *Topic[E]) Publish(e E) { t.publish(e) }

// TryPublish is Publish that tells if nothing has been published, because the topic is
// closed: then its error is an [ErrClosed].
func (t *Topic[E]) TryPublish(e E) error {
	if !t.publish(e) {
		return fmt.Errorf("publish on topic %s: %w", t.title, ErrClosed)
	}
	return nil
}

func (t *Topic[E]) publish(e E) bool {
	t.mu.Lock()
	if t.register.choosy == 0 || t.over() {
		return t.deliver(e, nil)
	}
	return t.publishToChoosy(e)
}

// choice is what an observer gets of an event, as its function has made it.
type choice[E any] struct {
	to      *observer[E]
	message any
}

// publishToChoosy first has the functions of observers say what each is to get, and
// delivers then, all at once. Whoever has registered meanwhile is asked as well. The
// lock must be held; it is not when publishToChoosy returns.
func (t *Topic[E]) publishToChoosy(e E) bool {
	choices := t.spare
	t.spare = nil
	asked := uint64(0) // all who were born until then
	for {
		crowd := t.register.since(asked)
		asked = t.register.born
		if len(crowd) == 0 {
			return t.deliver(e, choices)
		}
		choices = t.ask(crowd, e, choices)
	}
}

// ask appends what those of crowd that have a function get of e. The lock is
// released while it asks.
func (t *Topic[E]) ask(crowd []*observer[E], e E, choices []choice[E]) []choice[E] {
	t.register.readers++
	t.unlock()
	// Also if a function calls Goexit, as one does that blocks in a process which is
	// shut down: then e is not published.
	unwinding := true
	defer func() {
		t.mu.Lock()
		t.register.read()
		if unwinding {
			t.unlock()
		}
	}()
	for _, o := range crowd {
		if o.choose == nil {
			continue
		}
		if m, ok := t.choose(o.choose, e); ok {
			choices = append(choices, choice[E]{o, m})
		}
	}
	unwinding = false
	return choices
}

// deliver sends e to those without a function, and choices to the others. The lock
// must be held; it is not when deliver returns. It reports false if the topic is
// closed.
func (t *Topic[E]) deliver(e E, choices []choice[E]) bool {
	defer t.unlock()
	if t.over() {
		t.late++
		return false
	}
	t.published++
	t.kept.add(e)
	var boxed any // e, boxed once for all
	for _, o := range t.register.list {
		if o.gone || o.choose != nil {
			continue
		}
		if o.waits != nil {
			o.waits.keep(o, e)
			continue
		}
		if o.boxes && boxed == nil {
			boxed = e
		}
		t.sent(o, o.whole(e, boxed))
	}
	for _, c := range choices {
		switch o := c.to; {
		case o.gone:
		case o.waits != nil:
			o.waits.keepChosen(o, c.message)
		default:
			t.sent(o, o.chosen(c.message))
		}
	}
	if cap(choices) <= 64+2*len(t.register.list) { // not what a crowd had needed
		clear(choices)
		t.spare = choices[:0]
	}
	t.register.tidy()
	return true
}
