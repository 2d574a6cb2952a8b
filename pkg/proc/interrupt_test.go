package proc_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// An interrupt ends each blocking operation that a process is in, and is its error, unwrapped.
func TestI1_AnInterruptEndsEveryBlockingOperation(t *testing.T) {
	for _, op := range interruptOps {
		t.Run(op.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				peers := newInterruptPeers(w, s)
				ready, got := make(chan struct{}, 1), make(chan error, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					ready <- struct{}{}
					got <- op.run(p, peers)
					return nil
				})
				harness.Value(w, ready)
				op.park(w)
				start := time.Now()
				pid.Interrupt(interruptBy(1))
				require.Equal(w, interruptBy(1), harness.Value(w, got))
				require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
				if w.Bubble {
					require.Zero(w, time.Since(start))
				}
			})
		})
	}
}

// An interrupt that waits when a blocking operation begins is its error.
func TestI1_APendingInterruptEndsEveryBlockingOperation(t *testing.T) {
	for _, op := range interruptOps {
		t.Run(op.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				peers := newInterruptPeers(w, s)
				got := make(chan error, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					p.ID().Interrupt(interruptBy(1))
					got <- op.run(p, peers)
					return nil
				})
				require.Equal(w, interruptBy(1), harness.Value(w, got))
				require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
			})
		})
	}
}

// No operation misses an interrupt that arrives just as it begins to block.
func TestI1_NoOperationMissesAnInterruptAsItBlocks(t *testing.T) {
	const rounds = 200
	for _, op := range interruptOps {
		t.Run(op.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				peers := newInterruptPeers(w, s)
				ready, got := make(chan struct{}, 1), make(chan error, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					for range rounds {
						ready <- struct{}{}
						got <- op.run(p, peers)
					}
					return nil
				})
				for i := range rounds {
					harness.Value(w, ready)
					pid.Interrupt(interruptBy(i))
					require.Equal(w, interruptBy(i), harness.Value(w, got))
				}
				harness.Ended(w, pid.ID)
			})
		})
	}
}

// An interrupt comes before messages that were queued earlier; they are all still there, in order.
func TestI1_InterruptsComeBeforeQueuedMessages(t *testing.T) {
	forms := map[string]func(p *proc.Self[string]) (string, error){
		"Self.Receive": (*proc.Self[string]).Receive,
		"Self.Messages": func(p *proc.Self[string]) (string, error) {
			for m, err := range p.Messages() {
				return m, err
			}
			return "", nil
		},
		"Receive": func(p *proc.Self[string]) (string, error) {
			return proc.Receive(p, sel.Message[string]())
		},
		"ReceiveWithin": func(p *proc.Self[string]) (string, error) {
			return proc.ReceiveWithin(p, time.Hour, sel.Message[string]())
		},
		"ReceiveWithin without waiting": func(p *proc.Self[string]) (string, error) {
			return proc.ReceiveWithin(p, 0, sel.Message[string]())
		},
		"ReceiveWithMonitor": func(p *proc.Self[string]) (string, error) {
			return proc.ReceiveWithMonitor(p, proc.ID{}, sel.Message[string]())
		},
	}
	for name, receive := range forms {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				gate, seen := make(chan struct{}), make(chan string, 10)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					<-gate
					for range 5 {
						m, err := receive(p)
						seen <- fmt.Sprintf("%s %v", m, interruptValue(err))
					}
					return nil
				})
				pid.Send("a")
				pid.Send("b")
				pid.Interrupt(interruptBy(1))
				pid.Send("c")
				pid.Interrupt(interruptBy(2))
				w.Arrive()
				close(gate)
				for _, want := range []string{" 1", " 2", "a <nil>", "b <nil>", "c <nil>"} {
					require.Equal(w, want, harness.Value(w, seen))
				}
			})
		})
	}
}

// interruptValue is the Value of an InterruptedBy, or the error itself.
func interruptValue(err error) any {
	if by, ok := err.(proc.InterruptedBy); ok { //nolint:errorlint // it must not be wrapped
		return by.Value
	}
	return err
}

