package proc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// A request carries the place that its reply goes to.
func ExampleCall() {
	type upper struct {
		text  string
		reply proc.ReplyTo[string]
	}
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		server := proc.Spawn(self, func(s *proc.Self[upper]) error {
			for request, err := range s.Messages() {
				if err != nil {
					return err
				}
				request.reply.Reply(strings.ToUpper(request.text))
			}
			return nil
		})
		answer, err := proc.Call(self, server, func(r proc.ReplyTo[string]) upper { return upper{"hark", r} })
		fmt.Println(answer, err)
		return nil
	})
	// Output: HARK <nil>
}

// A goroutine that is no process calls with any context.
func ExampleCall_outside() {
	system := proc.NewSystem()
	server := proc.Spawn(system, func(s *proc.Self[proc.ReplyTo[int]]) error {
		for reply, err := range s.Messages() {
			if err != nil {
				return err
			}
			reply.Reply(7)
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// The request is the ReplyTo itself, where nothing else is to be said.
	n, err := proc.Call(ctx, server, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
	fmt.Println(n, err)
	fmt.Println(system.Stop(context.Background()))
	// Output:
	// 7 <nil>
	// <nil>
}

// What the errors of a call mean.
func ExampleCall_errors() {
	ask := func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r }
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		// The server crashes over the request: the call fails at once, with the cause.
		crashing := proc.Spawn(self, func(s *proc.Self[proc.ReplyTo[int]]) error {
			_, err := s.Receive()
			if err != nil {
				return err
			}
			panic("division by zero")
		})
		_, err := proc.Call(self, crashing, ask)
		gone, ok := errors.AsType[proc.OtherProcessNotRunning](err)
		fmt.Println(ok, gone.Reason)

		// It is gone: the same, for ever.
		_, err = proc.Call(self, crashing, ask)
		fmt.Println(errors.As(err, new(proc.ExitPanic)))

		// The server is too slow, or has forgotten to answer.
		forgetful := proc.Spawn(self, func(s *proc.Self[proc.ReplyTo[int]]) error {
			for _, err := range s.Messages() {
				if err != nil {
					return err
				}
			}
			return nil
		})
		_, err = proc.CallWithin(self, time.Millisecond, forgetful, ask)
		fmt.Println(err)

		// The caller was interrupted, and may call again.
		self.ID().Interrupt(proc.InterruptedBy{Value: "the telephone"})
		_, err = proc.Call(self, forgetful, ask)
		fmt.Println(err)

		// The context of the call has ended.
		ctx, cancel := context.WithCancelCause(self)
		cancel(errors.New("the user went away"))
		_, err = proc.Call(ctx, forgetful, ask)
		fmt.Println(err)
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output:
	// true panic: division by zero
	// true
	// timed out after 1ms
	// interrupted by the telephone
	// interrupted by an error: the user went away
}

// A negative limit is none: the call ends with the reply, the server, an
// interrupt, or its context.
func ExampleCallWithin() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		slow := proc.Spawn(self, func(s *proc.Self[proc.ReplyTo[string]]) error {
			reply, err := s.Receive()
			if err != nil {
				return err
			}
			if err := s.Sleep(20 * time.Millisecond); err != nil {
				return err
			}
			reply.Reply("done")
			return nil
		})
		ask := func(r proc.ReplyTo[string]) proc.ReplyTo[string] { return r }
		answer, err := proc.CallWithin(self, -1, slow, ask)
		fmt.Println(answer, err)
		return nil
	})
	// Output: done <nil>
}

// A ReplyTo may be kept and answered later: here the server goes on receiving
// while a request waits for what it needs.
func ExampleReplyTo() {
	type take struct{ reply proc.ReplyTo[string] }
	type put string
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		shelf := proc.Spawn(self, func(s *proc.Self[any]) error {
			var goods []string
			var waiting []proc.ReplyTo[string]
			for message, err := range s.Messages() {
				if err != nil {
					return err
				}
				switch m := message.(type) {
				case take:
					waiting = append(waiting, m.reply)
				case put:
					goods = append(goods, string(m))
				}
				for len(goods) > 0 && len(waiting) > 0 {
					if waiting[0].Live() { // else the caller has given up
						waiting[0].Reply(goods[0])
						goods = goods[1:]
					}
					waiting = waiting[1:]
				}
			}
			return nil
		})
		proc.SendAfter(self, time.Millisecond, shelf, any(put("bread")))
		bread, err := proc.Call(self, shelf, func(r proc.ReplyTo[string]) any { return take{r} })
		fmt.Println(bread, err)
		return nil
	})
	// Output: bread <nil>
}

// Live tells the server whether anybody still waits. A late answer is dropped
// where it is sent.
func ExampleReplyTo_Live() {
	type report struct{ reply proc.ReplyTo[int] }
	type check struct{ reply proc.ReplyTo[bool] }
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		server := proc.Spawn(self, func(s *proc.Self[any]) error {
			var pending report
			for message, err := range s.Messages() {
				if err != nil {
					return err
				}
				switch m := message.(type) {
				case report:
					pending = m
				case check:
					m.reply.Reply(pending.reply.Live())
					pending.reply.Reply(42) // nobody sees it
				}
			}
			return nil
		})
		_, err := proc.CallWithin(self, time.Millisecond, server, func(r proc.ReplyTo[int]) any { return report{r} })
		fmt.Println(err)
		live, err := proc.Call(self, server, func(r proc.ReplyTo[bool]) any { return check{r} })
		fmt.Println(live, err)
		return nil
	})
	// Output:
	// timed out after 1ms
	// false <nil>
}

// The front passes the request on: the worker's reply goes straight to the
// caller, and while the caller waits it waits for no process in particular.
func ExampleReplyTo_Delegate() {
	type job struct{ reply proc.ReplyTo[string] }
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		worker := proc.Spawn(self, func(w *proc.Self[job]) error {
			for j, err := range w.Messages() {
				if err != nil {
					return err
				}
				j.reply.Reply("by the worker")
			}
			return nil
		})
		front := proc.Spawn(self, func(f *proc.Self[job]) error {
			for j, err := range f.Messages() {
				if err != nil {
					return err
				}
				worker.Send(job{j.reply.Delegate()})
			}
			return nil
		})
		answer, err := proc.Call(self, front, func(r proc.ReplyTo[string]) job { return job{r} })
		fmt.Println(answer, err)
		return nil
	})
	// Output: by the worker <nil>
}

// Two processes that call each other would wait for ever. The call that closes
// the ring fails at once.
func ExampleCallRing() {
	type request struct{ reply proc.ReplyTo[string] }
	ask := func(r proc.ReplyTo[string]) request { return request{r} }
	_ = proc.Run(context.Background(), func(self *proc.Self[request]) error {
		main := self.Pid()
		other := proc.Spawn(self, func(o *proc.Self[request]) error {
			r, err := o.Receive()
			if err != nil {
				return err
			}
			_, err = proc.Call(o, main, ask) // main waits for this process
			if ring, ok := errors.AsType[proc.CallRing](err); ok {
				r.reply.Reply(ring.Error())
				return nil
			}
			return err
		})
		answer, err := proc.Call(self, other, ask)
		fmt.Println(answer, err)
		return nil
	})
	// Output: processes would wait for each other: !2 for !1 for !2 <nil>
}
