package main

import (
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

type (
	// ToAccount is what an account is for.
	ToAccount interface{ toAccount() }

	// Deposit is an event: nobody waits for an answer.
	Deposit struct{ Amount int }

	// Withdraw is a request, answered with what is left.
	Withdraw struct {
		server.Request[int]
		Amount int
	}
)

func (Deposit) toAccount()   {}
func (*Withdraw) toAccount() {}

var errPoor = errors.New("insufficient funds")

// Account is the state. Its methods handle one kind of message each.
type Account struct {
	owner   string
	balance int
}

func (a *Account) open(_ *proc.Self[ToAccount], owner string) error {
	if owner == "" {
		return errors.New("an account needs an owner")
	}
	a.owner = owner
	return nil
}

func (a *Account) deposit(_ *proc.Self[ToAccount], m Deposit) error {
	if m.Amount < 0 {
		return fmt.Errorf("somebody deposited %d", m.Amount) // a bug: the end
	}
	a.balance += m.Amount
	return nil
}

func (a *Account) withdraw(_ *proc.Self[ToAccount], m *Withdraw) (int, error) {
	if m.Amount > a.balance {
		return 0, errPoor // the caller's trouble: the account goes on
	}
	a.balance -= m.Amount
	return a.balance, nil
}

func (a *Account) close(*proc.Self[ToAccount]) { fmt.Println(a.owner, "leaves", a.balance) }

var accounts = server.New((*Account).open,
	server.On((*Account).deposit),
	server.OnCall((*Account).withdraw),
).Finally((*Account).close)

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		_, err := accounts.Start(self, self, "")
		fmt.Println(err)

		ada, err := accounts.Start(self, self, "Ada")
		if err != nil {
			return err
		}
		ada.Send(Deposit{100})
		for range 2 {
			left, err := server.Call(self, ada, &Withdraw{Amount: 70})
			fmt.Println(left, err)
		}
		ada.Send(Deposit{-1})
		_, err = server.Call(self, ada, &Withdraw{Amount: 1})
		fmt.Println(err)
		return nil
	})
}
