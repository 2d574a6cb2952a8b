package event

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"weak"
)

// ErrQueueClosed is why nothing is received from a queue: it has been closed.
var ErrQueueClosed = errors.New("the queue is closed")

// Overflow says what a queue does with an event when it is full.
type Overflow int

const (
	DropOldest Overflow = iota // the oldest event in the queue makes room for it
	DropNewest                 // it is dropped itself
)

func (o Overflow) String() string {
	switch o {
	case DropOldest:
		return "drop oldest"
	case DropNewest:
		return "drop newest"
	}
	return fmt.Sprintf("Overflow(%d)", int(o))
}

// Queue is an observer that is no process: events wait in it until somebody receives
// them, a plain goroutine for example, that can be slow or never come. It holds no more
// than its capacity, and counts what it has dropped. Any number of goroutines may
// receive: each event goes to one of them.
//
// A queue has no goroutine. Close one that is not needed any more; one that is only
// let go of is forgotten by its topic after the next garbage collection.
type Queue[M any] struct {
	topic    string
	over     func() bool // whether the topic is closed
	leave    func()      // has the topic forget the queue
	topicEnd <-chan struct{}
	ownerEnd <-chan struct{} // nil if the topic is free-standing
	ready    chan struct{}   // holds something if there may be an event
	done     chan struct{}   // closed with the queue

	mu       sync.Mutex // taken after that of the topic
	closed   bool
	overflow Overflow
	ring     ring[M]
	dropped  uint64
}

// Queue makes a queue that observes the topic. A capacity less than 1 means 1. The
// queue of a closed topic is one that has ended.
func (t *Topic[E]) Queue(capacity int, overflow Overflow, opts ...ObserveOption) *Queue[E] {
	q, self := newQueue[E](t, capacity, overflow)
	q.leave = t.observeQueue(&observer[E]{
		alive: func() bool { return self.Value() != nil },
		whole: func(e E, _ any) error { return push(self, e) },
	}, opts)
	return q
}

// QueueAs is [Topic.Queue] for what f makes of events: see [ObserveAs].
func QueueAs[E, M any](t *Topic[E], capacity int, overflow Overflow, f func(E) (M, bool), opts ...ObserveOption) *Queue[M] {
	q, self := newQueue[M](t, capacity, overflow)
	q.leave = t.observeQueue(&observer[E]{
		alive:  func() bool { return self.Value() != nil },
		choose: chooser(f),
		chosen: func(m any) error { return push(self, as[M](m)) },
	}, opts)
	return q
}

// newQueue makes a queue, and how the topic refers to it: weakly, so that it is known
// when nobody will receive from it any more.
func newQueue[M, E any](t *Topic[E], capacity int, overflow Overflow) (*Queue[M], weak.Pointer[Queue[M]]) {
	q := &Queue[M]{
		topic:    t.title,
		topicEnd: t.done,
		ready:    make(chan struct{}, 1),
		done:     make(chan struct{}),
		overflow: overflow,
	}
	q.ring.limit = max(capacity, 1)
	q.over = func() bool {
		select {
		case <-t.done:
			return true
		default:
			// With the lock, so that nothing is published after it was said to be over.
			return t.owned && !t.owner.Alive() && t.Closed()
		}
	}
	if t.owned {
		q.ownerEnd = t.owner.Done()
	}
	return q, weak.Make(q)
}

// observeQueue is observe for a queue, which is told by its end if that fails. It
// returns how the queue leaves.
func (t *Topic[E]) observeQueue(o *observer[E], opts []ObserveOption) (leave func()) {
	if t.observe(o, opts) != nil {
		return func() {}
	}
	return func() {
		t.mu.Lock()
		defer t.unlock()
		t.forget(o)
	}
}

// push puts m into a queue. It never blocks.
func push[M any](to weak.Pointer[Queue[M]], m M) error {
	q := to.Value()
	if q == nil {
		return errGone
	}
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return errGone
	}
	if q.ring.full() {
		q.dropped++
		if q.overflow == DropNewest {
			q.mu.Unlock()
			return nil
		}
		q.ring.pop()
	}
	q.ring.push(m)
	q.mu.Unlock()
	q.signal()
	return nil
}

// signal wakes one that waits.
func (q *Queue[M]) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// pop takes the oldest event, if there is one.
func (q *Queue[M]) pop() (m M, ok, closed bool) {
	q.mu.Lock()
	closed = q.closed
	ok = q.ring.len > 0
	more := q.ring.len > 1
	if ok {
		m = q.ring.pop()
	}
	q.mu.Unlock()
	if more {
		q.signal() // for others that wait
	}
	return m, ok, closed
}

// Receive takes the oldest event, and waits for one until ctx ends. Its error says what
// has ended: it is that of ctx, with the cause inside, also if there are events; or
// [ErrClosed] when the topic is closed and the queue has been drained; or
// [ErrQueueClosed]. A cause may itself hold one of these two: who must tell them apart
// asks ctx first.
//
// It is for goroutines that are no processes. In a process it is no delivery point: an
// interrupt does not end it, and if ctx is the process a shutdown does, as the error.
// A process that observes gets its events in its mailbox.
func (q *Queue[M]) Receive(ctx context.Context) (M, error) {
	m, _, err := q.receive(ctx)
	return m, err
}

// receive is Receive, and reports whether it has failed because the topic or the queue
// is closed: an error cannot say that, since the cause of a context is any error.
func (q *Queue[M]) receive(ctx context.Context) (m M, over bool, err error) {
	woken := false
	for {
		if ctx.Err() != nil {
			if woken { // and does not take what it was woken for: that is for another one
				q.signal()
			}
			return m, false, q.failed(because(ctx))
		}
		m, ok, closed := q.pop()
		if ok {
			return m, false, nil
		}
		if closed {
			return m, true, q.failed(ErrQueueClosed)
		}
		if q.over() {
			if m, ok, _ := q.pop(); ok { // what was published until then
				return m, false, nil
			}
			return m, true, q.failed(ErrClosed)
		}
		woken = false
		select {
		case <-q.ready:
			woken = true
		case <-ctx.Done():
		case <-q.done:
		case <-q.topicEnd:
		case <-q.ownerEnd:
		}
	}
}

// TryReceive takes the oldest event, if there is one, and does not wait. That there is
// none does not tell whether more will come: see [Topic.Closed], and ask that first.
func (q *Queue[M]) TryReceive() (M, bool) {
	m, ok, _ := q.pop()
	return m, ok
}

func (q *Queue[M]) failed(err error) error {
	return fmt.Errorf("receive from a queue of topic %s: %w", q.topic, err)
}

// because is the error of an ended context, with its cause.
func because(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// Events is Receive, again and again. The sequence ends by itself when the topic or the
// queue is closed, after all that was in the queue. When ctx ends the last pair is the
// error that says so. Leaving the loop loses nothing: what has not been received waits
// for the next one, or for Close.
func (q *Queue[M]) Events(ctx context.Context) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		for {
			m, over, err := q.receive(ctx)
			if over || !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// Dropped is how many events the queue has dropped: those that it had no room for, and
// those that were in it when it was closed. What was for the queue has been received,
// is in it, or is counted here.
func (q *Queue[M]) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}

// Len is how many events are in the queue.
func (q *Queue[M]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ring.len
}

// Close ends the queue: the topic forgets it, what is in it is dropped, and nothing is
// received any more. It wakes those who wait. To close it twice does nothing.
func (q *Queue[M]) Close() {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	q.closed = true
	q.dropped += uint64(q.ring.len)
	q.ring = ring[M]{}
	close(q.done)
	q.mu.Unlock()
	q.leave()
}
