package proc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// shutdownDuring spawns a process that sleeps, and runs deferred when it unwinds.
func shutdownDuring(s *proc.System, deferred func(p *proc.Self[string])) proc.Pid[string] {
	return proc.Spawn(s, func(p *proc.Self[string]) error {
		defer deferred(p)
		return p.Sleep(10000 * time.Hour)
	})
}

// A process that unwinds can still send, interrupt, shut down, kill and cancel timers.
func TestI8_AnUnwindingProcessCanStillAct(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan any, 4)
		receiver := proc.Spawn(s, func(p *proc.Self[string]) error {
			for range 3 {
				m, err := p.Receive()
				if err != nil {
					got <- err
					continue
				}
				got <- m
			}
			return nil
		})
		stopped, killed := proc.Spawn(s, shutdownIdle), proc.Spawn(s, shutdownIdle)
		done := make(chan any, 4)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			timer := proc.SendAfter(p, time.Hour, receiver, "from the timer")
			defer func() {
				receiver.Send("sent")
				done <- receiver.TrySend("tried")
				done <- proc.CancelTimer(p, timer)
				stopped.Shutdown(shutdownWith("by it"))
				killed.Kill()
				done <- killed.Alive()
			}()
			return p.Sleep(1000 * time.Hour)
		})
		w.Settle()
		pid.Shutdown(proc.ExitNormally{})
		require.Nil(w, harness.Value(w, done))
		require.Equal(w, true, harness.Value(w, done))
		require.Equal(w, false, harness.Value(w, done))
		require.Equal(w, "sent", harness.Value(w, got))
		require.Equal(w, "tried", harness.Value(w, got))
		require.Equal(w, shutdownWith("by it"), harness.Ended(w, stopped.ID))
		require.Equal(w, proc.ExitKilled{}, harness.Ended(w, killed.ID))
		interrupter := shutdownDuring(s, func(*proc.Self[string]) { receiver.Interrupt(interruptBy(1)) })
		w.Settle()
		interrupter.Shutdown(proc.ExitNormally{})
		require.Equal(w, interruptBy(1), harness.Value(w, got))
	})
}

// A timer cancelled by an unwinding process does not fire while that still waits for others.
func TestI8_ATimerCancelledWhileUnwindingNeverFires(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return // it takes hours
		}
		s := w.System()
		waited, got := make(chan bool, 1), make(chan string, 1)
		receiver := proc.Spawn(s, func(p *proc.Self[string]) error {
			m, err := p.Receive()
			got <- m
			return err
		})
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			timer := proc.SendAfter(p, time.Hour, receiver, "from the timer")
			defer func() {
				proc.CancelTimer(p, timer)
				waited <- p.AwaitEnd(receiver.ID, 2*time.Hour)
			}()
			return p.Sleep(1000 * time.Hour)
		})
		w.Settle()
		pid.Shutdown(proc.ExitNormally{})
		require.False(w, harness.Value(w, waited))
		require.Empty(w, got)
	})
}

// Every operation that would block, in a deferred function of a shut down process, unwinds further.
func TestI8_BlockingOperationsUnwindFurther(t *testing.T) {
	for _, op := range interruptOps {
		if op.name == "Await" {
			continue // its task ends with the process: see the next test
		}
		t.Run(op.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				peers := newInterruptPeers(w, s)
				passed := make(chan string, 4)
				pid := shutdownDuring(s, func(p *proc.Self[string]) {
					defer func() { passed <- "outer" }()
					passed <- "inner"
					p.ID().Interrupt(interruptBy(1)) // no longer of any interest
					_ = op.run(p, peers)
					passed <- "the operation returned"
				})
				w.Eventually("it sleeps", func() bool {
					info, _ := pid.Info()
					return info.State == proc.Sleeping
				})
				start := time.Now()
				pid.Shutdown(shutdownWith("told to"))
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
				require.Equal(w, "inner", harness.Value(w, passed))
				require.Equal(w, "outer", harness.Value(w, passed))
				if w.Bubble {
					require.Zero(w, time.Since(start))
				}
			})
		})
	}
}

// Awaiting a task that has not ended unwinds further, too.
func TestI8_AwaitUnwindsFurther(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		hold, passed := make(chan struct{}), make(chan string, 2)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			task := proc.Go(p, func(context.Context) (int, error) { <-hold; return 1, nil })
			defer func() {
				defer func() { passed <- "outer"; close(hold) }()
				_, _ = task.Await(p)
				passed <- "Await returned"
			}()
			return p.Sleep(time.Hour)
		})
		w.Settle()
		pid.Shutdown(shutdownWith("told to"))
		require.Equal(w, "outer", harness.Value(w, passed))
		require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
	})
}

// After an Exit deferred functions are in the same position as after a shutdown from outside.
func TestI8_BlockingOperationsUnwindFurtherAfterExit(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other, passed := proc.Spawn(s, shutdownIdle), make(chan string, 4)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() {
				defer func() { passed <- "outer" }()
				if p.AwaitEnd(other.ID, -1) {
					passed <- "waited"
				}
				_ = p.Sleep(time.Hour)
				passed <- "slept"
			}()
			p.Exit(shutdownWith("enough"))
			return nil
		})
		w.Settle()
		require.True(w, pid.Alive())
		other.Shutdown(proc.ExitNormally{})
		require.Equal(w, shutdownWith("enough"), harness.Ended(w, pid.ID))
		require.Equal(w, "waited", harness.Value(w, passed))
		require.Equal(w, "outer", harness.Value(w, passed))
	})
}

