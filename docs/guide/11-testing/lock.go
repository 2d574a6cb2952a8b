// Package lock lends things out, each to one borrower at a time, for a limited
// time.
package lock

import (
	"context"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Term is how long a borrower may keep the thing.
const Term = time.Hour

// Borrow asks for the thing.
type Borrow struct {
	Who   string
	Reply proc.ReplyTo[error]
}

// Lender lends out one thing.
func Lender(self *proc.Self[Borrow]) error {
	var holder string
	var term proc.TimerRef
	for {
		got, err := proc.Receive(self, sel.OneOf(sel.Message[Borrow](), proc.SelectTimer(term)))
		if err != nil {
			return err
		}
		if _, over := got.Right(); over {
			holder = ""
			continue
		}
		b, _ := got.Left()
		if holder != "" && holder != b.Who {
			b.Reply.Reply(fmt.Errorf("%s has it", holder))
			continue
		}
		proc.CancelTimer(self, term) // nothing of it is received any more
		holder, term = b.Who, proc.StartTimer(self, Term)
		b.Reply.Reply(nil)
	}
}

// Ask borrows for who, or says why that is not possible.
func Ask(ctx context.Context, lender proc.Pid[Borrow], who string) error {
	refused, err := proc.Call(ctx, lender, func(r proc.ReplyTo[error]) Borrow { return Borrow{who, r} })
	if err != nil {
		return err
	}
	return refused
}
