package proc

import (
	"time"
	"unsafe"
)

// ProcessSize is what a process takes by itself. It depends on how it parks.
const ProcessSize = unsafe.Sizeof(Process{})

// SetWarm sets how many processes of s stay warm at most, and how long. It comes
// before the first of them.
func SetWarm(s *System, most int, long time.Duration) {
	s.warm.max, s.warm.time = most, long
}

// Warm is how many processes of s are warm, and whether they are swept from time to
// time.
func Warm(s *System) (n int, swept bool) {
	s.warm.mu.Lock()
	defer s.warm.mu.Unlock()
	return s.warm.list.Len(), s.warm.armed
}

// Rests reports whether a process waits without a goroutine.
func Rests(id ID) bool {
	p := id.process()
	p.Lock()
	defer p.Unlock()
	return p.parked && p.resting
}

// LateEvent tells a process that what it does not wait for any more has come.
func LateEvent(id ID) { (&joiner{thread: &id.process().thread}).tell() }
