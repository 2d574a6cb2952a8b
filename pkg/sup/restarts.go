package sup

import (
	"cmp"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// restarts decides on the restarts of the children of one supervisor.
type restarts struct {
	window  window
	backoff Backoff
	futile  bool // nothing starts any more: the system stops
}

// newRestarts is for the fields of a description; an intensity of 0 stands for
// the usual one.
func newRestarts(intensity, usual int, period time.Duration, backoff Backoff) restarts {
	return restarts{
		window:  window{limit: max(0, cmp.Or(intensity, usual)), period: cmp.Or(period, 5*time.Second)},
		backoff: backoff,
	}
}

// admit is told that c, which has ended for why or failed to start, is to be
// started again. It returns how long to wait before that. ok is false if c is not
// to be started: the supervisor gives up, and stops already; or it will be
// stopped, too.
func (r *restarts) admit(s *supervisor, c *child, why proc.ShutdownReason) (wait time.Duration, ok bool) {
	if !r.futile && s.systemStops(c, why) {
		r.futile = true
		s.self.Log().Debug().Msg("nothing starts any more, for the system stops: waiting to be stopped, too")
	}
	if r.futile {
		return 0, false
	}
	now := s.now()
	if !r.window.admit(now) {
		tooMany := r.window.exceeded(c, why)
		s.tell(GaveUp, nil, s.self.ID(), tooMany)
		s.stopAll(tooMany)
		return 0, false
	}
	attempt := c.row.next(now, r.window.period)
	wait = r.backoff.wait(attempt, s.self.Rand)
	s.report(Event{Kind: ChildRestarting, ID: c.was, Reason: why, After: wait, Attempt: attempt}, c)
	return wait, true
}

// exceeded is the error of a restart that was not admitted.
func (w *window) exceeded(c *child, why proc.ShutdownReason) TooManyRestarts {
	return TooManyRestarts{Child: c.ID, Restarts: w.len, Period: w.period, Reason: why}
}

// isRestarted reports whether c, which has ended, is to be started again.
func (c *child) isRestarted() bool {
	return c.Restart == Permanent || c.Restart == Transient && crashed(c.last)
}
