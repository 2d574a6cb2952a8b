package proc_test

import (
	"context"
	"runtime"
	"time"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// interruptOp is a blocking operation, set up so that it never ends by itself.
type interruptOp struct {
	name  string
	spins bool // it never blocks and is repeated instead
	run   func(p *proc.Self[string], with interruptPeers) error
}

// interruptPeers are the processes that the operations wait for in vain.
type interruptPeers struct {
	silent proc.Pid[proc.ReplyTo[string]] // takes requests and never answers
	full   proc.Pid[string]               // its mailbox is full
}

func newInterruptPeers(w *harness.World, s *proc.System) interruptPeers {
	silent := proc.Spawn(s, func(p *proc.Self[proc.ReplyTo[string]]) error {
		for {
			if _, err := p.Receive(); err != nil {
				return err
			}
		}
	})
	full := proc.Spawn(s, func(p *proc.Self[string]) error {
		_, err := proc.Receive(p, sel.None[string]())
		return err
	}, proc.Bounded(1, proc.Reject))
	full.Send("no more room")
	w.Arrive()
	return interruptPeers{silent: silent, full: full}
}

// interruptAsk is the request of a call to a process that takes bare ReplyTos.
func interruptAsk(r proc.ReplyTo[string]) proc.ReplyTo[string] { return r }

// interruptOps are all the operations that an interrupt ends.
var interruptOps = []interruptOp{
	{name: "Self.Receive", run: func(p *proc.Self[string], _ interruptPeers) error {
		_, err := p.Receive()
		return err
	}},
	{name: "Self.Messages", run: func(p *proc.Self[string], _ interruptPeers) error {
		for _, err := range p.Messages() {
			return err
		}
		return nil
	}},
	{name: "Receive", run: func(p *proc.Self[string], _ interruptPeers) error {
		_, err := proc.Receive(p, sel.Message[int]())
		return err
	}},
	{name: "Receive of nothing", run: func(p *proc.Self[string], _ interruptPeers) error {
		_, err := proc.Receive(p, sel.None[int]())
		return err
	}},
	{name: "ReceiveWithin", run: func(p *proc.Self[string], _ interruptPeers) error {
		_, err := proc.ReceiveWithin(p, time.Hour, sel.Message[int]())
		return err
	}},
	{name: "ReceiveWithMonitor", run: func(p *proc.Self[string], with interruptPeers) error {
		_, err := proc.ReceiveWithMonitor(p, with.silent.ID, sel.Message[int]())
		return err
	}},
	{name: "Sleep", run: func(p *proc.Self[string], _ interruptPeers) error {
		return p.Sleep(time.Hour)
	}},
	{name: "Yield", spins: true, run: func(p *proc.Self[string], _ interruptPeers) error {
		for {
			if err := p.Yield(); err != nil {
				return err
			}
		}
	}},
	{name: "Call", run: func(p *proc.Self[string], with interruptPeers) error {
		ctx, cancel := context.WithTimeout(p, time.Hour)
		defer cancel()
		_, err := proc.Call(ctx, with.silent, interruptAsk)
		return err
	}},
	{name: "CallWithin", run: func(p *proc.Self[string], with interruptPeers) error {
		_, err := proc.CallWithin(p, time.Hour, with.silent, interruptAsk)
		return err
	}},
	{name: "CallWithin without limit", run: func(p *proc.Self[string], with interruptPeers) error {
		_, err := proc.CallWithin(p, -1, with.silent, interruptAsk)
		return err
	}},
	{name: "Await", run: func(p *proc.Self[string], _ interruptPeers) error {
		task := proc.Go(p, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		_, err := task.Await(p)
		return err
	}},
	{name: "SendContext", run: func(p *proc.Self[string], with interruptPeers) error {
		return with.full.SendContext(p, "one more")
	}},
	{name: "SendContext with a derived context", run: func(p *proc.Self[string], with interruptPeers) error {
		ctx, cancel := context.WithCancel(p)
		defer cancel()
		return with.full.SendContext(ctx, "one more")
	}},
	{name: "Join", run: func(p *proc.Self[string], with interruptPeers) error {
		_, err := proc.Join(p, with.silent.ID)
		return err
	}},
	{name: "Join with a derived context", run: func(p *proc.Self[string], with interruptPeers) error {
		ctx, cancel := context.WithCancel(p)
		defer cancel()
		_, err := proc.Join(ctx, with.silent.ID)
		return err
	}},
}

// interruptAwaitEnd blocks too, but only a shutdown or a kill ends it.
var interruptAwaitEnd = interruptOp{name: "AwaitEnd", run: func(p *proc.Self[string], with interruptPeers) error {
	p.AwaitEnd(with.silent.ID, -1)
	return nil
}}

// shutdownOps are all the operations that a shutdown ends.
var shutdownOps = append([]interruptOp{interruptAwaitEnd}, interruptOps...)

// park gives a process that is about to run op the time to block in it.
func (op interruptOp) park(w *harness.World) {
	switch {
	case op.spins:
	case w.Bubble:
		w.Settle()
	default:
		for range 200 {
			runtime.Gosched()
		}
	}
}

// interruptBy makes interrupts that can be told apart.
func interruptBy(n int) proc.InterruptedBy { return proc.InterruptedBy{Value: n} }

// shutdownWith makes shutdown reasons that can be told apart.
func shutdownWith(detail string) proc.ExitNormallyWith {
	return proc.ExitNormallyWith{Detail: detail}
}

// shutdownIdle is a body that only a shutdown or an interrupt ends.
func shutdownIdle(p *proc.Self[string]) error { return p.Sleep(1000 * time.Hour) }
