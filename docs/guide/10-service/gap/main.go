package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// callPatiently is proc.Call for a server that may be between two lives. If nobody
// is there, or who was there ends before it has answered, it asks again, until
// limit is over; then the error says why there was no answer.
//
// It may ask twice: a server that has crashed may have done before what it was
// asked for. So the request must be one that can be repeated.
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

// Square asks for a number's square.
type Square struct {
	N      int
	Answer proc.ReplyTo[int]
}

var calculatorName = proc.NewName[Square]("calculator")

// library is what calculators look things up in. It is not always open.
var library atomic.Bool

// calculate takes its name when it can work. So nobody finds it before that.
func calculate(self *proc.Self[Square], ready func()) error {
	if !library.Load() {
		return errors.New("the library is closed")
	}
	if err := proc.Register(self, calculatorName, self.Pid()); err != nil {
		return err
	}
	ready()
	for q, err := range self.Messages() {
		if err != nil {
			return err
		}
		if !library.Load() {
			return errors.New("the library has closed")
		}
		q.Answer.Reply(q.N * q.N)
	}
	return nil
}

func run(self *proc.Self[string]) error {
	library.Store(true)
	news := self.Pid()
	tree, err := sup.Start(self, sup.Spec{
		Intensity: 1000,
		Backoff:   sup.Backoff{First: 10 * time.Millisecond, Max: 50 * time.Millisecond, Jitter: 0.2},
		Children:  []sup.Child{sup.WorkerReady("calculator", 5*time.Second, calculate)},
		Observe: func(e sup.Event) {
			if e.Kind == sup.ChildRestarting && e.Attempt == 1 {
				news.Send(fmt.Sprintf("%s crashed: %v", e.Path, e.Reason))
			}
		},
	})
	if err != nil {
		return err
	}
	pid := proc.Named(self, calculatorName)
	square := func(r proc.ReplyTo[int]) Square { return Square{7, r} }

	fmt.Println(proc.Call(self, pid, square))

	library.Store(false)
	fmt.Println(proc.Call(self, pid, square)) // fails with what the crash was about
	crash, err := self.Receive()
	if err != nil {
		return err
	}
	fmt.Println("-", crash)
	fmt.Println(proc.Call(self, pid, square)) // fails at once
	fmt.Println(callPatiently(self, 100*time.Millisecond, pid, square))

	library.Store(true)
	fmt.Println(callPatiently(self, time.Minute, pid, square))
	return tree.Stop(self)
}

func main() {
	proc.Main(run, proc.WithLogger(zerolog.Nop()))
}
