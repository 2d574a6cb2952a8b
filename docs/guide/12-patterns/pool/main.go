package main

import (
	"context"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

type (
	// ToPool is what a pool accepts: a Job from a client, or an Idle from one of
	// its workers.
	ToPool interface{ toPool() }

	Job struct {
		N      int
		Square proc.ReplyTo[int]
	}
	Idle struct{ Worker proc.Pid[Job] }
)

func (Job) toPool()  {}
func (Idle) toPool() {}

// pool hands each job to a worker that is idle. As long as none is, the jobs wait
// in the mailbox, in their order, and are not even looked at.
func pool(size int) func(*proc.Self[ToPool]) error {
	return func(self *proc.Self[ToPool]) error {
		for range size {
			proc.SpawnLink(self, worker(self.Pid()), proc.Owned(), proc.Titled("worker"))
		}
		for {
			idle, err := proc.Receive(self, sel.Message[Idle]())
			if err != nil {
				return err // also if a worker has crashed: its client must hear of it
			}
			job, err := proc.Receive(self, sel.Message[Job]())
			if err != nil {
				return err
			}
			idle.Worker.Send(Job{job.N, job.Square.Delegate()}) // the worker answers
		}
	}
}

func worker(boss proc.Pid[ToPool]) func(*proc.Self[Job]) error {
	return func(self *proc.Self[Job]) error {
		for {
			boss.Send(Idle{self.Pid()})
			job, err := self.Receive()
			if err != nil {
				return err
			}
			job.Square.Reply(job.N * job.N)
		}
	}
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		squares := proc.Spawn(self, pool(2), proc.Titled("pool"))
		var tasks []proc.Task[int]
		for n := range 6 {
			// Six clients at once. ctx ends with this process.
			tasks = append(tasks, proc.Go(self, func(ctx context.Context) (int, error) {
				return proc.Call(ctx, squares, func(r proc.ReplyTo[int]) ToPool { return Job{n, r} })
			}))
		}
		for _, t := range tasks {
			square, err := t.Await(self)
			fmt.Println(square, err)
		}
		return nil
	})
}
