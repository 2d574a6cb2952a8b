package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// writer finishes: asked to end, it does what is left, then returns.
func writer(self *proc.Self[string]) error {
	for {
		line, err := self.Receive()
		if _, asked := errors.AsType[proc.NormalExitRequested](err); asked {
			for _, rest := range self.Flush() {
				fmt.Println("writer:", rest)
			}
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Println("writer:", line)
	}
}

// listener does not listen: it ignores interrupts. But it cannot ignore a
// shutdown, and its deferred functions run.
func listener(self *proc.Self[string]) error {
	defer fmt.Println("listener: cleaning up")
	for {
		_, _ = self.Receive()
	}
}

// sleeper waits for something that Hark knows nothing of, and has not given it
// its context either. Only a kill helps.
func sleeper(dream chan struct{}) func(*proc.Self[string]) error {
	return func(self *proc.Self[string]) error {
		<-dream
		return nil
	}
}

// end ends a process in three steps, each with its time: finish your work; clean
// up; nothing.
func end(self proc.Receiver, id proc.ID, finish, cleanUp time.Duration) proc.ShutdownReason {
	id.Interrupt(proc.NormalExitRequested{})
	if self.AwaitEnd(id, finish) {
		return id.Reason()
	}
	id.Shutdown(proc.ExitNormallyWith{Detail: "took too long to finish"})
	if self.AwaitEnd(id, cleanUp) {
		return id.Reason()
	}
	id.Kill() // dead when Kill returns
	return id.Reason()
}

func main() {
	dream := make(chan struct{})
	proc.Main(func(self *proc.Self[string]) error {
		a := proc.Spawn(self, writer)
		b := proc.Spawn(self, listener)
		c := proc.Spawn(self, sleeper(dream))
		for _, line := range []string{"one", "two", "three"} {
			a.Send(line)
		}

		fmt.Println("a:", end(self, a.ID, time.Minute, time.Minute))
		fmt.Println("b:", end(self, b.ID, 10*time.Millisecond, time.Minute))
		fmt.Println("c:", end(self, c.ID, 10*time.Millisecond, 10*time.Millisecond))
		close(dream)
		return nil
	})
}
