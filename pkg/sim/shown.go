package sim

import (
	"fmt"
	"time"

	"github.com/harkgo/hark/internal/literal"
	"github.com/harkgo/hark/internal/seam"
)

// What events tell beyond what tells two runs apart, for a reader. It costs more than a
// step, so only a run that is taken for a report has it (see report.tell).

// shown is what is in something that is sent, "" if nobody reads it. What is not sealed, as
// somebody has sent it to itself, is not looked into by any other run: a goroutine that the
// simulator has not started may be at work on it.
func (s *scheduler) shown(f *flight) string {
	if !s.showing {
		return ""
	}
	own := f.seal == nil && (f.kind == seam.Message || f.kind == seam.Reply || f.kind == seam.Tick)
	if own && f.what != nil && literal.Look(typeOf(f.what)).Changeable {
		return ""
	}
	return literal.Of(f.what, s.shared)
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
