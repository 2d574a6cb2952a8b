package sup

import (
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// PoolSpec describes a [Pool]. Each child runs Body, or BodyReady, with its key
// and the argument that it was spawned with, afresh at each start. It is titled
// by the text of its key, unless Options say otherwise.
//
// A restart past Intensity is the end of the whole pool, as with a [Spec]. PerKey
// limits the restarts of each key before that: a key past it is given up
// (ChildGivenUp) and can be spawned again, which starts it anew. What PerKey
// refuses does not count towards Intensity. Back-offs are each child's own.
//
// All children are asked to end at the same time when the pool ends, and have the
// times of Stop together.
type PoolSpec[K comparable, A, M any] struct {
	Body      func(self *proc.Self[M], key K, arg A) error
	BodyReady func(self *proc.Self[M], key K, arg A, ready func()) error // instead of Body: as in WorkerReady
	Within    time.Duration                                              // for BodyReady to call ready; 0 means no limit

	// Options may be nil. It is asked by each Spawn, in who calls that; what it
	// returns is for all lives of the child. A panic in it fails the Spawn.
	Options func(key K, arg A) []proc.SpawnOption

	Restart   Restart
	Stop      Stop
	Intensity int // of the whole pool; 0 means 3, or Unlimited if PerKey is set; a negative value allows no restart
	PerKey    int // restarts allowed of one key within Period; past it that key is given up and free, the pool goes on; 0 means no such limit
	Period    time.Duration
	Backoff   Backoff
	Observe   func(Event) // as in Spec
}

// check checks the description of the pool at path.
func (s PoolSpec[K, A, M]) check(path string) error {
	problem := func(field, format string, args ...any) error {
		return InvalidSpec{Child: path, Field: field, Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case s.Body == nil && s.BodyReady == nil:
		return problem("Body", "there is nothing to run: set Body or BodyReady")
	case s.Body != nil && s.BodyReady != nil:
		return problem("BodyReady", "there is a Body as well: set one of them")
	case s.Within < 0:
		return problem("Within", "must not be negative, and is %v", s.Within)
	case s.Restart < Permanent || s.Restart > Temporary:
		return problem("Restart", "there is no kind of restart %d", int(s.Restart))
	case s.PerKey < 0:
		return problem("PerKey", "must not be negative, and is %d", s.PerKey)
	case s.Period < 0:
		return problem("Period", "must not be negative, and is %v", s.Period)
	}
	if field, why := s.Backoff.check(); why != "" {
		return problem("Backoff."+field, "%s", why)
	}
	return nil
}

// usualIntensity is what an Intensity of 0 means.
func (s PoolSpec[K, A, M]) usualIntensity() int {
	if s.PerKey > 0 {
		return Unlimited
	}
	return 3
}
