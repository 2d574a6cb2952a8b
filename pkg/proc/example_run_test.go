package proc_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
)

// Run returns why main ended, nil if that was normal. When main has ended,
// everything else is shut down.
func ExampleRun() {
	err := proc.Run(context.Background(), func(self *proc.Self[string]) error {
		proc.Spawn(self, func(p *proc.Self[string]) error {
			defer fmt.Println("the other one ends, too")
			_, err := p.Receive()
			return err
		})
		return errors.New("no configuration")
	}, proc.WithLogger(zerolog.Nop()))
	fmt.Println(err)
	// Output:
	// the other one ends, too
	// unhandled error: no configuration
}

// The end of the context stops the system, which is a success.
func ExampleRun_context() {
	ctx, cancel := context.WithCancel(context.Background())
	err := proc.Run(ctx, func(self *proc.Self[string]) error {
		cancel()
		_, err := self.Receive()
		return err // never: the shutdown unwinds
	})
	fmt.Println(err)
	// Output: <nil>
}

// A whole program: signals ask main to finish its work, and whatever it spawned
// is shut down after it.
func ExampleMain() {
	proc.Main(func(self *proc.Self[string]) error {
		for job, err := range self.Messages() {
			if err != nil {
				return err // NormalExitRequested after the first SIGINT or SIGTERM
			}
			self.Log().Info().Str("job", job).Msg("working")
		}
		return nil
	}, proc.WithStopTimeout(5*time.Second))
}

// A system without a main process, for programs that have other things to run.
func ExampleNewSystem() {
	system := proc.NewSystem(proc.WithCallTimeout(time.Second))
	pid := proc.Spawn(system, func(p *proc.Self[string]) error {
		defer fmt.Println("unwound")
		_, err := p.Receive()
		return err
	})
	fmt.Println(pid.Alive())
	fmt.Println(system.Stop(context.Background()))
	fmt.Println(pid.Reason())
	// Output:
	// true
	// unwound
	// <nil>
	// ended normally: the system stops
}

// Stop is bounded, whatever a process does. It names those that are stuck.
func ExampleStopError() {
	began, never := make(chan struct{}), make(chan struct{})
	defer close(never)
	err := proc.Run(context.Background(), func(self *proc.Self[string]) error {
		proc.Spawn(self, func(*proc.Self[string]) error {
			close(began)
			<-never // no operation of a process
			return nil
		}, proc.Titled("stuck"))
		<-began
		return nil
	}, proc.WithStopTimeout(time.Millisecond), proc.WithLogger(zerolog.Nop()))

	if stop, ok := errors.AsType[proc.StopError](err); ok {
		for _, info := range stop.Stuck {
			fmt.Println(info.ID, info.Title, len(info.Stack) > 0)
		}
	}
	// Output: !2 stuck true
}

// Join waits for the end of a process, here from outside.
func ExampleJoin() {
	system := proc.NewSystem()
	pid := proc.Spawn(system, func(p *proc.Self[string]) error { return p.Sleep(time.Millisecond) })
	reason, err := proc.Join(context.Background(), pid.ID)
	fmt.Println(reason, err)
	_ = system.Stop(context.Background())
	// Output: ended normally <nil>
}

// Log is the system's logger with the pid and the title of the process. Levels
// go by title.
func ExampleWithLogLevels() {
	var lines log.Capture
	levels, err := log.ParseLevels("info,noisy=warn")
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		for _, title := range []string{"noisy", "worker"} {
			pid := proc.Spawn(self, func(p *proc.Self[string]) error {
				p.Log().Info().Msg("at work")
				return nil
			}, proc.Titled(title))
			<-pid.Done()
		}
		return nil
	}, proc.WithLogger(zerolog.New(&lines)), proc.WithLogLevels(levels))
	for _, line := range lines.Find("message", "at work") {
		fmt.Println(line.Pid, line.Title, line.Message)
	}
	// Output: !3 worker at work
}

// What a process is doing, as seen from outside.
func ExampleID_Info() {
	_ = proc.Run(context.Background(), func(self *proc.Self[any]) error {
		self.SetDetails("counting mail")
		self.Pid().Send("a letter")
		self.Pid().Send(2)
		self.Pid().Send("a card")
		info, alive := self.ID().Info()
		fmt.Println(info.ID, info.Title, info.State, alive)
		fmt.Println(info.Details, info.Mailbox, info.ByType)
		self.Flush()
		return nil
	})
	// Output:
	// !1 main busy true
	// counting mail 3 map[int:1 string:2]
}

// The live processes of a system.
func ExampleSystem_Processes() {
	system := proc.NewSystem()
	for _, title := range []string{"a", "b"} {
		proc.Spawn(system, func(p *proc.Self[string]) error {
			_, err := p.Receive()
			return err
		}, proc.Titled(title))
	}
	for info := range system.Processes() {
		fmt.Println(info.ID, info.Title)
	}
	_ = system.Stop(context.Background())
	// Unordered output:
	// !1 a
	// !2 b
}
