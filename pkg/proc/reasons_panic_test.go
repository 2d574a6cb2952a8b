package proc_test

import (
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// hostileError is an error whose every method panics.
type hostileError struct{ _ []int }

func (hostileError) Error() string { panic("no text") }
func (hostileError) Unwrap() error { panic("no cause") }

// errorPrograms are processes that end with a reason which panics when it is
// asked. They run in a program of their own: they might end it.
var errorPrograms = map[string]func(self *proc.Self[string]) error{
	"returns a nil PathError":  func(*proc.Self[string]) error { var e *fs.PathError; return e },
	"returns a nil reason":     func(*proc.Self[string]) error { var e *proc.ExitUnhandledError; return e },
	"returns a hostile error":  func(*proc.Self[string]) error { return hostileError{} },
	"panics with one":          func(*proc.Self[string]) error { panic(hostileError{}) },
	"returns an empty wrapper": func(*proc.Self[string]) error { return struct{ proc.ShutdownReason }{} },
	"is shut down with a nil reason": func(self *proc.Self[string]) error {
		self.ID().Shutdown((*proc.ExitKilled)(nil))
		return self.Yield()
	},
	"is interrupted by a nil one": func(self *proc.Self[string]) error {
		self.ID().Interrupt((*proc.InterruptedBy)(nil))
		return self.Yield()
	},
}

func init() {
	for name, body := range errorPrograms {
		mainPrograms[name] = func() {
			proc.Main(func(self *proc.Self[string]) error {
				_, ref := proc.SpawnMonitor(self, body)
				_, err := proc.Receive(self, proc.SelectDown(ref))
				mainSay(fmt.Sprint("still here ", err))
				return err
			})
		}
	}
}

// Whatever a process ends with ends only that process (I6, F14).
func TestF14_ReasonsThatPanic(t *testing.T) {
	for name := range errorPrograms {
		t.Run(name, func(t *testing.T) {
			said, output, status := mainRun(t, name, nil)
			require.Contains(t, said, "still here <nil>", "%s", output)
			require.Zero(t, status)
		})
	}
}
