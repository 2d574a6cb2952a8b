//go:build unix

package bench

import (
	"syscall"
	"time"
)

// processorTime is how long all processors together have been at work for this
// program.
func processorTime() (d time.Duration, known bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
