package event

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc"
)

// ErrClosed is why an operation on a topic fails: it has been closed, or the process
// that owns it has ended.
var ErrClosed = errors.New("the topic is closed")

// Topic is where events of type E are published, and what observers observe. It is a
// value with a lock and no process: whoever publishes does the sending. Its methods
// may be called by anybody, at any time, also by the functions of its observers.
type Topic[E any] struct {
	title  string
	system *proc.System
	owned  bool
	owner  proc.ID         // if owned
	log    *zerolog.Logger // the owner's, if owned
	done   chan struct{}   // closed when the topic is, for queues that wait

	// The lock is held while an event is sent, and never while a function of an
	// observer runs.
	mu       seam.Mutex
	closed   bool
	register register[E]
	kept     history[E]
	spare    []choice[E] // for the next to publish
	panics   []any       // in what has been called with the lock held, to be logged

	published, refused, late uint64
}

// Option sets something of a new topic. Of two of one kind the later wins; nil is
// one that sets nothing.
type Option func(*options)

type options struct {
	title string
	keep  int
}

// Titled gives the topic a title, for errors and logs. Without one it is called by
// the type of its events.
func Titled(title string) Option { return func(o *options) { o.title = title } }

// Keep has the topic keep the last n events, for observers that ask for them with
// [Last]. It keeps none if n is 0 or less.
func Keep(n int) Option { return func(o *options) { o.keep = n } }

// New makes a topic. If host is a process the topic is closed when that has ended,
// however it ends; if it is a system the topic is free-standing: it is there until
// somebody closes it. A topic that nobody refers to any more needs no closing.
func New[E any](host proc.Host, opts ...Option) *Topic[E] {
	var o options
	for _, option := range opts {
		if option != nil {
			option(&o)
		}
	}
	t := &Topic[E]{title: o.title, done: make(chan struct{})}
	if t.title == "" {
		t.title = "of " + reflect.TypeFor[E]().String()
	}
	t.kept.limit = max(o.keep, 0)
	switch host := host.(type) {
	case proc.Receiver:
		t.system, t.owned, t.owner, t.log = host.System(), true, host.ID(), host.Log()
	case *proc.System:
		t.system = host
	default:
		panic(fmt.Sprintf("event: a topic cannot be hosted by a %T", host))
	}
	t.mu.Init(t.system.Scheduler())
	return t
}

// String is the title of the topic.
func (t *Topic[E]) String() string { return t.title }

// Close closes the topic for good. Nothing is published any more, its observers are
// forgotten, and it keeps nothing; what queues hold can still be received. When Close
// has returned nothing more is sent.
func (t *Topic[E]) Close() {
	t.mu.Lock()
	t.close()
	t.unlock()
}

// Closed reports whether the topic is closed. It is when its owner's ProcessDown has
// been received.
func (t *Topic[E]) Closed() bool {
	t.mu.Lock()
	defer t.unlock()
	return t.over()
}

// over reports whether the topic is closed, and closes it if its owner has ended. The
// lock must be held.
func (t *Topic[E]) over() bool {
	if t.owned && !t.closed && !t.owner.Alive() {
		t.close()
	}
	return t.closed
}

func (t *Topic[E]) close() {
	if t.closed {
		return
	}
	t.closed = true
	t.register.clear()
	t.kept = history[E]{}
	close(t.done)
}

// unlock releases the lock, and logs what must not be logged under it: a log may lead
// anywhere, also back to this topic.
func (t *Topic[E]) unlock() {
	panics := t.panics
	t.panics = nil
	t.mu.Unlock()
	for _, value := range panics {
		t.logPanic(value, "")
	}
}

// Info describes a topic as it was at one moment.
type Info struct {
	Title     string
	Owner     proc.ID // zero if it is free-standing
	Closed    bool
	Observers int    // processes that live, and queues
	Kept      int    // events, for those that ask for the last ones
	Published uint64 // events
	Refused   uint64 // how often a bounded mailbox had no room for one
	Late      uint64 // events that were to be published when the topic was closed
}

// Info describes the topic. It costs a look at each observer.
func (t *Topic[E]) Info() Info {
	t.mu.Lock()
	defer t.unlock()
	info := Info{
		Title: t.title, Owner: t.owner, Closed: t.over(),
		Published: t.published, Refused: t.refused, Late: t.late,
	}
	t.register.sweep()
	info.Observers, info.Kept = t.register.len(), len(t.kept.events)
	return info
}
