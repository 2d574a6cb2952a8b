package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Two interrupts before the first is delivered: both arrive, in order.
func TestD2_TheFirstOfTwoInterruptsIsKept(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		gate, got := make(chan struct{}), make(chan error, 2)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			<-gate
			got <- p.Sleep(time.Hour)
			got <- p.Sleep(time.Hour)
			return nil
		})
		pid.Interrupt(proc.NormalExitRequested{})
		pid.Interrupt(proc.ErrorInterrupt{Err: io.EOF})
		close(gate)
		require.Equal(w, proc.NormalExitRequested{}, harness.Value(w, got))
		require.Equal(w, proc.ErrorInterrupt{Err: io.EOF}, harness.Value(w, got))
	})
}

// A thousand interrupts of a busy process are delivered one at a time, in order, then its messages.
func TestI2_InterruptsQueueInOrder(t *testing.T) {
	const n = 1000
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		gate, got := make(chan struct{}), make(chan any, n+2)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			<-gate
			for range n + 1 {
				m, err := p.Receive()
				if err != nil {
					got <- interruptValue(err)
					continue
				}
				got <- m
			}
			_, err := proc.ReceiveWithin(p, 0, sel.Any())
			got <- err
			return nil
		})
		pid.Send("message")
		for i := range n {
			pid.Interrupt(interruptBy(i))
		}
		w.Arrive()
		close(gate)
		for i := range n {
			require.Equal(w, i, harness.Value(w, got))
		}
		require.Equal(w, "message", harness.Value(w, got))
		require.IsType(w, proc.TimeoutInterrupt{}, harness.Value(w, got))
	})
}

// Equal interrupts are not merged.
func TestI2_EqualInterruptsAreAllDelivered(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan error, 4)
		proc.Spawn(s, func(p *proc.Self[string]) error {
			for range 3 {
				p.ID().Interrupt(proc.NormalExitRequested{})
			}
			for range 4 {
				got <- p.Yield()
			}
			return nil
		})
		for range 3 {
			require.Equal(w, proc.NormalExitRequested{}, harness.Value(w, got))
		}
		require.NoError(w, harness.Value(w, got))
	})
}

// Each blocking operation, whichever it is, takes exactly one interrupt.
func TestI2_EachOperationTakesExactlyOneInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		peers := newInterruptPeers(w, s)
		got := make(chan error, len(interruptOps)+1)
		proc.Spawn(s, func(p *proc.Self[string]) error {
			for i := range interruptOps {
				p.ID().Interrupt(interruptBy(i))
			}
			for _, op := range interruptOps {
				got <- op.run(p, peers)
			}
			got <- p.Yield()
			return nil
		})
		for i, op := range interruptOps {
			require.Equal(w, interruptBy(i), harness.Value(w, got), op.name)
		}
		require.NoError(w, harness.Value(w, got))
	})
}

// What arrives while an earlier interrupt is being handled waits for the next operation.
func TestI2_AnInterruptDuringTheHandlingOfAnotherWaits(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		gate, got := make(chan struct{}), make(chan error, 1)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			for range 3 {
				got <- p.Sleep(time.Hour)
				<-gate
			}
			return nil
		})
		for i := range 3 {
			pid.Interrupt(interruptBy(i))
			if i > 0 {
				gate <- struct{}{}
			}
			require.Equal(w, interruptBy(i), harness.Value(w, got))
		}
		close(gate)
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// Interrupts sent to a process that was spawned just now are kept for it.
func TestI2_InterruptsOfABootingProcessAreKept(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for i := range 100 {
			got := make(chan error, 2)
			pid := proc.Spawn(s, func(p *proc.Self[string]) error {
				got <- p.Sleep(time.Hour)
				got <- p.Sleep(time.Hour)
				return nil
			})
			pid.Interrupt(interruptBy(i))
			pid.Interrupt(interruptBy(-i))
			require.Equal(w, interruptBy(i), harness.Value(w, got))
			require.Equal(w, interruptBy(-i), harness.Value(w, got))
		}
	})
}

