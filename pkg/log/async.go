package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Async is a writer that never makes its caller wait: it copies the line, and a
// goroutine of its own hands it to the writer beneath.
//
// Lines arrive there whole, one Write each, in the order in which they were
// written here. When as many lines wait as the capacity allows, further ones are
// dropped. A dropped line is counted, and where lines are missing the log says
// so, as soon as the writer beneath has got there, with a line at warn level whose
// field "dropped" holds their number. Under lasting overload there is at most one
// such line for each capacity's worth of others.
//
// Three kinds of writing do wait until the line is written, and return the error
// that this had: a line at fatal or panic level, since the program may end right
// after it; any line after Close; and Flush, which writes nothing. They are never
// dropped, and keep their place behind the lines before them. The writer beneath
// must therefore not log such a line here itself.
//
// The goroutine exists only while lines wait. An Async that is idle, or closed,
// holds none, so one that is never closed leaks nothing but loses what it had
// not written when the program ended.
//
// Close does not close the writer beneath: who opened that closes it, after this.
type Async struct {
	out   zerolog.LevelWriter
	limit int
	now   func() time.Time

	// passed counts the lines that out has been given, entered those that were
	// not dropped. Between the two lie the waiting ones, line i in ring[i%len(ring)]
	// or, if the goroutine has fetched it, in batch.
	passed atomic.Uint64 // written by the goroutine only

	mu      sync.Mutex
	entered uint64
	ring    []asyncLine // grows up to limit
	waiters []*waiter   // in the order of their places
	free    [][]byte    // buffers to use again
	running bool        // the goroutine is there: it alone writes to out
	closed  bool

	dropped uint64 // refused by a full ring, or failed
	failed  uint64 // of these, those that the writer beneath did not take
	missing uint64 // of these, those that the log has not said yet
	gap     uint64 // where they are missing: when passed has got here, the log can say so
	broken  bool   // the last write failed: say nothing until one succeeds
	err     error  // the first failure

	batch []asyncLine // the goroutine's own: lines fetched together, to lock but once for many
}

type asyncLine struct {
	level zerolog.Level
	text  []byte
}

// waiter is a caller that waits until the place-th line has been written, and
// then for its own line, if it has one.
type waiter struct {
	place uint64
	line  asyncLine
	err   error
	done  chan struct{}
}

const (
	mostFetched    = 64   // how many lines are fetched together
	keptBuffers    = 1024 // how many buffers are kept for use
	keptBufferSize = 1024 // and how long one may be
)

var errWriterExited = errors.New("the writer ended its goroutine")

// NewAsync is an Async onto w in which up to capacity lines may wait. It panics
// if w is nil or capacity less than 1. Of the options it takes [WithClock] and
// [WithoutTime], for what it says itself.
func NewAsync(w io.Writer, capacity int, opts ...Option) *Async {
	if w == nil {
		panic("log: NewAsync: the writer is nil")
	}
	if capacity < 1 {
		panic(fmt.Sprintf("log: NewAsync: the capacity is %d, must be at least 1", capacity))
	}
	return &Async{out: leveled(w), limit: capacity, now: optionsOf(opts).now}
}

func (a *Async) concurrent() {}

// Write takes a line whose level is not known. It returns len(p) and nil also
// when the line is dropped.
func (a *Async) Write(p []byte) (int, error) { return a.WriteLevel(zerolog.NoLevel, p) }

// WriteLevel takes a line. It returns len(p) and nil also when the line is dropped.
func (a *Async) WriteLevel(level zerolog.Level, p []byte) (int, error) {
	a.mu.Lock()
	if a.closed || level == zerolog.FatalLevel || level == zerolog.PanicLevel {
		w := a.wait(asyncLine{level, p})
		a.mu.Unlock()
		<-w.done
		if w.err != nil {
			return 0, w.err
		}
		return len(p), nil
	}
	defer a.mu.Unlock()
	waiting := int(a.entered - a.passed.Load())
	if waiting == a.limit {
		a.drop(a.entered)
		return len(p), nil
	}
	if waiting == len(a.ring) {
		a.grow()
	}
	var text []byte
	if last := len(a.free) - 1; last >= 0 {
		text, a.free = a.free[last], a.free[:last]
	}
	*a.slot(a.entered) = asyncLine{level, append(text, p...)}
	a.entered++
	a.run()
	return len(p), nil
}

// Dropped is how many lines have been lost so far: those that came when too many
// were waiting, and those that the writer beneath did not take.
func (a *Async) Dropped() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.dropped
}

// Flush waits until all lines written before it have been handed to the writer
// beneath. It returns ctx's cause if ctx ends before that.
func (a *Async) Flush(ctx context.Context) error {
	a.mu.Lock()
	w := a.wait(asyncLine{})
	a.mu.Unlock()
	select {
	case <-w.done:
		return nil // also if ctx has ended
	default:
	}
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("log: flush: %w", context.Cause(ctx))
	}
}

// Close waits until all lines have been handed to the writer beneath. Its error
// is the first that this writer has ever returned, and nil if there was none. It
// may be called again, at any time and by several goroutines at once.
//
// It waits as long as the writer beneath takes; to wait less, use Flush before.
func (a *Async) Close() error {
	a.mu.Lock()
	a.closed = true
	w := a.wait(asyncLine{})
	a.mu.Unlock()
	<-w.done
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return fmt.Errorf("log: %d lines could not be written, the first because: %w", a.failed, a.err)
	}
	return nil
}

