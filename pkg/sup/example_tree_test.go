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

// Between two lives of a child its name leads nowhere: a call fails at once, with
// the reason why it has ended if it was under way, and then with "no such process"
// until the next life is there. Who would rather wait asks again. (An answer that
// was lost with a crash cannot be told from a request that was: so only what may
// be asked twice.)
func ExampleBackoff() {
	inProcess(func(self *proc.Self[string]) error {
		tree, err := sup.Start(self, sup.Spec{
			Backoff:  sup.Backoff{First: 20 * time.Millisecond, Max: time.Second, Jitter: 0.2},
			Children: []sup.Child{sup.Worker("oracle", oracle, proc.Registered(oracleName))},
		})
		if err != nil {
			return err
		}
		ask := func() (int, error) {
			return proc.Call(self, proc.Named(self, oracleName), func(r proc.ReplyTo[int]) Ask { return Ask{r} })
		}
		// patiently asks until there is somebody to ask.
		patiently := func(limit time.Duration) (int, error) {
			for end := time.Now().Add(limit); ; {
				n, err := ask()
				if _, gone := err.(proc.OtherProcessNotRunning); !gone || time.Now().After(end) {
					return n, err
				}
				if err := self.Sleep(time.Millisecond); err != nil {
					return 0, err
				}
			}
		}
		for range 3 {
			_, err = ask()
		}
		fmt.Println(errors.Unwrap(err))
		fmt.Println(patiently(time.Minute))
		return tree.Stop(self)
	})
	// Output:
	// unhandled error: too many questions
	// 1 <nil>
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