// Crashes of linked processes queue like other interrupts: in order, each with its id and reason.
func TestI2_LinkCrashesQueueWithOtherInterrupts(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		first, second := proc.Spawn(s, shutdownIdle), proc.Spawn(s, shutdownIdle)
		linked, gate, got := make(chan error, 2), make(chan struct{}), make(chan error, 6)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			linked <- p.Link(first.ID)
			linked <- p.Link(second.ID)
			<-gate
			for range 6 {
				got <- p.Yield()
			}
			return nil
		})
		require.NoError(w, harness.Value(w, linked))
		require.NoError(w, harness.Value(w, linked))
		pid.Interrupt(interruptBy(1))
		w.Arrive()
		first.Shutdown(proc.ExitUnhandledError{Err: io.EOF})
		harness.Ended(w, first.ID)
		pid.Interrupt(interruptBy(2))
		w.Arrive()
		second.Kill()
		harness.Ended(w, second.ID)
		pid.Interrupt(interruptBy(3))
		w.Arrive()
		close(gate)
		require.Equal(w, interruptBy(1), harness.Value(w, got))
		crashed, ok := harness.Value(w, got).(proc.LinkedProcessCrashed)
		require.True(w, ok)
		require.True(w, crashed.ID == first.ID)
		require.ErrorIs(w, crashed, io.EOF)
		require.Equal(w, interruptBy(2), harness.Value(w, got))
		crashed, ok = harness.Value(w, got).(proc.LinkedProcessCrashed)
		require.True(w, ok)
		require.True(w, crashed.ID == second.ID)
		require.Equal(w, proc.ExitKilled{}, crashed.Reason)
		require.Equal(w, interruptBy(3), harness.Value(w, got))
		require.NoError(w, harness.Value(w, got))
	})
}

