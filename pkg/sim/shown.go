package sim

import (
	"fmt"
	"time"
)

// What events tell beyond what tells two runs apart, for a reader. It costs more than a
// step, so only a run that is taken for a report has it (see report.tell).

// shown is what is in a message, "" if nobody reads it.
func (s *scheduler) shown(message any) string {
	if !s.showing {
		return ""
	}
	return literalOf(message, s.shared)
}

// shownWait is what t waits for, if somebody reads it.
func (s *scheduler) shownWait(t *thread) string {
	if !s.showing {
		return ""
	}
	return s.waits(t)
}

// shownTimer is what there is to say of a timer that fires, before it is known what comes
// of it.
func (s *scheduler) shownTimer(t *timer) string {
	switch {
	case !s.showing:
		return ""
	case t.wakes != nil:
		return endOfWait(t.wakes.why, t.after)
	}
	return fmt.Sprintf("its timer of %v fires", t.after)
}

// endOfWait says that somebody has waited for something as long as it may.
func endOfWait(what string, d time.Duration) string {
	switch what {
	case sleeps:
		return fmt.Sprintf("has slept for %v", d)
	case "", waits: // it is not known for what
		return fmt.Sprintf("has waited for %v", d)
	}
	return fmt.Sprintf("its limit of %v is over: %s", d, what)
}

// What is said of who waits for the time only, and for what is not known.
const (
	sleeps = "sleeps"
	waits  = "waits"
)
