package sim

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"github.com/harkgo/hark/internal/literal"
	"github.com/harkgo/hark/internal/seam"
)

// Messages share memory: who sends one that holds a pointer, a slice or a map gives it
// away. So a message is sealed when it is sent, with a hash of all that it holds, and the
// seal is looked at when it arrives, when the receiver goes on, and when it takes the
// message out of its mailbox: up to there nobody may have changed it. From there on it is the
// receiver's; what two receivers then do with the same one is not seen. What somebody
// sends to itself, and what its timers send, is its own all the time. Of a message that
// comes more than once, for it was sent so or by a fault, it is the receiver's once it
// has the first: of the same pointer, map or slice, but not of another value that holds
// one.

// Shared says that messages, or parts of messages, of the types of values may be changed
// after they have been sent: they are shared on purpose, and something that package sim
// does not know of, such as a lock elsewhere, sees to it. Values with a lock or
// an atomic in them need not be named.
//
// It also saves time: to look at messages that hold references makes a run of nothing else
// some 1.6 times slower. One without references costs a look-up of its type.
func Shared(values ...any) Option {
	return func(c *check) {
		if c.shared == nil {
			c.shared = make(map[reflect.Type]bool)
		}
		for _, value := range values {
			c.shared[reflect.TypeOf(value)] = true
		}
	}
}

// seal is what is known of a message when it is sent.
type seal struct {
	message  any
	contents uint64
	from, to *party
	step     int
	received bool // or lost
	handed   *handed
	after    bool   // something that the receiver has in its hand
	own      handed // what handed is, unless the same was on its way already

	// In a run that is thorough:
	sentAt  string // file and line
	changed string // who has changed it, and when
	events  []int  // before the sending, and the last one of who has changed it
}

// handed is what is known of a message that somebody is given, once or several times.
type handed struct {
	open     int   // how many times it is to be received yet
	arrived  *seal // the latest in the mailbox
	received bool  // once, so that it is the receiver's
}

// sealKey is a message to somebody. The seal keeps the message, so that its place is not
// used for another one.
type sealKey struct {
	to      *party
	message unsafe.Pointer
}

// sealed is the seal of a message, nil if it needs none.
func (s *scheduler) sealed(from, to *party, kind seam.Kind, message any) *seal {
	if message == nil || kind != seam.Message && kind != seam.Reply {
		return nil
	}
	if t := typeOf(message); !literal.Look(t).Changeable || s.shared[t] {
		return nil
	}
	if from == to {
		s.unseal(to, message)
		return nil
	}
	l := &seal{message: message, contents: contentsOf(message, s.shared), from: from, to: to, step: s.steps}
	key := sealKey{to, identity(message)}
	if l.handed = s.seals[key]; l.handed == nil {
		l.handed = &l.own
		s.seals[key] = l.handed
	}
	if before := l.handed.arrived; before != nil && to.keeps() {
		s.verify(before, "when it was sent again")
	}
	l.handed.open++
	if s.thorough {
		l.sentAt, l.events = placeHere(), []int{len(s.events) - 1}
		s.watched = append(s.watched, l)
	}
	return l
}

// keeps reports whether what has arrived at p stays with it until it is received: it has not
// been refused, nor lost as p has ended.
func (p *party) keeps() bool {
	who := p.process()
	return who != nil && !who.Bounded() && !who.Ends() && !who.Dies()
}

// unseal is called when a message that may be on its way to somebody is its own.
func (s *scheduler) unseal(to *party, message any) {
	if len(s.seals) > 0 && message != nil {
		if h := s.seals[sealKey{to, identity(message)}]; h != nil {
			h.received = true
		}
	}
}

// sealComes is called before a message arrives so many times.
func (s *scheduler) sealComes(l *seal, times int) {
	if l == nil {
		return
	}
	l.received = times == 0
	s.settle(sealKey{l.to, identity(l.message)}, l.handed, 1-times)
}