// An interrupt also comes before what the runtime has queued.
func TestI1_InterruptsComeBeforeProcessDownsAndTimers(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		seen := make(chan any, 4)
		proc.Spawn(s, func(p *proc.Self[string]) error {
			p.Monitor(proc.ID{}) // its ProcessDown is queued at once
			timer := proc.StartTimer(p, time.Millisecond)
			other := proc.Spawn(p, func(p *proc.Self[string]) error { return p.Sleep(20 * time.Millisecond) })
			p.AwaitEnd(other.ID, -1)
			p.ID().Interrupt(interruptBy(1))
			p.ID().Interrupt(interruptBy(2))
			for range 2 {
				_, err := proc.Receive(p, sel.Any())
				seen <- err
			}
			_, err := proc.Receive(p, sel.Message[proc.ProcessDown]())
			seen <- err
			_, err = proc.Receive(p, proc.SelectTimer(timer))
			seen <- err
			return nil
		})
		for _, want := range []any{interruptBy(1), interruptBy(2), nil, nil} {
			require.Equal(w, want, harness.Value(w, seen))
		}
	})
}

// Whoever handles an interrupt carries on as if nothing had been: messages, calls, timers, links.
func TestI1_AHandledInterruptLetsTheProcessCarryOn(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		seen := make(chan any, 8)
		answering := proc.Spawn(s, func(p *proc.Self[proc.ReplyTo[string]]) error {
			for r, err := range p.Messages() {
				if err != nil {
					return err
				}
				r.Reply("answer")
			}
			return nil
		})
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			_, err := p.Receive()
			seen <- interruptValue(err)
			m, err := p.Receive()
			seen <- m
			seen <- err
			answer, err := proc.Call(p, answering, interruptAsk)
			seen <- answer
			seen <- err
			seen <- p.Err()
			seen <- p.ID().Alive()
			_, err = p.Receive()
			return err
		})
		w.Settle()
		pid.Interrupt(interruptBy(7))
		require.Equal(w, 7, harness.Value(w, seen))
		w.Settle()
		pid.Send("hello")
		for _, want := range []any{"hello", nil, "answer", nil, nil, true} {
			require.Equal(w, want, harness.Value(w, seen))
		}
		w.Settle()
		require.True(w, pid.Alive())
		require.Nil(w, pid.Reason())
	})
}

// Ranging over Messages goes on after an interrupt that the loop has handled.
func TestI1_MessagesGoOnAfterAnInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		gate, seen := make(chan struct{}), make(chan any, 8)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			<-gate
			for m, err := range p.Messages() {
				if err != nil {
					seen <- interruptValue(err)
					continue
				}
				seen <- m
				if m == "last" {
					break
				}
			}
			seen <- "after"
			return nil
		})
		pid.Send("first")
		pid.Interrupt(interruptBy(1))
		w.Arrive()
		close(gate)
		require.Equal(w, 1, harness.Value(w, seen))
		require.Equal(w, "first", harness.Value(w, seen))
		pid.Interrupt(interruptBy(2))
		require.Equal(w, 2, harness.Value(w, seen))
		pid.Send("last")
		require.Equal(w, "last", harness.Value(w, seen))
		require.Equal(w, "after", harness.Value(w, seen))
	})
}

// The error of Receive and its kin is an InterruptReason, a timeout and a monitored death included.
func TestI1_TheErrorOfAReceiveIsAnInterruptReason(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		seen := make(chan error, 3)
		proc.Spawn(s, func(p *proc.Self[string]) error {
			_, err := proc.ReceiveWithin(p, 0, sel.Any())
			seen <- err
			_, err = proc.ReceiveWithMonitor(p, proc.ID{}, sel.Any())
			seen <- err
			p.ID().Interrupt(proc.NormalExitRequested{})
			_, err = p.Receive()
			seen <- err
			return nil
		})
		for _, want := range []any{proc.TimeoutInterrupt{}, proc.OtherProcessNotRunning{}, proc.NormalExitRequested{}} {
			err := harness.Value(w, seen)
			require.IsType(w, want, err)
			require.Implements(w, (*proc.InterruptReason)(nil), err)
		}
	})
}

// An interrupt ends a limited receive at once, and its limit leaves nothing behind.
func TestI1_AnInterruptedLimitIsForgotten(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		seen := make(chan error, 3)
		proc.Spawn(s, func(p *proc.Self[string]) error {
			p.ID().Interrupt(interruptBy(1))
			_, err := proc.ReceiveWithin(p, 2*time.Millisecond, sel.Any())
			seen <- err
			p.ID().Interrupt(interruptBy(2))
			seen <- p.Sleep(2 * time.Millisecond)
			_, err = proc.ReceiveWithin(p, 20*time.Millisecond, sel.Any())
			seen <- err
			return nil
		})
		require.Equal(w, interruptBy(1), harness.Value(w, seen))
		require.Equal(w, interruptBy(2), harness.Value(w, seen))
		require.IsType(w, proc.TimeoutInterrupt{}, harness.Value(w, seen))
	})
}

