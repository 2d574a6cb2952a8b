package sup_test

import (
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// A child that has ended is started again or not, by its restart kind and by
// whether it has crashed.
func ExampleRestart() {
	inProcess(func(self *proc.Self[string]) error {
		for _, end := range []error{nil, errors.New("bad luck")} {
			for _, kind := range []sup.Restart{sup.Permanent, sup.Transient, sup.Temporary} {
				lives := make(chan struct{}, 1)
				lives <- struct{}{}
				events := make(chan sup.EventKind, 9)
				job := sup.Worker("job", func(self *proc.Self[string]) error {
					select {
					case <-lives:
						return end
					default: // not again
						return waitForEnd(self)
					}
				})
				job.Restart = kind
				tree, err := sup.Start(self, sup.Spec{
					Children: []sup.Child{job},
					Observe:  func(e sup.Event) { events <- e.Kind },
				})
				if err != nil {
					return err
				}
				for <-events != sup.ChildEnded {
				}
				children, err := tree.Children(self)
				if err != nil {
					return err
				}
				fmt.Printf("%v, ended with %v: ", kind, end)
				switch {
				case len(children) == 0:
					fmt.Println("dropped")
				default:
					fmt.Printf("%v, %d restarts\n", children[0].State, children[0].Restarts)
				}
				if err := tree.Stop(self); err != nil {
					return err
				}
			}
		}
		return nil
	})
	// Output:
	// permanent, ended with <nil>: running, 1 restarts
	// transient, ended with <nil>: stopped, 0 restarts
	// temporary, ended with <nil>: dropped
	// permanent, ended with bad luck: running, 1 restarts
	// transient, ended with bad luck: running, 1 restarts
	// temporary, ended with bad luck: dropped
}

// A child that was stopped keeps its place, and can be started again.
func ExampleRef_RestartChild() {
	inProcess(func(self *proc.Self[string]) error {
		tree, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.Worker("store", waitForEnd),
			sup.Worker("web", waitForEnd),
		}})
		if err != nil {
			return err
		}
		_, err = tree.RestartChild(self, "store")
		running, _ := errors.AsType[sup.StillRunning](err)
		fmt.Println(running.Child, running.State)

		fmt.Println(tree.StopChild(self, "store"))
		id, err := tree.RestartChild(self, "store")
		fmt.Println(id.Alive(), err)
		children, err := tree.Children(self)
		if err != nil {
			return err
		}
		for _, c := range children {
			fmt.Println(c.Child, c.State, c.ID == id)
		}
		return tree.Stop(self)
	})
	// Output:
	// store running
	// <nil>
	// true <nil>
	// store running true
	// web running false
}

// Supervisors below are found by their ids, level by level.
func ExampleRef_Supervisor() {
	inProcess(func(self *proc.Self[string]) error {
		tree, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.Worker("store", waitForEnd),
			sup.Supervisor("front", sup.Spec{Children: []sup.Child{sup.Worker("web", waitForEnd)}}),
		}})
		if err != nil {
			return err
		}
		front, err := tree.Supervisor(self, "front")
		if err != nil {
			return err
		}
		children, err := front.Children(self)
		fmt.Println(len(children), children[0].Child, children[0].Kind, err)

		_, err = tree.Supervisor(self, "store")
		fmt.Println(err)
		_, err = tree.Supervisor(self, "back")
		fmt.Println(err)
		return tree.Stop(self)
	})
	// Output:
	// 1 web worker <nil>
	// child "store" is a worker, which does not have this operation
	// there is no child "back"
}