// sealArrives is called when a message arrives.
func (s *scheduler) sealArrives(l *seal) {
	if l == nil {
		return
	}
	s.verify(l, "when it arrived")
	l.handed.arrived, l.after = l, l.to.inHand()
}

// sealHanded is called when a message has arrived. Replies do not go to a mailbox, nor
// does a message that the receiver waits for.
func (s *scheduler) sealHanded(l *seal, kind seam.Kind) {
	if l == nil {
		return
	}
	if kind == seam.Reply || !l.after && l.to.inHand() {
		l.to.new = append(l.to.new, l)
	}
}

// inHand reports whether p has a message that does not go to its mailbox.
func (p *party) inHand() bool { return p.who != nil && p.who.InHand() }

// opens is called when p goes on, and may be given what has arrived.
func (s *scheduler) opens(p *party) {
	if len(p.new) == 0 {
		return
	}
	for i, l := range p.new {
		s.verify(l, "when it was received")
		l.received, l.handed.received = true, true
		s.settle(sealKey{p, identity(l.message)}, l.handed, 1)
		p.new[i] = nil
	}
	p.new = p.new[:0]
}

// Received is told of each message that is taken out of a mailbox.
func (s *scheduler) Received(by *seam.Waiter, message any) {
	if len(s.seals) == 0 || !s.has() {
		return
	}
	key := sealKey{s.partyOf(by), identity(message)}
	h := s.seals[key]
	if h == nil {
		return
	}
	if l := h.arrived; l != nil {
		s.verify(l, "when it was received")
		l.received = true
	}
	h.received = true
	s.settle(key, h, 1)
}

// settle notes that a message is to be received so many times less.
func (s *scheduler) settle(key sealKey, h *handed, times int) {
	if h.open -= times; h.open <= 0 && s.seals[key] == h {
		delete(s.seals, key)
	}
}

// verify makes the run fail if the message is not what was sent.
func (s *scheduler) verify(l *seal, when string) {
	if s.ended || l.handed.received || contentsOf(l.message, s.shared) == l.contents {
		return
	}
	what := fmt.Sprintf("a %T to %s was changed after it had been sent: noticed %s", l.message, l.to, when)
	if s.thorough {
		if l.changed == "" { // just now
			s.convict(l)
		}
		what += fmt.Sprintf("\n    sent by %s in step %d, at %s\n    changed by %s", l.from, l.step, l.sentAt, l.changed)
	}
	if s.failure == nil {
		s.fail(failureChanged, "%s", what)
		s.failure.from = l.events
	}
}

// ---------------------------------------------------------------- who it was

// inspectSeals looks, between two steps, which of the messages that nobody has received have
// been changed in the last one. It costs so much that it is done only when a run
// is known to have such a message.
func (s *scheduler) inspectSeals() {
	s.watched = slices.DeleteFunc(s.watched, func(l *seal) bool { return l.received || l.handed.received })
	for _, l := range s.watched {
		if l.changed == "" && contentsOf(l.message, s.shared) != l.contents {
			s.convict(l)
		}
	}
}

// convict notes who has just changed a message.
func (s *scheduler) convict(l *seal) {
	l.changed = s.changer()
	for i := len(s.events) - 1; i >= 0 && s.had != nil; i-- {
		if s.events[i].a == s.had.party {
			l.events = append(l.events, i)
			return
		}
	}
}

// changer describes who has the baton, or had it last.
func (s *scheduler) changer() string {
	t := s.had
	if t == nil {
		return "somebody"
	}
	text := fmt.Sprintf("%s in step %d", t.party, s.steps)
	if place := stacksNow().byMark().place(t); place != "" {
		text += ", before it came to " + place
	}
	return text
}

// placeHere is the innermost place on the stack that is neither the library's nor Go's own.
func placeHere() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.File, "_test.go") || f.Function != "" && !internalTo(f.Function) && !ours(f.File) {
			return placeOf(fmt.Sprintf("%s:%d", f.File, f.Line))
		}
		if !more {
			return "a place that is not known"
		}
	}
}
