package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

type (
	// ToAccount is what an account accepts: a Deposit, Withdraw or Audit.
	ToAccount interface{ toAccount() }

	Deposit  struct{ Amount int }
	Withdraw struct {
		Amount int
		Left   proc.ReplyTo[Balance]
	}
	Audit struct{ Report proc.ReplyTo[string] }

	// Balance is the answer to a Withdraw. That there is too little is an answer
	// too, not an error of the call.
	Balance struct {
		Left int
		OK   bool
	}
)

func (Deposit) toAccount()  {}
func (Withdraw) toAccount() {}
func (Audit) toAccount()    {}

func account(self *proc.Self[ToAccount]) error {
	balance := 0
	for message, err := range self.Messages() {
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case Deposit:
			if m.Amount < 0 {
				return fmt.Errorf("somebody deposited %d", m.Amount) // a bug: crash
			}
			balance += m.Amount
		case Withdraw:
			ok := m.Amount <= balance
			if ok {
				balance -= m.Amount
			}
			m.Left.Reply(Balance{balance, ok})
		case Audit:
			// Answered later, by somebody else: the account goes on meanwhile.
			proc.Spawn(self, auditor(balance, m.Report.Delegate()))
		}
	}
	return nil
}

func auditor(balance int, report proc.ReplyTo[string]) func(*proc.Self[string]) error {
	return func(*proc.Self[string]) error {
		report.Reply(fmt.Sprintf("%d, all in order", balance))
		return nil
	}
}

// The account's functions for its clients. ctx is who calls: a process, a context
// derived from one, or outside of processes any context.
func withdraw(ctx context.Context, to proc.Pid[ToAccount], amount int) (Balance, error) {
	return proc.Call(ctx, to, func(r proc.ReplyTo[Balance]) ToAccount { return Withdraw{amount, r} })
}

func audit(ctx context.Context, to proc.Pid[ToAccount]) (string, error) {
	return proc.Call(ctx, to, func(r proc.ReplyTo[string]) ToAccount { return Audit{r} })
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		savings := proc.Spawn(self, account, proc.Titled("savings"))
		savings.Send(Deposit{100})
		for _, amount := range []int{30, 80} {
			b, err := withdraw(self, savings, amount)
			if err != nil {
				return err
			}
			fmt.Printf("withdraw %d: %+v\n", amount, b)
		}
		report, err := audit(self, savings)
		fmt.Println("audit:", report, err)

		// A deadline, from the context.
		ctx, cancel := context.WithTimeout(self, 5*time.Millisecond)
		defer cancel()
		_, err = withdraw(ctx, proc.Spawn(self, closed), 1)
		fmt.Println("in time:", !errors.Is(err, context.DeadlineExceeded))

		// The end of the other process: at once, and with the cause.
		savings.Send(Deposit{-1})
		_, err = withdraw(self, savings, 1)
		if gone, ok := errors.AsType[proc.OtherProcessNotRunning](err); ok {
			fmt.Println("gone:", gone.Reason)
		}
		return nil
	})
}

// closed never answers.
func closed(self *proc.Self[ToAccount]) error {
	for _, err := range self.Messages() {
		if err != nil {
			return err
		}
	}
	return nil
}