// interruptNonBlocking are operations that do not wait: no interrupt is for them.
var interruptNonBlocking = map[string]func(p *proc.Self[string], other proc.Pid[string]){
	"ID":             func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.ID().String() },
	"Pid":            func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.Pid() },
	"System":         func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.System().Now() },
	"Log":            func(p *proc.Self[string], _ proc.Pid[string]) { p.Log().Info().Msg("logged") },
	"NewRef":         func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.NewRef() },
	"Rand":           func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.Rand().Int() },
	"SetDetails":     func(p *proc.Self[string], _ proc.Pid[string]) { p.SetDetails("testing") },
	"Err":            func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.Err() },
	"Cause":          func(p *proc.Self[string], _ proc.Pid[string]) { _ = context.Cause(p) },
	"Done":           func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.Done() },
	"Deadline":       func(p *proc.Self[string], _ proc.Pid[string]) { _, _ = p.Deadline() },
	"Value":          func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.Value("key") },
	"Outside":        func(p *proc.Self[string], _ proc.Pid[string]) { _ = proc.Outside(p).Err() },
	"own Info":       func(p *proc.Self[string], _ proc.Pid[string]) { _, _ = p.ID().Info() },
	"Info":           func(_ *proc.Self[string], other proc.Pid[string]) { _, _ = other.Info() },
	"Alive":          func(_ *proc.Self[string], other proc.Pid[string]) { _ = other.Alive() },
	"Reason":         func(_ *proc.Self[string], other proc.Pid[string]) { _ = other.Reason() },
	"Done of an ID":  func(_ *proc.Self[string], other proc.Pid[string]) { _ = other.Done() },
	"PidFor":         func(self *proc.Self[string], _ proc.Pid[string]) { proc.PidFor[int](self) },
	"PidOf":          func(_ *proc.Self[string], other proc.Pid[string]) { _, _ = proc.PidOf[string](other.ID) },
	"Settled":        func(_ *proc.Self[string], other proc.Pid[string]) { _, _ = other.Settled() },
	"Send":           func(_ *proc.Self[string], other proc.Pid[string]) { other.Send("m") },
	"Send to itself": func(p *proc.Self[string], _ proc.Pid[string]) { p.Pid().Send("m") },
	"TrySend":        func(_ *proc.Self[string], other proc.Pid[string]) { _ = other.TrySend("m") },
	"Contramap": func(_ *proc.Self[string], other proc.Pid[string]) {
		proc.Contramap(other, func(n int) string { return fmt.Sprint(n) }).Send(3)
	},
	"Interrupt":  func(_ *proc.Self[string], other proc.Pid[string]) { other.Interrupt(interruptBy(9)) },
	"Shutdown":   func(_ *proc.Self[string], other proc.Pid[string]) { other.Shutdown(shutdownWith("told to")) },
	"Kill":       func(_ *proc.Self[string], other proc.Pid[string]) { other.Kill() },
	"Link":       func(p *proc.Self[string], other proc.Pid[string]) { _ = p.Link(other.ID) },
	"Unlink":     func(p *proc.Self[string], other proc.Pid[string]) { _ = p.Link(other.ID); p.Unlink(other.ID) },
	"Monitor":    func(p *proc.Self[string], other proc.Pid[string]) { p.Monitor(other.ID) },
	"Demonitor":  func(p *proc.Self[string], other proc.Pid[string]) { p.Demonitor(p.Monitor(other.ID)) },
	"Spawn":      func(p *proc.Self[string], _ proc.Pid[string]) { proc.Spawn(p, shutdownIdle) },
	"SpawnOwned": func(p *proc.Self[string], _ proc.Pid[string]) { proc.Spawn(p, shutdownIdle, proc.Owned()) },
	"SpawnLink":  func(p *proc.Self[string], _ proc.Pid[string]) { proc.SpawnLink(p, shutdownIdle) },
	"SpawnMonitor": func(p *proc.Self[string], _ proc.Pid[string]) {
		proc.SpawnMonitor(p, shutdownIdle)
	},
	"StartTimer": func(p *proc.Self[string], _ proc.Pid[string]) { proc.StartTimer(p, time.Hour) },
	"SendAfter":  func(p *proc.Self[string], other proc.Pid[string]) { proc.SendAfter(p, time.Hour, other, "m") },
	"SendEvery":  func(p *proc.Self[string], other proc.Pid[string]) { proc.SendEvery(p, time.Hour, other, "m") },
	"CancelTimer": func(p *proc.Self[string], _ proc.Pid[string]) {
		proc.CancelTimer(p, proc.StartTimer(p, time.Hour))
	},
	"Register": func(p *proc.Self[string], _ proc.Pid[string]) {
		_ = proc.Register(p, proc.NewName[string]("own"), p.Pid())
	},
	"Unregister": func(p *proc.Self[string], _ proc.Pid[string]) {
		proc.Unregister(p, proc.NewName[string]("nobody's"))
	},
	"Whereis": func(p *proc.Self[string], _ proc.Pid[string]) {
		proc.Whereis(p, proc.NewName[string]("nobody's"))
	},
	"Named": func(p *proc.Self[string], _ proc.Pid[string]) {
		proc.Named(p, proc.NewName[string]("nobody's")).Send("m")
	},
	"Via": func(p *proc.Self[string], other proc.Pid[string]) {
		proc.Via(p, func() (proc.Pid[string], bool) { return other, true }).Send("m")
	},
	"Go": func(p *proc.Self[string], _ proc.Pid[string]) {
		proc.Go(p, func(context.Context) (int, error) { return 1, nil })
	},
	"Processes": func(p *proc.Self[string], _ proc.Pid[string]) {
		for range p.System().Processes() {
			continue
		}
		_ = p.System().Counters()
	},
	"AwaitEnd": func(p *proc.Self[string], other proc.Pid[string]) {
		p.AwaitEnd(other.ID, 2*time.Millisecond)
	},
	"Flush": func(p *proc.Self[string], _ proc.Pid[string]) { _ = p.Flush() },
}

// Operations that do not block, and AwaitEnd, leave interrupts to those that follow.
func TestI2_NonBlockingOperationsConsumeNoInterrupt(t *testing.T) {
	for name, run := range interruptNonBlocking {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				got := make(chan error, 3)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					other := proc.Spawn(s, func(p *proc.Self[string]) error {
						for {
							_ = p.Sleep(time.Hour)
						}
					})
					p.ID().Interrupt(interruptBy(1))
					p.ID().Interrupt(interruptBy(2))
					run(p, other)
					got <- p.Yield()
					run(p, other)
					got <- p.Yield()
					return nil
				})
				require.Equal(w, interruptBy(1), harness.Value(w, got))
				require.Equal(w, interruptBy(2), harness.Value(w, got))
				require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
			})
		})
	}
}

