package proc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// A process can be sent to as soon as Spawn has returned. Its type parameter is
// what its Pid accepts.
func ExampleSpawn() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		greeter := proc.Spawn(self, func(g *proc.Self[string]) error {
			name, err := g.Receive()
			if err != nil {
				return err
			}
			fmt.Println("hello,", name)
			return nil // ends normally
		})
		greeter.Send("Joe")
		// greeter.Send(42) does not compile.
		_, err := proc.Join(self, greeter.ID)
		return err
	})
	// Output: hello, Joe
}

// What the body returns is the reason that the process ends with.
func ExampleSpawn_reasons() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		for _, body := range []func(*proc.Self[string]) error{
			func(*proc.Self[string]) error { return nil },
			func(*proc.Self[string]) error { return errors.New("disk full") },
			func(*proc.Self[string]) error { panic("index out of cheese") },
			func(*proc.Self[string]) error { return proc.ExitNormallyWith{Detail: "nothing to do"} },
		} {
			pid := proc.Spawn(self, body)
			reason, err := proc.Join(self, pid.ID)
			if err != nil {
				return err
			}
			fmt.Printf("%T, a %v: %v\n", reason, reason.Severity(), reason)
		}
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output:
	// proc.ExitNormally, a success: ended normally
	// proc.ExitUnhandledError, a crash: unhandled error: disk full
	// proc.ExitPanic, a crash: panic: index out of cheese
	// proc.ExitNormallyWith, a success: ended normally: nothing to do
}

// The crash of a linked process comes as an interrupt. Whoever returns it ends
// with it; the first cause is not lost.
func ExampleSpawnLink() {
	errDisk := errors.New("disk full")
	err := proc.Run(context.Background(), func(self *proc.Self[string]) error {
		proc.SpawnLink(self, func(*proc.Self[string]) error { return errDisk })
		_, err := self.Receive() // nobody sends; the interrupt ends it
		return err
	}, proc.WithLogger(zerolog.Nop()))
	fmt.Println(errors.Is(err, errDisk))
	// Output: true
}

// The end of a monitored process, whatever kind it is, comes as a message.
func ExampleSpawnMonitor() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		worker, ref := proc.SpawnMonitor(self, func(*proc.Self[string]) error {
			return errors.New("out of paper")
		})
		down, err := proc.Receive(self, proc.SelectDown(ref))
		if err != nil {
			return err
		}
		fmt.Println(down.ID == worker.ID, down.Reason)
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output: true unhandled error: out of paper
}

// A title is for people: logs and observers show it.
func ExampleTitled() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, func(p *proc.Self[string]) error {
			_, err := p.Receive()
			return err
		}, proc.Titled("db/pool"))
		info, alive := pid.Info()
		fmt.Println(info.Title, alive)
		return nil
	})
	// Output: db/pool true
}

// The name is taken from the moment of the spawn on. A second process under it
// does not start: it is dead already, and its reason names the holder.
func ExampleRegistered() {
	printer := proc.NewName[string]("printer")
	idle := func(p *proc.Self[string]) error {
		_, err := p.Receive()
		return err
	}
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		first := proc.Spawn(self, idle, proc.Registered(printer))
		second := proc.Spawn(self, idle, proc.Registered(printer))

		fmt.Println(first.Alive(), second.Alive())
		if taken, ok := errors.AsType[proc.NameTaken](second.Reason()); ok {
			fmt.Println(taken.Name, taken.Holder == first.ID)
		}
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output:
	// true false
	// printer true
}
