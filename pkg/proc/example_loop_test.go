package proc_test

import (
	"context"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// deposit is what an account is sent: an amount, or with a reply address the
// question what there is.
type deposit struct {
	amount  int
	balance proc.ReplyTo[int]
}

// account is what an account does. Of all that it needs when it goes on, nothing is
// on its stack: the state is the balance.
var account = proc.NewLoop(func(self *proc.Self[deposit], balance *int) error {
	for {
		d, err := proc.ReceiveOrHibernate(self, -1, sel.Message[deposit](), nil)
		if err != nil {
			return err // an interrupt, or proc.Hibernate
		}
		*balance += d.amount
		d.balance.Reply(*balance)
	}
})

// A hundred thousand accounts that nobody uses at the moment need no goroutines.
func ExampleLoop() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		accounts := make([]proc.Pid[deposit], 100_000)
		for i := range accounts {
			accounts[i] = proc.Spawn(self, func(*proc.Self[deposit]) error { return account.Enter(i) })
		}
		accounts[7].Send(deposit{amount: 100})
		balance, err := proc.Call(self, accounts[7], func(r proc.ReplyTo[int]) deposit { return deposit{balance: r} })
		if err != nil {
			return err
		}
		fmt.Println("account 7 has", balance)
		return nil
	})
	// Output: account 7 has 107
}
