package proc

import (
	"reflect"
	"unsafe"

	"github.com/harkgo/hark/pkg/sel"
)

// A message that is not a pointer costs an allocation to make it an any. If the
// receiver is parked in its own Receive, which wants just such an M, the message
// is put into its hand as an M instead. That makes a process that waits for each
// of its messages as cheap as a channel. Whatever else the process then does,
// other than receive it, first makes it an ordinary message of the mailbox.

// hand is the message in a process's hand.
type hand struct {
	place unsafe.Pointer // to an M, kept from message to message
	call  *call          // whose request it is; if the hand is empty, that of what was received last
}

// form is what values of a type are to one who makes an any of them.
type form uint8

const (
	boxed       form = iota // they then need memory of their own
	pointers                // or something else that is an any by itself
	anInterface             // they are values of other types
)

func formOf(t reflect.Type) form {
	switch t.Kind() {
	case reflect.Interface:
		return anInterface
	case reflect.Pointer, reflect.UnsafePointer, reflect.Chan, reflect.Map, reflect.Func:
		return pointers
	}
	return boxed
}

// handOver puts m into the hand of p, if that is parked in a receive for it. The
// lock must be held; if handOver reports true, it is not any more.
func handOver[M any](p *Process, m M, c *call) bool {
	if !p.parked || p.state != packed(Receiving) || !p.direct || p.of != sel.TypeFor[M]() || !p.box.Reserve() {
		return false
	}
	if p.hand.place == nil {
		p.hand.place = unsafe.Pointer(new(M))
	}
	*(*M)(p.hand.place) = m
	p.full, p.hand.call = true, c
	if c != nil {
		p.expect(c)
	}
	ready := p.wake(byMessage)
	p.Unlock()
	if ready {
		p.ready()
	}
	return true
}

// takeHand takes the message out of the hand. It cannot be refused.
func takeHand[M any](p *Process) M {
	m := takeOwn[M](p)
	p.hand.call = nil
	if p.trails {
		p.forget()
	}
	return m
}

// takeOwn takes the message out of the hand in a loop, which receivedInHand has told.
func takeOwn[M any](p *Process) M {
	place := (*M)(p.hand.place)
	m := *place
	var none M
	*place = none
	p.full = false
	return m
}

// emptyHand makes the message in the hand one of the mailbox. The process calls
// it before it does anything with that.
func (p *Process) emptyHand() {
	if p.full {
		p.keepHand()
	}
}

//go:noinline
func (p *Process) keepHand() {
	place := reflect.NewAt(p.of.Reflect(), p.hand.place).Elem()
	message := place.Interface()
	place.SetZero()
	var entry any = message
	if c := p.hand.call; c != nil {
		c.request.Message = message
		entry = &c.request
	}
	p.full, p.hand.call = false, nil
	p.box.Keep(entry)
}
