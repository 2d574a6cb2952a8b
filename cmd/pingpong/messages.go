package main

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// A process takes the messages of one type. Where it takes several kinds, that
// type is an interface with a method of its own, so that the compiler refuses
// to send it anything else.
type (
	// ToGame is what the game takes: the process that is the program.
	ToGame interface{ toGame() }
	// ToCourt is what a court takes: the referee of one pair.
	ToCourt interface{ toCourt() }
	// ToPinger is what the player takes who serves.
	ToPinger interface{ toPinger() }
	// ToPonger is what the player takes who strikes back.
	ToPonger interface{ toPonger() }
	// ToGremlin is what the maker of chaos takes.
	ToGremlin interface{ toGremlin() }
)

// Ball flies to and fro. The ball itself is handed over, not a copy (a pointer
// costs no allocation to send): who has sent it does not touch it any more.
type Ball struct {
	Number  uint64
	Payload []byte
	Home    proc.Pid[ToPinger] // where to strike it back to
}

// Play asks for the game to go on until that many balls have been returned. It
// is absolute, not "so many more": asking twice is asking once.
type Play struct{ Until uint64 }

// Played tells that the balls asked for have been returned.
type Played struct{ Samples []time.Duration }

// Partner introduces the one who plays instead of a player that is gone.
type Partner struct{ Ponger proc.Pid[ToPonger] }

// EnterPinger and EnterPonger ask a court to let a player in. The answer is what
// the one before has left.
type (
	EnterPinger struct {
		Pinger proc.Pid[ToPinger]
		Reply  proc.ReplyTo[PingerEntry]
	}
	EnterPonger struct {
		Ponger proc.Pid[ToPonger]
		Reply  proc.ReplyTo[PongerCard]
	}
)

// PingerEntry is the answer to EnterPinger. Partner is zero if there is none yet.
type PingerEntry struct {
	Card    PingerCard
	Partner proc.Pid[ToPonger]
}

// Who asks a court who plays there just now.
type Who struct{ Reply proc.ReplyTo[Players] }

// Players is the answer to Who.
type Players struct{ Pinger, Ponger proc.ID }

// Heckle is a message that nobody waits for: the backlog is made of them.
type Heckle struct{ Text string }

// Enough asks the gremlin to stop, then to send its Mischief.
type Enough struct{}

// Caught is a ball that came home while memory is measured.
type Caught struct{}

func (Play) toCourt()        {}
func (Play) toPinger()       {}
func (Played) toGame()       {}
func (Partner) toPinger()    {}
func (EnterPinger) toCourt() {}
func (EnterPonger) toCourt() {}
func (Who) toCourt()         {}
func (Heckle) toPinger()     {}
func (Heckle) toPonger()     {}
func (Enough) toGremlin()    {}
func (Caught) toGame()       {}
func (*Ball) toPinger()      {}
func (*Ball) toPonger()      {}
func (PingerCard) toCourt()  {}
func (PongerCard) toCourt()  {}
func (Score) toGame()        {}
func (Mischief) toGame()     {}
