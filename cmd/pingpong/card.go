package main

import "time"

// A card is what a player knows of the game so far. A restarted player begins
// afresh, so it is the only thing that has to survive the player, so it is what the player leaves behind: a
// deferred function sends it to the court, whatever the player ends with. A
// monitor's ProcessDown comes after all that the dead process has sent, so the
// court has read the card before it learns of the death.
//
// (Kill is no part of the game for that reason: it tells of the death at once
// and does not wait for deferred functions.)

// PingerCard is kept by the player who serves.
type PingerCard struct {
	Until    uint64 // play until that many balls have been returned
	Served   uint64 // the number of the last ball served
	Returned uint64 // the number of the last ball that came back
	Lets     uint64 // how often a ball had to be served again
	Nudges   uint64 // interrupts survived
	Faults   uint64 // balls that came back and should not have
	Samples  []time.Duration
}

// PongerCard is kept by the player who strikes back. It counts on its own: that
// its number is the same as the pinger's is the proof, not an assumption.
type PongerCard struct {
	Struck uint64 // the number of the last ball struck back
	Again  uint64 // balls that had been struck back once before
	Nudges uint64 // interrupts survived
	Faults uint64 // balls out of order or damaged
}
