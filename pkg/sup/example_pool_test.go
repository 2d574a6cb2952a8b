package sup_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// cart is what one customer is about to buy.
func cart(self *proc.Self[Ask], customer string, limit int) error {
	items := 0
	for m, err := range self.Messages() {
		if err != nil {
			return err
		}
		if items++; items > limit {
			return errors.New("the cart of " + customer + " is overfull")
		}
		m.Reply.Reply(items)
	}
	return nil
}

func ask(r proc.ReplyTo[int]) Ask { return Ask{Reply: r} }

// One process for each customer, started when it is first needed.
func ExamplePool() {
	inProcess(func(self *proc.Self[string]) error {
		carts, err := sup.StartPool(self, sup.PoolSpec[string, int, Ask]{Body: cart})
		if err != nil {
			return err
		}
		for _, customer := range []string{"ada", "bob", "ada"} {
			pid, spawned, err := carts.GetOrSpawn(self, customer, 10)
			if err != nil {
				return err
			}
			items, err := proc.Call(self, pid, ask)
			fmt.Println(customer, spawned, items, err)
		}
		_, err = carts.Spawn(self, "bob", 10)
		fmt.Println(errors.As(err, &sup.AlreadyStarted{}), carts.Len())

		if err := carts.StopChild(self, "bob"); err != nil {
			return err
		}
		_, found := carts.Lookup("bob")
		fmt.Println(found, carts.Len())
		return nil
	})
	// Output:
	// ada true 1 <nil>
	// bob true 1 <nil>
	// ada false 2 <nil>
	// true 2
	// false 1
}

// A pool as part of a tree: the variable leads to whatever life of it there is.
func ExamplePool_Child() {
	inProcess(func(self *proc.Self[string]) error {
		carts := sup.NewPool(sup.PoolSpec[string, int, Ask]{Body: cart})
		tree, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.Worker("oracle", oracle),
			carts.Child("carts"),
		}})
		if err != nil {
			return err
		}
		if _, err := carts.Spawn(self, "ada", 10); err != nil {
			return err
		}
		children, err := carts.Ref().Children(self)
		if err != nil {
			return err
		}
		for _, c := range children {
			fmt.Println(c.Child, c.State)
		}
		if err := tree.Stop(self); err != nil {
			return err
		}
		_, err = carts.Spawn(self, "bob", 10)
		fmt.Println(errors.As(err, &proc.OtherProcessNotRunning{}))
		return nil
	})
	// Output:
	// ada running
	// true
}

// Via is a customer's cart, whichever process that is. While there is none a call
// fails at once; who wants to wait for the next one asks GetOrSpawn.
func ExamplePool_Via() {
	inProcess(func(self *proc.Self[string]) error {
		carts, err := sup.StartPool(self, sup.PoolSpec[string, int, Ask]{Body: cart})
		if err != nil {
			return err
		}
		ada := carts.Via(self, "ada")
		_, err = proc.Call(self, ada, ask)
		fmt.Println(errors.As(err, &proc.OtherProcessNotRunning{}))

		if _, err := carts.Spawn(self, "ada", 1); err != nil {
			return err
		}
		items, err := proc.Call(self, ada, ask)
		fmt.Println(items, err)

		_, err = proc.Call(self, ada, ask)
		var crashed proc.OtherProcessNotRunning
		fmt.Println(errors.As(err, &crashed), crashed.Reason)

		if _, _, err := carts.GetOrSpawn(self, "ada", 1); err != nil { // waits for the restart
			return err
		}
		items, err = proc.Call(self, ada, ask)
		fmt.Println(items, err)
		return nil
	})
	// Output:
	// true
	// 1 <nil>
	// true unhandled error: the cart of ada is overfull
	// 1 <nil>
}

// A key that keeps crashing is given up, and is free; the others are not
// concerned.
func ExamplePoolSpec() {
	inProcess(func(self *proc.Self[string]) error {
		given := make(chan error, 1)
		jobs, err := sup.StartPool(self, sup.PoolSpec[int, string, Ask]{
			Body: func(self *proc.Self[Ask], number int, what string) error {
				if what == "broken" {
					return errors.New("no such file")
				}
				_, err := self.Receive()
				return err
			},
			Restart: sup.Transient,
			Stop:    sup.Stop{Finish: 10 * time.Second},
			PerKey:  2,
			Period:  time.Minute,
			Observe: func(e sup.Event) {
				if e.Kind == sup.ChildGivenUp {
					given <- e.Reason
				}
			},
		})
		if err != nil {
			return err
		}
		for number, what := range []string{"fine", "broken"} {
			if _, err := jobs.Spawn(self, number, what); err != nil {
				return err
			}
		}
		fmt.Println(<-given)
		fmt.Println(jobs.Len())
		return nil
	})
	// Output:
	// too many restarts: child "1" would have been restarted once more, after 2 restarts within 1m0s: unhandled error: no such file
	// 1
}
