package bench

import (
	"errors"
	"fmt"
	"runtime/debug"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

// Respawn is a process that is spawned with a monitor, ends at once, and is
// spawned again when its end has been seen: normally, by an error, and by a
// panic. The rival is a goroutine that recovers and says so on a channel; the
// one with a stack keeps the stack of a panic, as Hark does.
func Respawn() []Comparison {
	return []Comparison{
		{
			Name: "Respawn/normal",
			Sides: []Side{
				{"hark", respawnHark(endNormally)},
				{"channels", respawnChannels(endNormally, false)},
			},
		},
		{
			Name: "Respawn/error",
			Sides: []Side{
				{"hark", respawnHark(endByError)},
				{"channels", respawnChannels(endByError, false)},
			},
		},
		{
			Name: "Respawn/panic",
			Sides: []Side{
				{"hark", respawnHark(endByPanic)},
				{"channels", respawnChannels(endByPanic, false)},
				{"channels-stack", respawnChannels(endByPanic, true)},
			},
		},
	}
}

var errCrash = errors.New("crash")

func endNormally() error { return nil }
func endByError() error  { return errCrash }
func endByPanic() error  { panic(errCrash) }

func respawnHark(ending func() error) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		inProcess(b, func(self *proc.Self[any]) error {
			begin(b)
			for range b.N {
				pid, ref := proc.SpawnMonitor(self, func(*proc.Self[any]) error { return ending() })
				down, err := proc.Receive(self, proc.SelectDown(ref))
				if err != nil {
					return err
				}
				if down.ID != pid.ID {
					return fmt.Errorf("the end of %v came for that of %v", down.ID, pid.ID)
				}
			}
			return nil
		})
	}
}

func respawnChannels(ending func() error, stack bool) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		inGoroutine(func() {
			begin(b)
			for range b.N {
				end := make(chan error, 1)
				go func() {
					end <- recovered(ending, stack)
				}()
				<-end
			}
		})
	}
}

// recovered is what f returns, or an error with the value of its panic.
func recovered(f func() error, stack bool) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if stack {
				err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			} else {
				err = fmt.Errorf("panic: %v", v)
			}
		}
	}()
	return f()
}
