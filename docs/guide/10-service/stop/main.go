package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// post sends letters, and each takes a while. How it ends depends on how much time
// it is given.
func post(each time.Duration) func(*proc.Self[string], func()) error {
	return func(self *proc.Self[string], ready func()) error {
		letters := []string{"ann", "bob", "cid"}
		defer func() { // clean up: this runs however the process ends, unless it is killed
			fmt.Println("post: puts back", letters)
		}()
		ready()

		_, err := self.Receive()
		if !errors.Is(err, proc.NormalExitRequested{}) {
			return err
		}
		fmt.Println("post: asked to finish, sends", letters)
		for len(letters) > 0 {
			if err := self.Sleep(each); err != nil { // a shutdown does not return from here
				return err
			}
			letters = letters[1:]
		}
		return nil
	}
}

// desk hands letters to the post, so it starts after it and stops before it.
func desk(self *proc.Self[string], ready func()) error {
	ready()
	_, err := self.Receive()
	fmt.Println("desk: closes")
	return err
}

func main() {
	each := flag.Duration("each", time.Millisecond, "how long a letter takes")
	finish := flag.Duration("finish", time.Minute, "how long the post may take to finish")
	flag.Parse()

	child := sup.WorkerReady("post", 5*time.Second, post(*each))
	child.Stop = sup.Stop{Finish: *finish, Cleanup: 5 * time.Second}
	service := sup.Spec{
		Children: []sup.Child{
			child,
			sup.WorkerReady("desk", 5*time.Second, desk),
		},
		Observe: func(e sup.Event) {
			if e.Kind == sup.ChildStarted {
				fmt.Println(e.Path, "is up")
			}
		},
	}

	logger := log.JSON(log.NewConsoleWriter(os.Stdout), log.WithoutTime()) // without the time, for this text
	proc.Main(func(self *proc.Self[string]) error {
		return sup.Run(self, service)
	}, proc.WithLogger(logger.Level(zerolog.InfoLevel)), proc.WithStopTimeout(2*time.Minute))
}