// The deferred functions of a process that nobody has shut down may block like any code of it.
func TestI8_WithoutAShutdownDeferredFunctionsMayBlock(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan any, 2)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() {
				got <- p.Sleep(time.Millisecond)
				m, err := p.Receive()
				got <- m
				got <- err
			}()
			return nil
		})
		pid.Send("for the deferred function")
		require.Nil(w, harness.Value(w, got))
		require.Equal(w, "for the deferred function", harness.Value(w, got))
		require.Nil(w, harness.Value(w, got))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// A process that unwinds receives nothing more, not even what is queued already.
func TestI8_AnUnwindingProcessReceivesNothing(t *testing.T) {
	for name, receive := range map[string]func(p *proc.Self[string]) (string, error){
		"Self.Receive": (*proc.Self[string]).Receive,
		"look": func(p *proc.Self[string]) (string, error) {
			return proc.ReceiveWithin(p, 0, sel.Message[string]())
		},
		"Messages": func(p *proc.Self[string]) (string, error) {
			for m, err := range p.Messages() {
				return m, err
			}
			return "", nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				letters := make(chan proc.DeadLetter, 4)
				s := w.System(proc.WithDeadLetters(func(d proc.DeadLetter) { letters <- d }))
				cleaning, gate, got := make(chan struct{}), make(chan struct{}), make(chan string, 4)
				pid := shutdownDuring(s, func(p *proc.Self[string]) {
					close(cleaning)
					<-gate
					if m, err := receive(p); err == nil {
						got <- m
					}
				})
				w.Settle()
				pid.Send("queued before") // the sleeping process does not want it
				pid.Shutdown(shutdownWith("told to"))
				harness.Value(w, cleaning)
				pid.Send("sent while it unwinds")
				close(gate)
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
				require.Empty(w, got)
				messages := []any{harness.Value(w, letters).Message, harness.Value(w, letters).Message}
				require.ElementsMatch(w, []any{"queued before", "sent while it unwinds"}, messages)
			})
		})
	}
}

// What is offered to an unwinding process by TrySend is refused.
func TestDecided_TrySendToAnUnwindingProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		cleaning, gate := make(chan struct{}), make(chan struct{})
		pid := shutdownDuring(s, func(*proc.Self[string]) { close(cleaning); <-gate })
		w.Settle()
		require.NoError(w, pid.TrySend("while it lives"))
		pid.Shutdown(shutdownWith("told to"))
		harness.Value(w, cleaning)
		require.IsType(w, proc.OtherProcessNotRunning{}, pid.TrySend("too late"))
		close(gate)
		harness.Ended(w, pid.ID)
		require.IsType(w, proc.OtherProcessNotRunning{}, pid.TrySend("far too late"))
	})
}

// Calls that an unwinding server has not received, and new ones, fail at once; received ones it may answer.
func TestI8_CallsToAnUnwindingServer(t *testing.T) {
	type result struct {
		answer string
		err    error
	}
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		received, unwinding, gate := make(chan struct{}), make(chan struct{}), make(chan struct{})
		server := proc.Spawn(s, func(p *proc.Self[proc.ReplyTo[string]]) error {
			answered, err := p.Receive()
			if err != nil {
				return err
			}
			if _, err = p.Receive(); err != nil { // this one is never answered
				return err
			}
			defer func() {
				close(unwinding)
				<-gate
				answered.Reply("from a deferred function")
			}()
			close(received)
			_, err = proc.Receive(p, sel.None[string]())
			return err
		})
		call := func() <-chan result {
			results := make(chan result, 1)
			proc.Spawn(s, func(p *proc.Self[string]) error {
				answer, err := proc.CallWithin(p, -1, server, interruptAsk)
				results <- result{answer, err}
				return nil
			})
			return results
		}
		first := call()
		w.Settle()
		second := call()
		harness.Value(w, received)
		queued := call()
		w.Settle()
		start := time.Now()
		reason := shutdownWith("told to")
		server.Shutdown(reason)
		harness.Value(w, unwinding)
		late := call()
		for _, results := range []<-chan result{queued, late} {
			got := harness.Value(w, results)
			other, ok := got.err.(proc.OtherProcessNotRunning)
			require.True(w, ok, "%v", got.err)
			require.True(w, other.ID == server.ID)
			require.Equal(w, reason, other.Reason)
			require.ErrorIs(w, got.err, reason)
		}
		_, err := proc.CallWithin(context.Background(), -1, server, interruptAsk)
		require.IsType(w, proc.OtherProcessNotRunning{}, err)
		require.True(w, server.Alive())
		require.Empty(w, first)
		require.Empty(w, second)
		close(gate)
		require.Equal(w, result{answer: "from a deferred function"}, harness.Value(w, first))
		require.IsType(w, proc.OtherProcessNotRunning{}, harness.Value(w, second).err)
		require.Equal(w, reason, harness.Ended(w, server.ID))
		if w.Bubble {
			require.Zero(w, time.Since(start))
		}
	})
}

// While it unwinds a process is alive, listed, and its own state says so.
func TestI8_AnUnwindingProcessIsStillAlive(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[string]("unwinding")
		cleaning, gate := make(chan struct{}), make(chan struct{})
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() { close(cleaning); <-gate }()
			return p.Sleep(time.Hour)
		}, proc.Registered(name))
		w.Settle()
		pid.Shutdown(shutdownWith("told to"))
		harness.Value(w, cleaning)
		info, ok := pid.Info()
		require.True(w, ok)
		require.Equal(w, proc.ShuttingDown, info.State)
		require.True(w, pid.Alive())
		require.Nil(w, pid.Reason())
		_, ok = proc.Whereis(s, name)
		require.True(w, ok)
		close(gate)
		harness.Ended(w, pid.ID)
		_, ok = proc.Whereis(s, name)
		require.False(w, ok)
	})
}
