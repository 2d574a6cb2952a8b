package sup_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Children come and go while a supervisor runs.
func ExampleRef_StartChild() {
	inProcess(func(self *proc.Self[string]) error {
		tree, err := sup.Start(self, sup.Spec{})
		if err != nil {
			return err
		}
		id, err := tree.StartChild(self, sup.Worker("job", waitForEnd))
		fmt.Println(id.Alive(), err)
		_, err = tree.StartChild(self, sup.Worker("job", waitForEnd))
		fmt.Println(errors.Is(err, sup.AlreadyStarted{Child: "job", ID: id}))

		fmt.Println(tree.DeleteChild(self, "job") != nil) // not while it runs
		fmt.Println(tree.StopChild(self, "job"))
		all, err := tree.Children(self)
		fmt.Println(all[0].Child, all[0].State, all[0].LastExit, err)
		fmt.Println(tree.DeleteChild(self, "job"))
		fmt.Println(tree.DeleteChild(self, "job"))
		return tree.Stop(self)
	})
	// Output:
	// true <nil>
	// true
	// true
	// <nil>
	// job stopped ended normally <nil>
	// <nil>
	// there is no child "job"
}

// A supervisor with a name is found by it, whichever life it is in.
func ExampleNamed() {
	inProcess(func(self *proc.Self[string]) error {
		if _, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.Supervisor("jobs", sup.Spec{}, sup.Registered("jobs")),
		}}); err != nil {
			return err
		}
		jobs := sup.Named(self, "jobs")
		_, err := jobs.StartChild(self, sup.Worker("a job", waitForEnd))
		fmt.Println(err)
		_, err = sup.Named(self, "games").Children(self)
		fmt.Println(err)
		return nil
	})
	// Output:
	// <nil>
	// process named games is not running: no such process
}

// A restart that fails is tried again, after a wait that grows. (A Jitter would
// spread the waits, so that not all who have lost the same server come back to it at
// the same moment.)
func ExampleBackoff() {
	inProcess(func(self *proc.Self[string]) error {
		tree, err := sup.Start(self, sup.Spec{
			Intensity: 5,
			Period:    time.Hour,
			Backoff:   sup.Backoff{First: time.Millisecond, Factor: 3, Max: 20 * time.Millisecond},
			Children: []sup.Child{
				sup.Worker("feed", func(*proc.Self[string]) error { return errors.New("no feed") }),
			},
			Observe: func(e sup.Event) {
				if e.Kind == sup.ChildRestarting {
					fmt.Println("attempt", e.Attempt, "after", e.After)
				}
			},
		})
		if err != nil {
			return err
		}
		self.Unlink(tree.ID) // its crash would interrupt this process
		fmt.Println(errors.As(tree.Wait(self), &sup.TooManyRestarts{}))
		return nil
	})
	// Output:
	// attempt 1 after 1ms
	// attempt 2 after 3ms
	// attempt 3 after 9ms
	// attempt 4 after 20ms
	// attempt 5 after 20ms
	// true
}

// With OneForAll a crash of one child restarts all, in order: they rely on each
// other. With RestForOne it restarts those that were started after it.
func ExampleStrategy() {
	inProcess(func(self *proc.Self[string]) error {
		started := make(chan string, 9)
		child := func(id string) sup.Child { return sup.Worker(id, waitForEnd) }
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.RestForOne, sup.OneForAll} {
			tree, err := sup.Start(self, sup.Spec{
				Strategy: strategy,
				Children: []sup.Child{child("a"), child("b"), child("c")},
				Observe: func(e sup.Event) {
					if e.Kind == sup.ChildStarted {
						started <- e.Path
					}
				},
			})
			if err != nil {
				return err
			}
			fmt.Print(strategy, ": ", <-started, <-started, <-started)
			all, err := tree.Children(self)
			if err != nil {
				return err
			}
			all[1].ID.Kill()
			fmt.Print(", then b is killed: ")
			for range map[sup.Strategy]int{sup.OneForOne: 1, sup.RestForOne: 2, sup.OneForAll: 3}[strategy] {
				fmt.Print(<-started)
			}
			fmt.Println()
			if err := tree.Stop(self); err != nil {
				return err
			}
		}
		return nil
	})
	// Output:
	// one-for-one: abc, then b is killed: b
	// rest-for-one: abc, then b is killed: bc
	// one-for-all: abc, then b is killed: abc
}

// A supervisor that exists for the sake of some of its children ends with them.
func ExampleAutoShutdown() {
	inProcess(func(self *proc.Self[string]) error {
		done := make(chan struct{})
		job := sup.Worker("job", func(*proc.Self[string]) error { <-done; return nil })
		job.Restart, job.Significant = sup.Transient, true
		tree, err := sup.Start(self, sup.Spec{
			AutoShutdown: sup.AnySignificant,
			Children:     []sup.Child{sup.Worker("helper", waitForEnd), job},
		})
		if err != nil {
			return err
		}
		close(done)
		fmt.Println(tree.Wait(self))
		fmt.Println(tree.Reason())
		return nil
	})
	// Output:
	// <nil>
	// ended normally: significant child job ended
}

// A child that fails too often is more than its supervisor can deal with.
func ExampleTooManyRestarts() {
	inProcess(func(self *proc.Self[string]) error {
		begin := make(chan struct{})
		tree, err := sup.Start(self, sup.Spec{Intensity: 2, Period: time.Minute, Children: []sup.Child{
			sup.Worker("feed", func(*proc.Self[string]) error { <-begin; return errors.New("no feed") }),
		}})
		if err != nil {
			return err
		}
		self.Unlink(tree.ID) // which else would interrupt this process
		close(begin)
		err = tree.Wait(self)
		many, _ := errors.AsType[sup.TooManyRestarts](err)
		fmt.Println(many.Child, many.Restarts, many.Period, many.Reason)
		return nil
	})
	// Output:
	// feed 2 1m0s unhandled error: no feed
}

// A description that makes no sense is refused before anything starts.
func ExampleInvalidSpec() {
	inProcess(func(self *proc.Self[string]) error {
		_, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.Worker("store", waitForEnd),
			sup.Supervisor("front", sup.Spec{
				Backoff:  sup.Backoff{First: time.Second, Factor: 0.5},
				Children: []sup.Child{sup.Worker("web", waitForEnd)},
			}),
		}})
		fmt.Println(err)
		return nil
	})
	// Output:
	// invalid child "front": Backoff.Factor: must be a number of at least 1 (or 0, for 2), and is 0.5
}