// A sleep after an interrupted one lasts its whole time.
func TestI1_TheNextSleepIsAWholeOne(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return // exact durations need virtual time
		}
		s := w.System()
		slept, errs := make(chan time.Duration, 2), make(chan error, 2)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			for range 2 {
				start := time.Now()
				errs <- p.Sleep(time.Hour)
				slept <- time.Since(start)
			}
			return nil
		})
		proc.Spawn(s, func(p *proc.Self[string]) error {
			err := p.Sleep(time.Minute)
			pid.Interrupt(interruptBy(1))
			return err
		})
		require.Equal(w, interruptBy(1), harness.Value(w, errs))
		require.Equal(w, time.Minute, harness.Value(w, slept))
		require.NoError(w, harness.Value(w, errs))
		require.Equal(w, time.Hour, harness.Value(w, slept))
	})
}

// The reply to a call that was interrupted is never received.
func TestI1_TheReplyToAnInterruptedCallIsDropped(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		requests, seen, gate := make(chan proc.ReplyTo[string], 1), make(chan error, 2), make(chan struct{})
		server := proc.Spawn(s, func(p *proc.Self[proc.ReplyTo[string]]) error {
			r, err := p.Receive()
			requests <- r
			return errors.Join(err, p.Sleep(time.Hour))
		})
		caller := proc.Spawn(s, func(p *proc.Self[string]) error {
			_, err := proc.CallWithin(p, -1, server, interruptAsk)
			seen <- err
			<-gate
			_, err = proc.ReceiveWithin(p, 0, sel.Any())
			seen <- err
			return nil
		})
		r := harness.Value(w, requests)
		caller.Interrupt(interruptBy(1))
		require.Equal(w, interruptBy(1), harness.Value(w, seen))
		require.False(w, r.Live())
		r.Reply("too late")
		close(gate)
		require.IsType(w, proc.TimeoutInterrupt{}, harness.Value(w, seen))
	})
}

// A nil interrupt is none, and so is one to a process that has ended or never was.
func TestDecided_ANilInterruptIsIgnored(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		seen := make(chan any, 2)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			p.ID().Interrupt(nil)
			seen <- p.Yield()
			m, err := p.Receive()
			seen <- m
			return err
		})
		require.Nil(w, harness.Value(w, seen))
		w.Settle()
		pid.Interrupt(nil)
		w.Settle()
		pid.Send("a message")
		require.Equal(w, "a message", harness.Value(w, seen))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
		pid.Interrupt(interruptBy(1))
		require.Equal(w, proc.ExitNormally{}, pid.Reason())
		proc.ID{}.Interrupt(interruptBy(1))
	})
}

// An interrupt of the id of a Named pid reaches whoever has the name now.
func TestDecided_AnInterruptOfANamedIDIsResolvedWhenItIsSent(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[string]("worker")
		named := proc.Named(s, name)
		named.Interrupt(interruptBy(0)) // nobody
		for i := range 3 {
			got := make(chan error, 1)
			pid := proc.Spawn(s, func(p *proc.Self[string]) error {
				got <- p.Sleep(time.Hour)
				return nil
			}, proc.Registered(name))
			named.Interrupt(interruptBy(i))
			require.Equal(w, interruptBy(i), harness.Value(w, got))
			harness.Ended(w, pid.ID)
		}
	})
}

// Many senders at once: none is lost, and each one's arrive in its order.
func TestI2_InterruptsOfManySendersAllArrive(t *testing.T) {
	const senders, each = 8, 100
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan [2]int, senders*each)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			for range senders * each {
				_, err := p.Receive()
				from, _ := interruptValue(err).([2]int)
				got <- from
			}
			return nil
		})
		var all sync.WaitGroup
		for sender := range senders {
			all.Go(func() {
				for i := range each {
					pid.Interrupt(proc.InterruptedBy{Value: [2]int{sender, i}})
				}
			})
		}
		all.Wait()
		var next [senders]int
		for range senders * each {
			from := harness.Value(w, got)
			require.Equal(w, next[from[0]], from[1], "sender %d", from[0])
			next[from[0]]++
		}
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}
