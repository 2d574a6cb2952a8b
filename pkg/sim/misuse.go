package sim

import "fmt"

// misuse is a call of this package that makes no sense, whatever the schedule: the
// arguments are wrong, or it does not go together with another one. Such a call panics
// with it, or fails the run, whose report is that one line.
type misuse struct{ at, what string }

func (m misuse) Error() string { return "sim: " + m.what + " (at " + m.at + ")" }

func misused(format string, args ...any) misuse {
	return misuse{placeHere(), fmt.Sprintf(format, args...)}
}

// refuse fails the run for a call that is misuse. It ends at the next step: who calls may
// be a function that must not block, such as a hook for dead letters.
func (s *scheduler) refuse(m misuse) { s.fail(failureUsage, "%s: %s", m.at, m.what) }
