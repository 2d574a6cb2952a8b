package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// feed cannot work: who it reads from is not there.
func feed(*proc.Self[string]) error {
	return fmt.Errorf("the feed: %w", io.ErrUnexpectedEOF)
}

// service has its feed in a supervisor of its own. That deals with what passes in
// a moment; what does not is a crash of the whole part, which is for the
// supervisor above to deal with, more slowly.
func service(observe func(sup.Event)) sup.Spec {
	return sup.Spec{
		Intensity: 1,
		Period:    time.Minute,
		Backoff:   sup.Backoff{First: 100 * time.Millisecond},
		Observe:   observe,
		Children: []sup.Child{
			sup.Supervisor("import", sup.Spec{
				Intensity: 3,
				Period:    time.Minute,
				Backoff:   sup.Backoff{First: 10 * time.Millisecond, Factor: 2, Max: time.Second},
				Children: []sup.Child{
					sup.Worker("feed", feed),
				},
			}),
		},
	}
}

func show(e sup.Event) {
	switch e.Kind {
	case sup.ChildRestarting:
		fmt.Printf("%s: attempt %d, after %v\n", e.Path, e.Attempt, e.After)
	case sup.GaveUp:
		fmt.Printf("%q gave up\n", e.Path)
	}
}

func run(self *proc.Self[string]) error {
	err := sup.Run(self, service(show))

	many, _ := errors.AsType[sup.TooManyRestarts](err)
	fmt.Printf("too many restarts of %q: %d within %v\n", many.Child, many.Restarts, many.Period)
	fmt.Println("because of an unexpected EOF:", errors.Is(err, io.ErrUnexpectedEOF))
	return nil // a program would return err, and end with status 1
}

func main() {
	proc.Main(run, proc.WithLogger(zerolog.Nop())) // the log is not the subject here
}
