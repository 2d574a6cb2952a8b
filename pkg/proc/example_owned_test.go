package proc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// An owned process ends with its parent: when the parent is dead, it is.
func ExampleOwned() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		var helper proc.Pid[string]
		parent := proc.Spawn(self, func(p *proc.Self[string]) error {
			helper = proc.Spawn(p, func(h *proc.Self[string]) error {
				defer fmt.Println("the helper cleans up")
				_, err := h.Receive()
				return err
			}, proc.Owned())
			return errors.New("out of ideas")
		})
		_, err := proc.Join(self, parent.ID)
		fmt.Println(helper.Alive())
		fmt.Println(helper.Reason())
		return err
	}, proc.WithLogger(zerolog.Nop()))
	// Output:
	// the helper cleans up
	// false
	// owner !2 ended: unhandled error: out of ideas
}