// ---- All that follows, up to the goroutine, is called with mu held.

// wait takes the next place in the order of lines.
func (a *Async) wait(line asyncLine) *waiter {
	w := &waiter{place: a.entered, line: line, done: make(chan struct{})}
	if line.text == nil && !a.running {
		close(w.done) // nothing waits, so there is nothing to wait for
		return w
	}
	a.waiters = append(a.waiters, w)
	a.run()
	return w
}

func (a *Async) run() {
	if !a.running {
		a.running = true
		go a.work()
	}
}

// drop counts a line that is missing behind the place-th one.
func (a *Async) drop(place uint64) {
	a.dropped++
	if a.missing == 0 {
		a.gap = place
	}
	a.missing++
}

func (a *Async) slot(i uint64) *asyncLine { return &a.ring[i%uint64(len(a.ring))] }

func (a *Async) grow() {
	old := a.ring
	a.ring = make([]asyncLine, min(max(2*len(old), 16), a.limit))
	for i := a.passed.Load(); i < a.entered; i++ {
		*a.slot(i) = old[i%uint64(len(old))]
	}
}

// fetch moves the lines that are due before anything else is into batch.
func (a *Async) fetch() {
	from, to := a.passed.Load(), a.entered
	if len(a.waiters) > 0 {
		to = min(to, a.waiters[0].place)
	}
	most := uint64(mostFetched)
	if a.missing > 0 && a.broken {
		most = 1 // if this one succeeds, say what is missing
	} else if a.missing > 0 {
		to = min(to, a.gap)
	}
	to = min(to, from+most)
	for i := from; i < to; i++ {
		a.batch = append(a.batch, *a.slot(i))
		*a.slot(i) = asyncLine{}
	}
}

// settle ends a batch of which n lines have been written or have failed: their
// buffers can be used again, and the others wait on in their places.
func (a *Async) settle(n int) {
	for i, line := range a.batch {
		if i >= n {
			*a.slot(a.passed.Load() + uint64(i-n)) = line
		} else if len(a.free) < keptBuffers && cap(line.text) <= keptBufferSize {
			a.free = append(a.free, line.text[:0])
		}
	}
	clear(a.batch)
	a.batch = a.batch[:0]
}

// ---- The goroutine.

// work writes until nothing waits. Should the writer beneath end this goroutine
// (as a test's FailNow does) another one goes on.
func (a *Async) work() {
	done := false
	defer func() {
		if !done {
			go a.work()
		}
	}()
	for a.step() {
	}
	done = true
}

// step does what is due next: it says what is missing, serves a waiter, or writes
// lines. It is false, and the goroutine no longer running, if nothing is due.
func (a *Async) step() bool {
	a.mu.Lock()
	passed := a.passed.Load()
	switch {
	case a.missing > 0 && a.gap <= passed && !a.broken:
		n := a.missing
		a.missing = 0
		a.mu.Unlock()
		a.report(n)
	case len(a.waiters) > 0 && a.waiters[0].place <= passed:
		w := a.waiters[0]
		a.waiters[0] = nil
		a.waiters = a.waiters[1:]
		a.mu.Unlock()
		a.serve(w)
	case passed < a.entered:
		a.fetch()
		a.mu.Unlock()
		a.writeBatch()
	default:
		a.running = false
		a.waiters = nil
		a.mu.Unlock()
		return false
	}
	return true
}

func (a *Async) report(n uint64) {
	err := errWriterExited
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil {
			a.missing += n // still to be said
			a.fail(err)
		}
	}()
	var b bytes.Buffer
	l := JSON(&b, WithClock(a.now))
	l.Warn().Uint64("dropped", n).Msg("log lines dropped")
	if b.Len() == 0 { // zerolog's global level is above warn
		err = nil
		return
	}
	err = a.put(asyncLine{zerolog.WarnLevel, b.Bytes()})
}

func (a *Async) serve(w *waiter) {
	w.err = errWriterExited
	defer func() {
		if w.line.text != nil {
			a.mu.Lock()
			a.wrote(w.err)
			a.mu.Unlock()
		}
		close(w.done)
	}()
	if w.line.text == nil {
		w.err = nil
		return
	}
	w.err = a.put(w.line)
}

// writeBatch writes the batch, or what of it comes before the first failure and
// that one itself.
func (a *Async) writeBatch() {
	var n int
	var err error
	defer func() {
		if err != nil {
			n++
			a.passed.Add(1)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.settle(n)
		a.wrote(err)
	}()
	for _, line := range a.batch {
		err = errWriterExited // unless put returns
		if err = a.put(line); err != nil {
			return
		}
		n++
		a.passed.Add(1)
	}
}

// put hands a line to the writer beneath. A panic of that is an error: it may
// not end a program that only wanted to log.
func (a *Async) put(line asyncLine) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the writer panicked: %v", v)
		}
	}()
	n, err := a.out.WriteLevel(line.level, line.text)
	if err == nil && n < len(line.text) {
		err = io.ErrShortWrite
	}
	return err
}

// wrote takes note of how writing a line went; mu is held.
func (a *Async) wrote(err error) {
	if err == nil {
		a.broken = false
		return
	}
	a.failed++
	a.drop(a.passed.Load())
	a.fail(err)
}

func (a *Async) fail(err error) {
	a.broken = true
	if a.err == nil {
		a.err = err
	}
}
