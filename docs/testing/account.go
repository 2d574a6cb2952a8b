// Package account is a small service for the tests of docs/testing.md.
package account

import (
	"context"

	"github.com/harkgo/hark/pkg/proc"
)

// Change asks an account to add an amount, which may be negative. It does not, if the
// balance would be negative then. The reply is the balance, and whether it has changed.
type Change struct {
	Amount int
	Reply  proc.ReplyTo[Changed]
}

// Changed is the reply.
type Changed struct {
	Balance int
	Done    bool
}

// Low is what is sent when a balance falls below the limit.
type Low struct{ Balance int }

// Run is the body of an account, which tells watcher when there is less than limit.
func Run(limit int, watcher proc.Pid[Low]) func(self *proc.Self[Change]) error {
	return func(self *proc.Self[Change]) error {
		balance := 0
		for change, err := range self.Messages() {
			if err != nil {
				return err
			}
			next := balance + change.Amount
			if next < 0 {
				change.Reply.Reply(Changed{balance, false})
				continue
			}
			if next < limit && balance >= limit {
				watcher.Send(Low{next})
			}
			balance = next
			change.Reply.Reply(Changed{balance, true})
		}
		return nil
	}
}

// Add adds an amount to an account.
func Add(ctx context.Context, account proc.Pid[Change], amount int) (Changed, error) {
	return proc.Call(ctx, account, func(r proc.ReplyTo[Changed]) Change { return Change{amount, r} })
}
