package server

import (
	"context"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/harkgo/hark/pkg/proc"
)

// instance is what one server has of its own. There may be millions.
type instance[S, M any] struct {
	at    unsafe.Pointer // a *table[S, M]; set by the server, and looked at by others
	state S
}

func (in *instance[S, M]) table() *table[S, M]     { return (*table[S, M])(atomic.LoadPointer(&in.at)) }
func (in *instance[S, M]) setTable(t *table[S, M]) { atomic.StorePointer(&in.at, unsafe.Pointer(t)) }

// phase is what Info tells of a server.
func (in *instance[S, M]) phase() string { return string(in.table().phase) }

// boot is what a server needs until it is up.
type boot[S, M any] struct {
	init  func(*S, *proc.Self[M]) error
	ready func()
	enter func(ready func()) error // what has made it
}

// passOn returns err, with which a server ends that is not up. If its process goes on
// as another server, whoever waits is told when that is up; as another loop, it is up.
func (b *boot[S, M]) passOn(err error) error {
	state, enters := proc.Entered(err)
	if next, ok := state.(interface{ announcing(also func()) error }); ok {
		return next.announcing(b.ready)
	}
	if enters {
		b.ready()
	}
	return err
}

// announcing is the Enter of a server that is to begin with in, and calls also when it
// is up.
func (in *instance[S, M]) announcing(also func()) error {
	b := in.table().boot
	return b.enter(func() {
		b.ready()
		also()
	})
}

// turn is the life of a server between two hibernations.
func (k *kind[S, M]) turn(self *proc.Self[M], in *instance[S, M]) (err error) {
	boot := in.table().boot
	if boot != nil {
		if err := k.begin(self, in, boot); err != nil {
			return ending(boot.passOn(err))
		}
	}
	hibernates := false
	if k.cleanup != nil {
		defer func() {
			if !hibernates && !killed(self) {
				k.cleanup(&in.state, self)
			}
		}()
	}
	if boot != nil {
		if err := k.obey(self, in, in.table().entered(&in.state, self)); err != nil {
			return ending(boot.passOn(err))
		}
		boot.ready()
	}
	for {
		t := in.table()
		which, message, why := self.ReceiveCase(t.idle, &t.cases, t.own)
		switch {
		case why == nil:
			h := t.handlers[which]
			if m, ok := self.Own(); ok {
				err = h.own(&in.state, self, m)
			} else {
				err = h.handle(&in.state, self, message)
			}
		case why == proc.Hibernate:
			hibernates = true
			return why
		case why == context.DeadlineExceeded:
			err = t.onIdle(&in.state, self)
		default:
			if err = t.interrupted(&in.state, self, why); isInterrupt(err) {
				return err
			}
		}
		if err != nil {
			if err = k.obey(self, in, err); err != nil {
				return ending(err)
			}
		}
	}
}

// begin runs the init of a server.
func (k *kind[S, M]) begin(self *proc.Self[M], in *instance[S, M], b *boot[S, M]) error {
	in.setTable(k.tables[0])
	err := b.init(&in.state, self)
	if to, ok := err.(transition); ok {
		var t *table[S, M]
		if t, err = k.tableOf(Phase(to)); err == nil {
			in.setTable(t)
		}
	}
	return err
}

// ending is what a server returns that ends with err.
func ending(err error) error {
	switch err {
	case Stop:
		return nil
	case proc.Hibernate: // which is not for handlers to say
		return fmt.Errorf("a handler of a server has returned: %w", err)
	}
	return err
}

// killed reports whether the server ends by a kill, which may still be at it.
func killed(self proc.Receiver) bool {
	return !self.ID().Alive() || proc.Killed(self)
}

// maxTransitions is how many phases may be entered without a message between them.
const maxTransitions = 1000

// obey does what err says, which a clause has returned, until that is nothing more,
// or the end of the server, which it returns.
func (k *kind[S, M]) obey(self *proc.Self[M], in *instance[S, M], err error) error {
	for range maxTransitions {
		switch e := err.(type) {
		case nil:
			return nil
		case transition:
			t, unknown := k.tableOf(Phase(e))
			if unknown != nil {
				return unknown
			}
			if t == in.table() {
				return nil
			}
			in.setTable(t)
			err = t.entered(&in.state, self)
		default:
			if err = in.table().fate(&in.state, self, err); ends(err) {
				return err
			}
		}
	}
	return fmt.Errorf("the server has entered %d phases in a row, the latest being %q: each leads to another one",
		maxTransitions, in.phase())
}

// entered runs what is to be run when the phase of t has been entered.
func (t *table[S, M]) entered(s *S, self *proc.Self[M]) error {
	for _, f := range t.enter {
		if err := f(s, self, t.phase); err != nil && err != transition(t.phase) {
			return err
		}
	}
	return nil
}

// interrupted returns what the handler of an interrupt returns, or the interrupt if
// there is none.
func (t *table[S, M]) interrupted(s *S, self *proc.Self[M], why error) error {
	for _, h := range t.interrupts {
		if handled, err := h.handle(s, self, why); handled {
			return err
		}
	}
	return why
}

// cutOff is the error of a handler that was interrupted while it had a request to
// answer.
type cutOff struct {
	why  error
	fail func(error)
}

func (c cutOff) Error() string { return c.why.Error() }

// fate is that of a server whose clause has returned err. If that is an interrupt,
// it is as if it had come between two messages.
func (t *table[S, M]) fate(s *S, self *proc.Self[M], err error) error {
	c, answers := err.(cutOff)
	if answers {
		err = c.why
	}
	if !isInterrupt(err) {
		return err
	}
	why := err
	err = t.interrupted(s, self, why)
	if answers && goesOn(err) {
		c.fail(why)
	}
	return err
}

func (k *kind[S, M]) tableOf(phase Phase) (*table[S, M], error) {
	for _, t := range k.tables {
		if t.phase == phase {
			return t, nil
		}
	}
	e := UnknownPhase{Phase: phase}
	for _, t := range k.tables {
		if t.phase != "" {
			e.Known = append(e.Known, t.phase)
		}
	}
	return nil, e
}
