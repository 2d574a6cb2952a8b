package proc

import (
	"math"
	"time"
	"unsafe"

	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// Receive blocks until a message matches. It takes the first message in arrival
// order that any alternative of s accepts; all others stay queued in their
// order. Interrupts come before any message. The error is always an
// InterruptReason.
//
// Selecting by type costs the same whatever else is queued; a predicate looks at
// the messages of its own type. While blocked, each new message is tested once,
// and one whose type s does not want does not wake the process.
func Receive[T any](p Receiver, s sel.MessageSelector[T]) (T, error) {
	l := noLimit
	return receive(p.process(), &s, &l, nil)
}

// ReceiveWithin is Receive with a limit; past it the error is a
// TimeoutInterrupt, and nothing was taken. With d <= 0 it looks at the mailbox
// once.
func ReceiveWithin[T any](p Receiver, d time.Duration, s sel.MessageSelector[T]) (T, error) {
	l := within(d)
	if l.expired {
		p.System().step()
	}
	return receive(p.process(), &s, &l, nil)
}

// ReceiveWithMonitor is Receive, ended by the death of id with an
// OtherProcessNotRunning. A matching message that is queued wins over the death,
// so nothing that id sent before it died is missed.
func ReceiveWithMonitor[T any](p Receiver, id ID, s sel.MessageSelector[T]) (T, error) {
	self := p.process()
	w := self.watch(id)
	defer self.unwatch(w)
	l := noLimit
	return receive(self, &s, &l, w)
}

func receive[T any](p *Process, s *sel.MessageSelector[T], l *limit, w *watch) (T, error) {
	var none T
	p.emptyHand()
	one, many := s.Index()
	if many == nil && one.Certain && w == nil {
		message, why := p.take(one, *l)
		if why != nil {
			return none, why
		}
		v, _ := s.MatchAlternative(0, message)
		return v, nil
	}
	return search(p, s, l, w)
}

// search is receive by a selector that has to look at messages. Its frame is not on
// the stack of a process that waits for a type.
//
//go:noinline
func search[T any](p *Process, s *sel.MessageSelector[T], l *limit, w *watch) (T, error) {
	var none T
	one, many := s.Index()
	c := p.cursor()
	c.Begin(&p.box, one, many)
	for {
		message, why := p.candidate(c, one, many, l, w)
		if why != nil {
			p.endCursor(c)
			return none, why
		}
		p.looked(one, many)
		if v, ok := accept(p, s, c, message); ok {
			p.endCursor(c)
			return v, nil
		}
	}
}

// accept takes the present candidate of c if an alternative of s accepts it.
func accept[T any](p *Process, s *sel.MessageSelector[T], c *mailbox.Cursor, message any) (T, bool) {
	one, many := s.Index()
	p.choosing = true
	defer p.chosen()
	for i := range max(1, len(many)) {
		if !c.Admits(i) {
			continue
		}
		if v, ok := s.MatchAlternative(i, message); ok {
			if !c.Accept() {
				break // dropped to make room, or the process was killed
			}
			p.taken(message, one, many)
			p.answers(c.Of())
			return v, true
		}
	}
	var none T
	return none, false
}

func (p *Process) chosen() { p.choosing = false }

// mustNotChoose panics if the process is in the midst of a receive: what that looks at
// must stay where it is. A receive that finds its message at once does not ask.
func (p *Process) mustNotChoose() {
	if p.choosing {
		panic("proc: a receive within a predicate or projection of a selector: these must be pure")
	}
}

// cursor returns a cursor for a receive. It is kept from one to the next: on the
// stack it would make that twice as large as a goroutine's first one.
func (p *Process) cursor() *mailbox.Cursor {
	p.mustNotChoose()
	c := p.spare
	if c == nil || p.asked { // the first receive, or one after a panic
		return new(mailbox.Cursor)
	}
	p.spare = nil
	return c
}

// endCursor is called at the end of a receive.
func (p *Process) endCursor(c *mailbox.Cursor) {
	c.End()
	if !p.asked {
		p.spare = c
	}
	p.wantedMany, p.wantedLen = nil, 0 // what a predicate refers to is not kept
}

// take receives by one certain pattern.
func (p *Process) take(pattern sel.Pattern, l limit) (any, InterruptReason) {
	for {
		if why := p.attend(); why != nil {
			return nil, why
		}
		if message, ok := p.box.Take(pattern); ok {
			p.taken(message, pattern, nil)
			return message, nil
		}
		p.mustNotChoose()
		p.looked(pattern, nil)
		p.Lock()
		if p.ctl.Load() != 0 || p.gather(&l) {
			p.Unlock()
			continue
		}
		if l.expired {
			p.box.PutBack()
			p.Unlock()
			return nil, TimeoutInterrupt{After: l.after}
		}
		p.want(pattern, nil)
		p.parkWithin(Receiving, &l)
	}
}

// candidate returns the next message that an alternative may accept.
func (p *Process) candidate(c *mailbox.Cursor, one sel.Pattern, many []sel.Pattern, l *limit, w *watch) (any, InterruptReason) {
	for {
		if why := p.attend(); why != nil {
			return nil, why
		}
		// What the watched process sent was here before its end was seen.
		ended := w != nil && w.hasEnded()
		if message, ok := c.Next(); ok {
			return message, nil
		}
		p.looked(one, many)
		p.Lock()
		if p.ctl.Load() != 0 || p.gather(l) {
			p.Unlock()
			continue
		}
		if ended {
			p.Unlock()
			return nil, OtherProcessNotRunning{ID: w.id, Reason: w.reason}
		}
		if w != nil && w.ended {
			p.Unlock()
			continue
		}
		if l.expired {
			p.box.PutBack()
			p.Unlock()
			return nil, TimeoutInterrupt{After: l.after}
		}
		p.want(one, many)
		p.parkWithin(Receiving, l)
	}
}

// gather makes what has arrived visible to a receive that has found nothing, and
// reports whether there is anything new. Once the limit has expired it does so
// for the last time: more may come without end. The lock must be held.
func (p *Process) gather(l *limit) bool {
	if l.over {
		return false
	}
	l.over = l.expired
	if !p.box.Gather() {
		return false
	}
	p.pass(l)
	return true
}

// want says what the process, which is about to park, receives. The lock must
// be held.
func (p *Process) want(one sel.Pattern, many []sel.Pattern) {
	p.direct, p.lingers = false, false
	if len(many) > math.MaxUint16 {
		one, many = sel.Pattern{Kind: sel.Everything}, nil // and it looks again
	}
	p.wantedType, p.wantedKind = one.Type, one.Kind
	p.wantedMany, p.wantedLen = unsafe.SliceData(many), uint16(len(many))
}

// wants reports whether a message of type t is one that the parked process may
// take. The lock must be held.
func (p *Process) wants(t sel.Type) bool {
	if p.wantedLen == 0 && p.wantedKind == sel.Exactly {
		return p.wantedType == t
	}
	return p.wantsSlowly(t)
}

func (p *Process) wantsSlowly(t sel.Type) bool {
	if p.wantedLen == 0 {
		return p.box.Admits(sel.Pattern{Type: p.wantedType, Kind: p.wantedKind}, t)
	}
	for _, pattern := range p.wanted() {
		if p.box.Admits(pattern, t) {
			return true
		}
	}
	return false
}

// wanted are the patterns of the receive that is parked. The lock must be held.
func (p *Process) wanted() []sel.Pattern {
	if p.wantedLen == 0 {
		return []sel.Pattern{{Type: p.wantedType, Kind: p.wantedKind}}
	}
	return unsafe.Slice(p.wantedMany, p.wantedLen)
}

// taken is called after a message has been taken out of the mailbox, by a receive with
// these patterns.
func (p *Process) taken(message any, one sel.Pattern, many []sel.Pattern) {
	if p.trails {
		p.forget()
	}
	if p.tells {
		p.tellTaken(message, one, many)
	}
}

// answers notes that what has just been received belongs to something: a call, say.
func (p *Process) answers(of any) {
	if c, ok := of.(*call); ok {
		p.hand.call, p.trails = c, true
	}
}

// forget forgets what has been kept of the message received before, and of its limit.
func (p *Process) forget() {
	p.trails, p.hand.call = false, nil
	p.beginLimit()
}

// tellTaken tells those who want to know: a simulator, and who waits for room.
func (p *Process) tellTaken(message any, one sel.Pattern, many []sel.Pattern) {
	p.tellLooked(one, many)
	if p.sys.steps != nil && message != nil {
		p.sys.steps.Received(&p.Waiter, message)
	}
	if p.bounded() {
		p.admit()
	}
}

// withdrawn is called after messages have been taken out of the mailbox that are not
// received.
func (p *Process) withdrawn() {
	p.forget()
	p.touched()
	if p.bounded() {
		p.admit()
	}
}

// looked is called when a receive with these patterns has found nothing so far, before
// code of the program looks at what it has found, for that may end it there, and when
// somebody else sees in which order such messages have come.
func (p *Process) looked(one sel.Pattern, many []sel.Pattern) {
	if p.tells {
		p.tellLooked(one, many)
	}
}

// tellLooked tells a simulator what a receive has looked for. In a bounded mailbox all
// messages have to do with each other.
func (p *Process) tellLooked(one sel.Pattern, many []sel.Pattern) {
	switch {
	case p.sys.steps == nil:
	case p.bounded():
		p.touched()
	default:
		p.sys.steps.Looks(&p.Waiter, one, many)
	}
}

// Flush takes all messages out of the mailbox and returns them in arrival order,
// ProcessDowns and timers included. It does not block, and takes no interrupt.
func (p *Process) Flush() []any {
	p.mustNotChoose()
	p.emptyHand()
	p.Lock()
	entries := p.box.Flush()
	p.Unlock()
	for i, entry := range entries {
		if e, ok := entry.(*mailbox.Envelope); ok {
			entries[i], e.Message = e.Message, nil
		}
		if p.sys.steps != nil && entries[i] != nil {
			p.sys.steps.Received(&p.Waiter, entries[i])
		}
	}
	p.looked(sel.Pattern{Kind: sel.Everything}, nil)
	p.withdrawn()
	return entries
}
