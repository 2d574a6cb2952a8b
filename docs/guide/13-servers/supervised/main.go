package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sup"
)

type (
	// ToAccount is what an account is for.
	ToAccount interface{ toAccount() }

	// Deposit is a request, answered with what is there.
	Deposit struct {
		server.Request[int]
		Amount int
	}
)

func (*Deposit) toAccount() {}

// Account is the state.
type Account struct{ balance int }

func (a *Account) open(_ *proc.Self[ToAccount], initial int) error {
	if initial < 0 {
		return errors.New("an account begins with something")
	}
	a.balance = initial
	return nil
}

func (a *Account) deposit(_ *proc.Self[ToAccount], q *Deposit) (int, error) {
	a.balance += q.Amount
	return a.balance, nil
}

var accounts = server.New((*Account).open, server.OnCall((*Account).deposit))

// deposit is what clients call: no other request can be meant.
func deposit(ctx context.Context, to proc.Pid[ToAccount], amount int) (int, error) {
	return server.Call(ctx, to, &Deposit{Amount: amount})
}

var till = proc.NewName[ToAccount]("till")

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		// A child: it is up when its init has returned, and has a second for that.
		_, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.WorkerReady("till", time.Second, accounts.BodyReady(100), proc.Registered(till)),
		}})
		if err != nil {
			return err
		}
		fmt.Println(deposit(self, proc.Named(self, till), 20))

		// A pool: one for each key, with the argument that it is spawned with.
		pool, err := sup.StartPool(self, sup.PoolSpec[string, int, ToAccount]{
			BodyReady: func(self *proc.Self[ToAccount], owner string, initial int, ready func()) error {
				return accounts.Enter(self, initial, ready)
			},
			Within: time.Second,
		})
		if err != nil {
			return err
		}
		ada, err := pool.Spawn(self, "ada", 70)
		if err != nil {
			return err
		}
		fmt.Println(deposit(self, ada, 5))
		_, err = pool.Spawn(self, "bob", -1)
		fmt.Println(err)
		return nil
	})
}
