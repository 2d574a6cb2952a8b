package server

import (
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// instance is what one server has of its own. There may be millions.
type instance[S, M any] struct {
	table *table[S, M]
	state S
}

// boot is what a server needs until it is up.
type boot[S, M any] struct {
	init  func(*S, *proc.Self[M]) error
	ready func()
}

// turn is the life of a server between two hibernations.
func (k *kind[S, M]) turn(self *proc.Self[M], in *instance[S, M]) (err error) {
	boot := in.table.boot
	if boot != nil {
		if err := k.begin(self, in, boot); err != nil {
			return ending(err)
		}
	}
	if k.cleanup != nil {
		defer func() {
			// err is nil also in a panic, and when a shutdown unwinds.
			if err != proc.Hibernate && self.ID().Alive() {
				k.cleanup(&in.state, self)
			}
		}()
	}
	if boot != nil {
		if err := k.enter(self, in); err != nil {
			return ending(err)
		}
		boot.ready()
	}
	for {
		t := in.table
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
			return why
		default:
			err = t.interrupted(&in.state, self, why)
		}
		if err != nil {
			if err = k.obey(self, in, err); err != nil {
				return ending(err)
			}
		}
	}
}

// ending is what a server returns that ends with err.
func ending(err error) error {
	if err == Stop {
		return nil
	}
	return err
}

// begin runs the init of a server.
func (k *kind[S, M]) begin(self *proc.Self[M], in *instance[S, M], b *boot[S, M]) error {
	in.table = k.tables[0]
	err := b.init(&in.state, self)
	if to, ok := err.(transition); ok {
		t, err := k.tableOf(Phase(to))
		if err != nil {
			return err
		}
		in.table = t
		return nil
	}
	return err
}

// interrupted handles an interrupt, or the end of the idle time.
func (t *table[S, M]) interrupted(s *S, self *proc.Self[M], why error) error {
	if timeout, ok := why.(proc.TimeoutInterrupt); ok && t.onIdle != nil && timeout.After == t.idle {
		return t.onIdle(s, self)
	}
	for _, f := range t.interrupts {
		if handled, err := f(s, self, why); handled {
			return err
		}
	}
	return why
}

// maxTransitions is how many phases may be entered without a message between them.
const maxTransitions = 1000

// obey does what a handler has returned, if that is to switch; else it returns it.
func (k *kind[S, M]) obey(self *proc.Self[M], in *instance[S, M], err error) error {
	to, ok := err.(transition)
	if !ok {
		return err
	}
	t, err := k.tableOf(Phase(to))
	if err != nil || t == in.table {
		return err
	}
	in.table = t
	return k.enter(self, in)
}

// enter runs what is to be run when a phase has been entered, which may be to enter
// another one.
func (k *kind[S, M]) enter(self *proc.Self[M], in *instance[S, M]) error {
	for range maxTransitions {
		t := in.table
		for _, f := range t.enter {
			err := f(&in.state, self)
			if to, ok := err.(transition); ok {
				if in.table, err = k.tableOf(Phase(to)); err == nil {
					break
				}
			}
			if err != nil {
				return err
			}
		}
		if in.table == t {
			return nil
		}
	}
	return fmt.Errorf("the server has entered %d phases in a row, the latest being %s: each leads to another one", maxTransitions, in.table.phase)
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