// Answering a request, and asking whether it is still wanted, consumes no interrupt.
func TestI2_AnsweringConsumesNoInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan error, 2)
		server := proc.Spawn(s, func(p *proc.Self[proc.ReplyTo[string]]) error {
			r, err := p.Receive()
			if err != nil {
				return err
			}
			p.ID().Interrupt(interruptBy(1))
			if r.Live() {
				r.Delegate().Reply("answer")
			}
			r.Reply("another answer")
			got <- p.Yield()
			return nil
		})
		answer, err := proc.Call(context.Background(), server, interruptAsk)
		require.NoError(w, err)
		require.Equal(w, "answer", answer)
		require.Equal(w, interruptBy(1), harness.Value(w, got))
	})
}

// Flush gives messages only: an interrupt that is pending stays.
func TestI2_FlushTakesMessagesOnly(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		flushed, got := make(chan []any, 1), make(chan error, 1)
		proc.Spawn(s, func(p *proc.Self[string]) error {
			p.Pid().Send("a")
			p.ID().Interrupt(interruptBy(1))
			p.Pid().Send("b")
			flushed <- p.Flush()
			got <- p.Yield()
			return nil
		})
		require.Equal(w, []any{"a", "b"}, harness.Value(w, flushed))
		require.Equal(w, interruptBy(1), harness.Value(w, got))
	})
}

// AwaitEnd takes no interrupt: neither one that waits nor one that comes while it blocks.
func TestI2_AwaitEndTakesNoInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other := proc.Spawn(s, shutdownIdle)
		waited, got := make(chan bool, 1), make(chan error, 3)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			p.ID().Interrupt(interruptBy(1))
			waited <- p.AwaitEnd(other.ID, -1)
			for range 3 {
				got <- p.Yield()
			}
			return nil
		})
		w.Settle()
		pid.Interrupt(interruptBy(2))
		w.Settle()
		require.Empty(w, waited)
		other.Shutdown(proc.ExitNormally{})
		require.True(w, harness.Value(w, waited))
		require.Equal(w, interruptBy(1), harness.Value(w, got))
		require.Equal(w, interruptBy(2), harness.Value(w, got))
		require.NoError(w, harness.Value(w, got))
	})
}

// interruptAccessors calls each accessor of a process once.
func interruptAccessors(p *proc.Self[string]) error {
	_ = p.ID().String()
	_ = p.Pid().String()
	_ = p.System().Now()
	p.Log().Debug().Msg("an accessor")
	_ = p.NewRef()
	_ = p.Rand().Int()
	p.SetDetails("asking itself")
	_, _ = p.Deadline()
	_ = p.Value("key")
	_ = p.Done()
	_ = proc.Outside(p)
	_, _ = p.ID().Info()
	_ = p.ID().Alive()
	_ = p.ID().Reason()
	return errors.Join(p.Err(), context.Cause(p))
}

// Asking for the own pid with an interrupt pending does nothing to either.
func TestD5_AskingForTheOwnPidWithAnInterruptPending(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan error, 2)
		ids := make(chan proc.ID, 2)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			p.ID().Interrupt(proc.NormalExitRequested{})
			ids <- p.ID()
			ids <- p.Pid().ID
			got <- interruptAccessors(p)
			got <- p.Yield()
			return nil
		})
		require.True(w, pid.ID == harness.Value(w, ids))
		require.True(w, pid.ID == harness.Value(w, ids))
		require.NoError(w, harness.Value(w, got), "an interrupt does not cancel the context")
		require.Equal(w, proc.NormalExitRequested{}, harness.Value(w, got))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// Accessors are no delivery points for a shutdown or a kill either: the next operation is.
func TestI9_AccessorsAreNeverDeliveryPoints(t *testing.T) {
	for name, end := range map[string]func(proc.ID){
		"interrupt": func(id proc.ID) { id.Interrupt(interruptBy(1)) },
		"shutdown":  func(id proc.ID) { id.Shutdown(shutdownWith("told to")) },
		"kill":      proc.ID.Kill,
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				gate, passed := make(chan struct{}), make(chan string, 3)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					defer func() { passed <- "unwound" }()
					passed <- "busy"
					<-gate
					_ = interruptAccessors(p)
					passed <- "asked"
					return p.Yield()
				})
				require.Equal(w, "busy", harness.Value(w, passed))
				end(pid.ID)
				close(gate)
				require.Equal(w, "asked", harness.Value(w, passed))
				require.Equal(w, "unwound", harness.Value(w, passed))
				harness.Ended(w, pid.ID)
			})
		})
	}
}
