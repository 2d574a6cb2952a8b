package main

import (
	"sync/atomic"

	"github.com/harkgo/hark/pkg/proc"
)

// lostBalls counts the balls that end as dead letters: those on their way to a
// player that died. It is a witness from outside the game: each of them must
// have been served again, and nothing else may have been.
type lostBalls struct{ n atomic.Uint64 }

// observe is called by whoever sends to a dead process, or dies with messages
// left: at any time, by several at once.
func (l *lostBalls) observe(letter proc.DeadLetter) {
	if _, ok := letter.Message.(*Ball); ok {
		l.n.Add(1)
	}
}
