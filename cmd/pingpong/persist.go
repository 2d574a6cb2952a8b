package main

import (
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Nudge and Trip are what the gremlin interrupts players with. A player shrugs
// off the first; the second makes it panic.
type (
	Nudge struct{}
	Trip  struct{}
)

// persist is Receive for players: it survives nudges and waits on. Nothing is
// lost by that: a receive that was interrupted has taken no message.
//
// Any other interrupt is the caller's to handle, as it is with the crash of the
// partner, or to return: first of all the request to end normally, with which a
// supervisor sends its players home.
func persist[T any](p proc.Receiver, nudges *uint64, wanted sel.MessageSelector[T]) (T, error) {
	for {
		got, err := proc.Receive(p, wanted)
		if err == nil || !shrug(err, nudges) {
			return got, err
		}
	}
}

// shrug tells whether err is a nudge, and counts it. A trip makes it panic.
func shrug(err error, nudges *uint64) bool {
	by, _ := err.(proc.InterruptedBy) // what came, not what it may wrap
	switch by.Value.(type) {
	case Nudge:
		*nudges++
		return true
	case Trip:
		panic("tripped over the net")
	}
	return false
}

// partnerCrashed tells whether err is the interrupt of the link between the two
// players.
func partnerCrashed(err error) bool {
	_, crashed := err.(proc.LinkedProcessCrashed)
	return crashed
}
