package sup_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Ask is a message.
type Ask struct{ Reply proc.ReplyTo[int] }

// oracle tells how often it has been asked. Asked for the third time it breaks.
func oracle(self *proc.Self[Ask]) error {
	asked := 0
	for m, err := range self.Messages() {
		if err != nil {
			return err
		}
		if asked++; asked == 3 {
			return errors.New("too many questions")
		}
		m.Reply.Reply(asked)
	}
	return nil
}

var oracleName = proc.NewName[Ask]("oracle")

// inProcess runs an example as the main process of a system that logs nothing.
func inProcess(example func(self *proc.Self[string]) error) {
	if err := proc.Run(context.Background(), example, proc.WithLogger(zerolog.Nop())); err != nil {
		fmt.Println("failed:", err)
	}
}

// A supervised process is started again when it crashes, with a fresh state.
// Whoever addresses it by a name finds its next life.
func Example() {
	inProcess(func(self *proc.Self[string]) error {
		started := make(chan struct{}, 2)
		tree, err := sup.Start(self, sup.Spec{
			Children: []sup.Child{
				sup.Worker("oracle", oracle, proc.Registered(oracleName)),
			},
			Observe: func(e sup.Event) {
				switch e.Kind {
				case sup.ChildRestarting:
					fmt.Printf("%s, %v: %v\n", e.Path, e.Kind, e.Reason)
				case sup.ChildStarted:
					started <- struct{}{}
				}
			},
		})
		if err != nil {
			return err
		}
		<-started
		ask := func() (int, error) {
			return proc.Call(self, proc.Named(self, oracleName), func(r proc.ReplyTo[int]) Ask { return Ask{r} })
		}
		fmt.Println(ask())
		fmt.Println(ask())
		_, err = ask() // a call ends with who is called
		_, ended := errors.AsType[proc.OtherProcessNotRunning](err)
		<-started
		fmt.Println(ended, errors.Unwrap(err))
		fmt.Println(ask())
		return tree.Stop(self)
	})
	// Output:
	// 1 <nil>
	// 2 <nil>
	// oracle, child restarting: unhandled error: too many questions
	// true unhandled error: too many questions
	// 1 <nil>
}

// waitForEnd is a worker that does nothing until it is asked to end.
func waitForEnd(self *proc.Self[string]) error {
	_, err := self.Receive()
	return err
}

// A whole service is one description. Run is the body of its main process: in a
// program, proc.Main(main) instead of the system that this example makes.
func ExampleRun() {
	main := func(self *proc.Self[string]) error {
		return sup.Run(self, sup.Spec{
			Strategy: sup.RestForOne,
			Children: []sup.Child{
				sup.Worker("store", waitForEnd),
				sup.Supervisor("front", sup.Spec{Children: []sup.Child{
					sup.Worker("web", waitForEnd),
					sup.Worker("mail", waitForEnd),
				}}),
			},
			Observe: func(e sup.Event) {
				fmt.Printf("%v %q\n", e.Kind, e.Path)
				if e.Kind == sup.ChildStarted && e.Path == "front" {
					self.ID().Interrupt(proc.NormalExitRequested{}) // as Main does at Ctrl-C
				}
			},
		})
	}
	fmt.Println(proc.Run(context.Background(), main, proc.WithLogger(zerolog.Nop())))
	// Output:
	// child started "store"
	// child started "front/web"
	// child started "front/mail"
	// child started "front"
	// stopping all ""
	// stopping all "front"
	// child ended "front/mail"
	// child ended "front/web"
	// child ended "front"
	// child ended "store"
	// <nil>
}

// A child that does not start ends those before it, in reverse order, and is the
// error.
func ExampleStart() {
	inProcess(func(self *proc.Self[string]) error {
		_, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.Worker("store", func(self *proc.Self[string]) error {
				err := waitForEnd(self)
				fmt.Println("store:", err)
				return err
			}),
			sup.WorkerReady("web", 0, func(*proc.Self[string], func()) error {
				return errors.New("port 80 is taken")
			}),
			sup.Worker("mail", waitForEnd), // is not started any more
		}})
		fmt.Println(err)
		failed, _ := errors.AsType[sup.StartFailed](err)
		fmt.Println(failed.Child)
		return nil
	})
	// Output:
	// store: normal exit requested
	// child "web" did not start: unhandled error: port 80 is taken
	// web
}

// A child that takes a while to come up says when it has.
func ExampleWorkerReady() {
	inProcess(func(self *proc.Self[string]) error {
		tree, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.WorkerReady("store", 0, func(self *proc.Self[string], ready func()) error {
				fmt.Println("store: reading the disk")
				fmt.Println("store: ready")
				ready()
				return waitForEnd(self)
			}),
			sup.WorkerReady("web", 0, func(self *proc.Self[string], ready func()) error {
				fmt.Println("web: the store is there")
				ready()
				return waitForEnd(self)
			}),
		}})
		if err != nil {
			return err
		}
		return tree.Stop(self)
	})
	// Output:
	// store: reading the disk
	// store: ready
	// web: the store is there
}

// Supervisors are children as well. What fails too often in a part of a service
// is for the whole to deal with.
func ExampleSupervisor() {
	inProcess(func(self *proc.Self[string]) error {
		attempts := make(chan struct{}, 3) // as often may it fail
		for range cap(attempts) {
			attempts <- struct{}{}
		}
		up := make(chan struct{})
		tree, err := sup.Start(self, sup.Spec{
			Children: []sup.Child{
				sup.Supervisor("import", sup.Spec{Intensity: 1, Children: []sup.Child{
					sup.Worker("feed", func(self *proc.Self[string]) error {
						select {
						case <-attempts:
							return errors.New("no feed")
						default:
							close(up)
							return waitForEnd(self)
						}
					}),
				}}),
			},
			Observe: func(e sup.Event) {
				if e.Kind == sup.ChildRestarting || e.Kind == sup.GaveUp {
					fmt.Printf("%v %q: %v\n", e.Kind, e.Path, e.Reason)
				}
			},
		})
		if err != nil {
			return err
		}
		<-up
		return tree.Stop(self)
	})
	// Output:
	// child restarting "import/feed": unhandled error: no feed
	// gave up "import": too many restarts: child "feed" would have been restarted once more, after 1 restarts within 5s: unhandled error: no feed
	// child restarting "import": unhandled error: too many restarts: child "feed" would have been restarted once more, after 1 restarts within 5s: unhandled error: no feed
	// child restarting "import/feed": unhandled error: no feed
}
