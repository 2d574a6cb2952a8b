package proc

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// ErrMailboxFull is why a bounded mailbox refused a message.
var ErrMailboxFull = errors.New("mailbox full")

// Overflow says what a bounded mailbox does with a message that it has no room
// for. [Pid.SendContext] waits for room in one that rejects.
type Overflow int

const (
	Reject     Overflow = iota // TrySend fails, Send goes to the dead letters
	DropOldest                 // the oldest message goes to the dead letters
)

func (o Overflow) String() string {
	if o == DropOldest {
		return "drop oldest"
	}
	return "reject"
}

// bound limits a mailbox. It is guarded by the lock of the process.
type bound struct {
	limit    int
	overflow Overflow
	waiting  []*sender   // for room, in order
	gone     int         // how many of these have given up, at most
	any      atomic.Bool // there are some
}

// sender waits, in SendContext, for room in a mailbox.
type sender struct {
	*thread
	self    *Process // nil: outside of processes
	message any
	state   senderState // guarded by the lock of the receiver
	done    bool        // guarded by the lock of the thread
}

type senderState uint8

const (
	senderWaits senderState = iota
	senderAdmitted
	senderGone
	senderRefused // the receiver does not run any more
)

// bounded reports whether the mailbox of p is. In production the flag says it.
func (p *Process) bounded() bool {
	if !p.tells {
		return false
	}
	m := p.more.Load()
	return m != nil && m.bound != nil
}

// makeRoom is called under the lock before a message of the program is put into
// a bounded mailbox. It reports false if that must refuse it; dropped are the
// entries that went to make room.
func (p *Process) makeRoom() (dropped []any, ok bool) {
	p.touched()
	b := p.more.Load().bound
	for p.box.Len() >= b.limit {
		if b.overflow == Reject {
			return dropped, false
		}
		entry, ok := p.box.DropOldest()
		if !ok {
			break // all that waits is the runtime's
		}
		dropped = append(dropped, entry)
	}
	return dropped, true
}

// messagesDropped tells, without the lock, about what makeRoom dropped.
func (p *Process) messagesDropped(entries []any) {
	for _, entry := range entries {
		e, ok := entry.(*mailbox.Envelope)
		if !ok {
			p.sys.deadLetter(p.ID(), entry, letterDropped)
		} else if c, ok := e.Of.(*call); ok {
			e.Message = nil
			c.fail(ErrorInterrupt{Err: ErrMailboxFull})
		} else {
			p.sys.deadLetter(p.ID(), e.Message, letterDropped)
		}
	}
}

// admit lets waiting senders in as far as there is room. The process calls it
// after it has taken messages out.
func (p *Process) admit() {
	b := p.more.Load().bound
	if !b.any.Load() {
		return
	}
	var admitted []*sender
	ready := false
	p.Lock()
	for len(b.waiting) > 0 && p.box.Len() < b.limit {
		s := b.waiting[0]
		b.waiting[0] = nil
		b.waiting = b.waiting[1:]
		if s.self != nil && s.self.ctl.Load()&ctlKilled != 0 {
			continue // it is about to unwind
		}
		if s.state == senderWaits {
			s.state = senderAdmitted
			// Who makes room need not be the receiver: that one may wait.
			if wanted := p.parked && p.state == packed(Receiving) && p.wants(sel.TypeOf(s.message)); wanted {
				p.box.Put(s.message, true)
				ready = p.wake(byMessage)
			} else {
				p.box.Put(s.message, false)
			}
			s.message = nil
			admitted = append(admitted, s)
		}
	}
	b.any.Store(len(b.waiting) > 0)
	p.Unlock()
	if ready {
		p.ready()
	}
	for _, s := range admitted {
		s.tell()
	}
}

// giveUp ends the waiting of s, if it still waits. It reports false if s has been
// admitted or refused. The lock must be held.
func (b *bound) giveUp(s *sender) bool {
	if s.state != senderWaits {
		return s.state == senderGone
	}
	s.state, s.message = senderGone, nil
	if b.gone++; 2*b.gone > len(b.waiting) {
		b.waiting = slices.DeleteFunc(b.waiting, func(s *sender) bool { return s.state == senderGone })
		b.gone = 0
		b.any.Store(len(b.waiting) > 0)
	}
	return true
}

// refuseSenders ends the waiting of all senders: the process does not run any
// more. The lock must be held; the senders are told after its release.
func (b *bound) refuseSenders() []*sender {
	var refused []*sender
	for _, s := range b.waiting {
		if s.state == senderWaits {
			s.state = senderRefused
			refused = append(refused, s)
		}
	}
	b.waiting = nil
	b.any.Store(false)
	return refused
}

// tell wakes a sender that has been admitted or refused.
func (s *sender) tell() {
	s.touched()
	s.Lock()
	s.done = true
	ready := s.wake(byEvent)
	s.Unlock()
	if ready {
		s.ready()
	}
}
