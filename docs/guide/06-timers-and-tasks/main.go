package main

import (
	"context"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

type tick struct{}

// sunrise stands for something that blocks and takes a context.
func sunrise(ctx context.Context) (string, error) {
	select {
	case <-time.After(time.Millisecond):
		return "06:42", nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func main() {
	proc.Main(func(self *proc.Self[tick]) error {
		// A task runs beside the process; Await waits for its result.
		task := proc.Go(self, sunrise)

		// A timer that sends, again and again.
		ticker := proc.SendEvery(self, 2*time.Millisecond, self.Pid(), tick{})
		for n := range 3 {
			if _, err := self.Receive(); err != nil {
				return err
			}
			fmt.Println("tick", n+1)
		}
		fmt.Println("no more ticks:", proc.CancelTimer(self, ticker))

		// A timer that sends a TimerElapsed, here a limit on several receives.
		patience := proc.StartTimer(self, 5*time.Millisecond)
		for {
			got, err := proc.Receive(self, sel.OneOf(sel.Message[tick](), proc.SelectTimer(patience)))
			if err != nil {
				return err
			}
			if _, elapsed := got.Right(); elapsed {
				break
			}
			fmt.Println("never seen: all ticks were taken back")
		}

		at, err := task.Await(self)
		fmt.Println("the sun rises at", at, err)

		// A panic of a task is its error.
		_, err = proc.Go(self, func(context.Context) (int, error) { panic("no weather today") }).Await(self)
		fmt.Println(err)
		return nil
	})
}
