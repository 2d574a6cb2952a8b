package main

import "github.com/harkgo/hark/pkg/proc"

// enter asks the court to let a player in, and returns the answer. It survives
// nudges, as persist does: what an interrupted call had asked for is asked for
// again, and the answer to the first one is dropped where it is sent.
//
// A player whose partner crashes meanwhile goes on: it has no partner yet, or is
// told of the next one.
func enter[M, E any](self *proc.Self[M], court proc.Pid[ToCourt], nudges *uint64, request func(proc.ReplyTo[E]) ToCourt) (E, error) {
	for {
		entry, err := proc.Call(self, court, request)
		if err == nil || !shrug(err, nudges) && !partnerCrashed(err) {
			return entry, err
		}
	}
}
