package sup

import (
	"math"
	"time"
)

// Strategy says whom else the restart of one child concerns.
type Strategy int

const (
	OneForOne  Strategy = iota // nobody
	OneForAll                  // all others
	RestForOne                 // those that were started after it
)

// Restart says after which ends a child is started again.
type Restart int

const (
	Permanent Restart = iota // always
	Transient                // after a crash
	Temporary                // never
)

// AutoShutdown says whether the end of significant children is the
// supervisor's own.
type AutoShutdown int

const (
	Never          AutoShutdown = iota
	AnySignificant              // when one of them has ended for good
	AllSignificant              // when none of them is left
)

// Unlimited, as an Intensity, allows any number of restarts: the supervisor never
// gives up. Then it should have a [Backoff], or a child that crashes as soon as it is
// started is started again without a pause.
const Unlimited = math.MaxInt

// Spec describes a supervisor. Its zero values are: OneForOne, 3 restarts in 5 s,
// at once.
type Spec struct {
	Strategy     Strategy
	Intensity    int           // restarts allowed within Period; 0 means 3, a negative value allows no restart, Unlimited any number
	Period       time.Duration // 0 means 5 s
	Backoff      Backoff
	AutoShutdown AutoShutdown
	Children     []Child

	// Observe sees the events of this supervisor and of those below it, in
	// order for each of them. It runs in the supervisor that the event is
	// about, so several may call it at the same time. It must not block, nor call
	// runtime.Goexit (as FailNow of a test does), which would end the supervisor; a
	// panic in it is logged and changes nothing.
	Observe func(Event)
}
