package proc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A name is usually a package-level variable: it is only a text and a type.
var clerkName = proc.NewName[string]("clerk")

// clerk receives one message, says so, and ends.
func clerk(self *proc.Self[string]) error {
	text, err := self.Receive()
	if err != nil {
		return err
	}
	fmt.Printf("%v has read %q\n", self.ID(), text)
	return nil
}

// A Named pid finds whoever has the name at each use, so that it stays good when
// another process takes over.
func ExampleNamed() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		desk := proc.Named(self, clerkName)
		for _, text := range []string{"the first letter", "the second letter"} {
			pid := proc.Spawn(self, clerk, proc.Registered(clerkName))
			desk.Send(text)
			if _, err := proc.Join(self, pid.ID); err != nil {
				return err
			}
		}
		fmt.Println(desk.TrySend("is anybody there?"))
		return nil
	})
	// Output:
	// !2 has read "the first letter"
	// !3 has read "the second letter"
	// process named clerk is not running: no such process
}

// A name that is in use is an error that says by whom.
func ExampleRegister() {
	idle := func(p *proc.Self[string]) error {
		_, err := p.Receive()
		return err
	}
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		a, b := proc.Spawn(self, idle), proc.Spawn(self, idle)
		fmt.Println(proc.Register(self, clerkName, a))
		err := proc.Register(self, clerkName, b)
		fmt.Println(err)
		if taken, ok := errors.AsType[proc.NameTaken](err); ok {
			fmt.Println(taken.Holder == a.ID)
		}
		proc.Unregister(self, clerkName)
		fmt.Println(proc.Register(self, clerkName, b))
		return nil
	})
	// Output:
	// <nil>
	// the name clerk is taken by process !2
	// true
	// <nil>
}

// Whereis is one look: the pid is that of one life of one process.
func ExampleWhereis() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		_, found := proc.Whereis(self, clerkName)
		fmt.Println(found)
		pid := proc.Spawn(self, clerk, proc.Registered(clerkName))
		there, found := proc.Whereis(self, clerkName)
		fmt.Println(found, there.ID == pid.ID)
		return nil
	})
	// Output:
	// false
	// true true
}

// Via asks a registry of the program's own. It may be asked at any time, from
// any goroutine: it needs a lock, if its answer changes.
func ExampleVia() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pids := []proc.Pid[string]{proc.Spawn(self, clerk), proc.Spawn(self, clerk)}
		anyClerk := proc.Via(self, func() (proc.Pid[string], bool) {
			for _, pid := range pids {
				if pid.Alive() {
					return pid, true
				}
			}
			return proc.Pid[string]{}, false
		})
		for _, text := range []string{"one", "two"} {
			found := self.Monitor(anyClerk.ID) // of the process that is found now
			anyClerk.Send(text)
			if _, err := proc.Receive(self, proc.SelectDown(found)); err != nil {
				return err
			}
		}
		fmt.Println(anyClerk.Alive())
		return nil
	})
	// Output:
	// !2 has read "one"
	// !3 has read "two"
	// false
}

// PidOf gets from an id, as a ProcessDown or an Info has it, to a Pid, if the
// process was spawned for that type of messages.
func ExamplePidOf() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		id := proc.Spawn(self, clerk).ID
		_, isForInts := proc.PidOf[int](id)
		pid, isForStrings := proc.PidOf[string](id)
		fmt.Println(isForInts, isForStrings, pid.ID == id)
		return nil
	})
	// Output: false true true
}

// PidFor is where a process hears what is no message of its own, such as the
// ticks of somebody who knows nothing of its language.
func ExamplePidFor() {
	type tick struct{ n int }
	metronome := func(to proc.Pid[tick]) {
		for n := range 2 {
			to.Send(tick{n})
		}
	}
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		metronome(proc.PidFor[tick](self))
		for range 2 {
			t, err := proc.Receive(self, sel.Message[tick]())
			if err != nil {
				return err
			}
			fmt.Println("tick", t.n)
		}
		return nil
	})
	// Output:
	// tick 0
	// tick 1
}

// Contramap is an address for those who speak another language: each message is
// translated in the sender.
func ExampleContramap() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		numbers := proc.Contramap(self.Pid(), func(n int) string { return fmt.Sprintf("number %d", n) })
		numbers.Send(7)
		text, err := self.Receive()
		fmt.Println(text, err)
		return nil
	})
	// Output: number 7 <nil>
}
