package sup_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Between two lives of a child its name leads nowhere, and a call fails at once:
// with the reason of the crash if it was under way, else with "no such process".
// Who has the time waits for the next life, and no longer than that.
func Example_patience() {
	name, mended := proc.NewName[question]("oracle"), make(chan struct{})
	lives := 0
	// The oracle breaks at its first question. In its next life it can work once it
	// has been mended, and only then takes the name.
	oracle := func(self *proc.Self[question], ready func()) error {
		if lives++; lives > 1 {
			<-mended
		}
		if err := proc.Register(self, name, self.Pid()); err != nil {
			return err
		}
		ready()
		q, err := self.Receive()
		if err != nil {
			return err
		}
		if lives == 1 {
			return errors.New("it broke")
		}
		q.Answer.Reply("forty-two")
		_, err = self.Receive()
		return err
	}
	err := proc.Run(context.Background(), func(self *proc.Self[string]) error {
		tree, err := sup.Start(self, sup.Spec{Children: []sup.Child{sup.WorkerReady("oracle", 0, oracle)}})
		if err != nil {
			return err
		}
		ask := func(to proc.ReplyTo[string]) question { return question{to} }
		_, err = proc.Call(self, proc.Named(self, name), ask)
		fmt.Println("a call:", errors.Unwrap(err))

		proc.Go(self, func(context.Context) (any, error) { close(mended); return nil, nil })
		answer, err := callPatiently(self, time.Minute, proc.Named(self, name), ask)
		fmt.Println("a patient call:", answer, err)
		return tree.Stop(self)
	}, proc.WithLogger(zerolog.Nop()))
	fmt.Println(err)
	// Output:
	// a call: unhandled error: it broke
	// a patient call: forty-two <nil>
	// <nil>
}

type question struct{ Answer proc.ReplyTo[string] }

// callPatiently is proc.Call for a server that may be between two lives: while
// nobody is there, or if who was there ends before it has answered, it asks again,
// until limit is over. Then its error is that of the last attempt. As it may ask
// twice, the request must be one that can be repeated.
func callPatiently[M, R any](ctx context.Context, limit time.Duration, to proc.Pid[M], request func(proc.ReplyTo[R]) M) (R, error) {
	limited, cancel := context.WithTimeout(ctx, limit) // or earlier, if ctx says so
	defer cancel()
	end, _ := limited.Deadline()
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		reply, err := proc.Call(limited, to, request)
		if _, gone := err.(proc.OtherProcessNotRunning); !gone {
			return reply, err
		}
		if stop := pause(ctx, min(wait, time.Until(end))); stop != nil {
			return reply, stop
		}
		if !time.Now().Before(end) {
			return reply, err
		}
	}
}

// pause waits. In a process an interrupt ends that, elsewhere the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	if self, ok := ctx.(proc.Receiver); ok {
		return self.Sleep(d)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
