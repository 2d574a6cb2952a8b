package server

import (
	"context"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// passOn returns err, with which a server ends that is not up. If its process goes on
// as another server, whoever waits is told when that is up; as another loop, it is up.
func (b *beside[S, M]) passOn(err error) error {
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
	b := in.place().beside
	return b.enter(func() {
		b.ready()
		also()
	})
}

// turn is the life of a server between two hibernations.
func (k *kind[S, M]) turn(self *proc.Self[M], in *instance[S, M]) (err error) {
	boot := in.place().beside
	if boot != nil {
		if err := k.begin(self, in, boot); err != nil {
			return ending(boot.passOn(err))
		}
	}
	var (
		hibernates bool
		message    any  // which is being handled,
		handling   bool // if there is one;
		own        bool // or an M that is no message
	)
	defer func() {
		if hibernates {
			return
		}
		if handling {
			in.was(message, own)
		}
		if k.cleanup != nil && !killed(self) {
			k.cleanup(&in.state, self)
		}
	}()
	if boot != nil {
		if err := k.obey(self, in, k.enter(self, in, in.table())); err != nil {
			return ending(boot.passOn(err))
		}
		boot.ready()
	}
	for {
		t := in.table()
		message, handling = nil, false
		var which int
		var why error
		which, message, why = self.ReceiveCase(t.idle, &t.cases, t.own)
		switch {
		case why == nil:
			h := t.handlers[which]
			handling = true
			var m M
			if m, own = self.Own(); own {
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
				err = ending(err)
				handling = handling && err != nil
				return err
			}
		}
	}
}

// begin runs the init of a server.
func (k *kind[S, M]) begin(self *proc.Self[M], in *instance[S, M], b *beside[S, M]) error {
	err := b.init(&in.state, self)
	if to, ok := err.(transition); ok {
		var t *table[S, M]
		if t, err = k.tableOf(Phase(to)); err == nil {
			in.setPlace(&place[S, M]{table: t, beside: b})
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
			err = k.enter(self, in, t)
		default:
			if err = in.table().fate(&in.state, self, err); ends(err) {
				return err
			}
		}
	}
	return fmt.Errorf("the server has entered %d phases in a row, the latest being %q: each leads to another one",
		maxTransitions, in.phase())
}

// enter has a server enter the phase of t.
func (k *kind[S, M]) enter(self *proc.Self[M], in *instance[S, M], t *table[S, M]) error {
	in.move(self, t)
	for _, f := range t.enter {
		if err := f(&in.state, self, t.phase); err != nil && err != transition(t.phase) {
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
