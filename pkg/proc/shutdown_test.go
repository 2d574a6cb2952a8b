package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A shutdown ends each blocking operation at once; it does not return, and deferred functions run.
func TestI3_AShutdownEndsEveryBlockingOperation(t *testing.T) {
	for _, op := range shutdownOps {
		t.Run(op.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				peers := newInterruptPeers(w, s)
				ready, unwound := make(chan struct{}, 1), make(chan bool, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					returned := false
					defer func() { unwound <- returned }()
					ready <- struct{}{}
					err := op.run(p, peers)
					returned = true
					return err
				})
				harness.Value(w, ready)
				op.park(w)
				start := time.Now()
				pid.Shutdown(shutdownWith("told to"))
				require.False(w, harness.Value(w, unwound))
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
				if w.Bubble {
					require.Zero(w, time.Since(start))
				}
			})
		})
	}
}

// A shutdown of a busy process takes effect at its next operation, also one that need not wait.
func TestI3_APendingShutdownTakesEffectAtTheNextOperation(t *testing.T) {
	ops := append([]interruptOp{
		{name: "Receive of a queued message", run: func(p *proc.Self[string], _ interruptPeers) error {
			_, err := p.Receive()
			return err
		}},
		{name: "look at a queued message", run: func(p *proc.Self[string], _ interruptPeers) error {
			_, err := proc.ReceiveWithin(p, 0, sel.Message[string]())
			return err
		}},
		{name: "one Yield", run: func(p *proc.Self[string], _ interruptPeers) error { return p.Yield() }},
		{name: "no Sleep", run: func(p *proc.Self[string], _ interruptPeers) error { return p.Sleep(0) }},
		{name: "Exit", run: func(p *proc.Self[string], _ interruptPeers) error {
			p.Exit(proc.ExitNormally{})
			return nil
		}},
	}, shutdownOps...)
	for _, op := range ops {
		t.Run(op.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				peers := newInterruptPeers(w, s)
				ready, gate, unwound := make(chan struct{}, 1), make(chan struct{}), make(chan bool, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					returned := false
					defer func() { unwound <- returned }()
					ready <- struct{}{}
					<-gate
					err := op.run(p, peers)
					returned = true
					return err
				})
				harness.Value(w, ready)
				pid.Send("a message")
				pid.Shutdown(shutdownWith("told to"))
				w.Arrive()
				require.True(w, pid.Alive())
				close(gate)
				require.False(w, harness.Value(w, unwound))
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
			})
		})
	}
}

// shutdownOfBusy spawns a process that is busy, does something to it, then lets
// it sleep, and returns its reason and what the sleep returned, if it did.
func shutdownOfBusy(w *harness.World, s *proc.System, act func(id proc.ID)) (proc.ShutdownReason, error) {
	ready, gate, got := make(chan struct{}, 1), make(chan struct{}), make(chan error, 1)
	pid := proc.Spawn(s, func(p *proc.Self[string]) error {
		ready <- struct{}{}
		<-gate
		got <- p.Sleep(1000 * time.Hour)
		return nil
	})
	harness.Value(w, ready)
	act(pid.ID)
	w.Arrive()
	close(gate)
	reason := harness.Ended(w, pid.ID)
	select {
	case err := <-got:
		return reason, err
	default:
		return reason, nil
	}
}

// The first shutdown wins, whatever the severities.
func TestI3_ShutdownIsSticky(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		reasons := []proc.ShutdownReason{
			shutdownWith("a"), shutdownWith("b"), proc.ExitUnhandledError{Err: io.EOF}, proc.ExitNormally{},
		}
		for i := range reasons {
			reason, _ := shutdownOfBusy(w, s, func(id proc.ID) {
				for j := range reasons {
					id.Shutdown(reasons[(i+j)%len(reasons)])
				}
			})
			require.Equal(w, reasons[i], reason)
		}
		pid := proc.Spawn(s, shutdownIdle)
		w.Settle()
		pid.Shutdown(shutdownWith("a"))
		pid.Shutdown(shutdownWith("b"))
		require.Equal(w, shutdownWith("a"), harness.Ended(w, pid.ID))
		pid.Shutdown(shutdownWith("c"))
		pid.Kill()
		require.Equal(w, shutdownWith("a"), pid.Reason(), "a dead process keeps its reason")
	})
}

// Of shutdowns that race, one wins, and the context's cause is the same one.
func TestI3_RacingShutdownsAgreeOnOneReason(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for range 50 {
			ready, cause := make(chan struct{}, 1), make(chan error, 1)
			pid := proc.Spawn(s, func(p *proc.Self[string]) error {
				defer func() { cause <- context.Cause(p) }()
				ready <- struct{}{}
				return p.Sleep(time.Hour)
			})
			harness.Value(w, ready)
			var all sync.WaitGroup
			for i := range 4 {
				all.Go(func() { pid.Shutdown(shutdownWith(fmt.Sprint(i))) })
			}
			all.Wait()
			reason := harness.Ended(w, pid.ID)
			require.IsType(w, proc.ExitNormallyWith{}, reason)
			require.Equal(w, reason, harness.Value(w, cause))
		}
	})
}

// A kill outranks a shutdown that is pending, and one whose deferred functions are running.
func TestI3_AKillOutranksAShutdown(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		reason, _ := shutdownOfBusy(w, s, func(id proc.ID) {
			id.Shutdown(shutdownWith("first"))
			id.Kill()
			id.Shutdown(shutdownWith("last"))
		})
		require.Equal(w, proc.ExitKilled{}, reason)

		cleaning, gate := make(chan struct{}), make(chan struct{})
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() { close(cleaning); <-gate }()
			return p.Sleep(time.Hour)
		})
		w.Settle()
		pid.Shutdown(shutdownWith("first"))
		harness.Value(w, cleaning)
		require.True(w, pid.Alive())
		require.Nil(w, pid.Reason())
		pid.Kill()
		require.Equal(w, proc.ExitKilled{}, pid.Reason())
		close(gate)
	})
}

// A shutdown outranks every interrupt, whether it came before or after: none is delivered any more.
func TestI3_AShutdownOutranksInterrupts(t *testing.T) {
	const interrupts = 4
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for at := range interrupts + 1 {
			reason, err := shutdownOfBusy(w, s, func(id proc.ID) {
				for i := range interrupts + 1 {
					if i == at {
						id.Shutdown(shutdownWith("told to"))
					} else {
						id.Interrupt(interruptBy(i))
					}
				}
			})
			require.NoError(w, err, "an interrupt was delivered after the shutdown")
			require.Equal(w, shutdownWith("told to"), reason)
		}
	})
}

// Neither an interrupt nor the crash of a linked process erases a pending shutdown.
func TestD1_NothingErasesAPendingShutdown(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		linked, gate, got := make(chan error, 1), make(chan struct{}), make(chan error, 1)
		other := proc.Spawn(s, shutdownIdle)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			linked <- p.Link(other.ID)
			<-gate
			got <- p.Sleep(time.Hour)
			return nil
		})
		require.NoError(w, harness.Value(w, linked))
		pid.Shutdown(shutdownWith("told to"))
		pid.Interrupt(proc.NormalExitRequested{})
		other.Shutdown(proc.ExitUnhandledError{Err: io.EOF})
		harness.Ended(w, other.ID)
		close(gate)
		require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
		require.Empty(w, got)
	})
}

// Code that recovers, retries, panics or spawns in its deferred functions cannot stop a shutdown.
func TestI3_NoCodeStopsAShutdown(t *testing.T) {
	for name, resist := range map[string]func(p *proc.Self[string]){
		"recover": func(*proc.Self[string]) { _ = recover() }, //nolint:revive // deferred below
		"retry": func(p *proc.Self[string]) {
			for {
				_ = p.Sleep(time.Hour)
			}
		},
		"panic and recover": func(*proc.Self[string]) {
			defer func() { _ = recover() }()
			panic("not like this")
		},
		"exit otherwise":        func(p *proc.Self[string]) { p.Exit(shutdownWith("other")) },
		"shut down otherwise":   func(p *proc.Self[string]) { p.ID().Shutdown(shutdownWith("other")) },
		"interrupt itself":      func(p *proc.Self[string]) { p.ID().Interrupt(proc.NormalExitRequested{}) },
		"operations in between": func(p *proc.Self[string]) { defer func() { _, _ = p.Receive() }(); _ = p.Yield() },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				passed := make(chan string, 4)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					defer func() { passed <- "outer" }()
					func() {
						defer func() { passed <- "inner" }()
						defer resist(p)
						_ = p.Sleep(time.Hour)
					}()
					passed <- "survived"
					return nil
				})
				w.Settle()
				pid.Shutdown(shutdownWith("told to"))
				require.Equal(w, "inner", harness.Value(w, passed))
				require.Equal(w, "outer", harness.Value(w, passed))
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
				require.Empty(w, passed)
			})
		})
	}
}

// A shutdown that waits while the body panics and recovers is not lost.
func TestI3_AShutdownSurvivesARecoveredPanic(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ready, gate, got := make(chan struct{}, 1), make(chan struct{}), make(chan error, 1)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			func() {
				defer func() { _ = recover() }()
				ready <- struct{}{}
				<-gate
				panic("handled by the body itself")
			}()
			got <- p.Sleep(time.Hour)
			return nil
		})
		harness.Value(w, ready)
		pid.Shutdown(shutdownWith("told to"))
		close(gate)
		require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
		require.Empty(w, got)
	})
}

// A process shut down as soon as it was spawned ends with that reason, whether or not its body ran.
func TestI3_AShutdownOfABootingProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for range 200 {
			pid := proc.Spawn(s, shutdownIdle)
			pid.Shutdown(shutdownWith("told to"))
			require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
		}
	})
}

// A nil shutdown is none.
func TestDecided_ANilShutdownIsIgnored(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			p.ID().Shutdown(nil)
			_, err := p.Receive()
			return errors.Join(err, p.Err())
		})
		w.Settle()
		pid.Shutdown(nil)
		w.Settle()
		require.True(w, pid.Alive())
		pid.Send("go on")
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
		proc.ID{}.Shutdown(shutdownWith("nobody"))
	})
}

// A shutdown precedes messages: none of 101 is handled any more, and each is counted as a dead letter.
func TestF3_AShutdownPrecedesQueuedMessages(t *testing.T) {
	for name, end := range map[string]func(proc.ID){
		"shutdown": func(id proc.ID) { id.Shutdown(shutdownWith("told to")) },
		"kill":     proc.ID.Kill,
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				letters := make(chan proc.DeadLetter, 1000)
				s := w.System(proc.WithDeadLetters(func(d proc.DeadLetter) { letters <- d }))
				gate, handled := make(chan struct{}), make(chan string, 200)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					for m, err := range p.Messages() {
						if err != nil {
							return err
						}
						handled <- m
						<-gate
					}
					return nil
				})
				pid.Send("being handled")
				require.Equal(w, "being handled", harness.Value(w, handled))
				for i := range 101 {
					pid.Send(fmt.Sprint(i))
				}
				end(pid.ID)
				for i := range 20 {
					pid.Send(fmt.Sprint(101 + i))
				}
				w.Arrive()
				close(gate)
				harness.Ended(w, pid.ID)
				pid.Send("afterwards")
				seen := map[any]int{}
				for range 122 {
					letter := harness.Value(w, letters)
					require.True(w, letter.To == pid.ID)
					seen[letter.Message]++
				}
				require.Len(w, seen, 122, "a letter was shown twice")
				require.Equal(w, 1, seen["100"])
				require.Equal(w, 1, seen["afterwards"])
				require.Empty(w, handled)
				require.Empty(w, letters)
				w.Eventually("all are counted", func() bool {
					total := uint64(0)
					for _, n := range s.Counters().DeadLetters {
						total += n
					}
					return total == 122
				})
			})
		})
	}
}

// Stop's reason is a success, and each process it ends has it; one that has ended keeps its own.
func TestS2_StopsReasonIsASuccess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		before := proc.Spawn(s, func(*proc.Self[string]) error { return io.EOF })
		harness.Ended(w, before.ID)
		blocked, causes := proc.Spawn(s, shutdownIdle), make(chan error, 1)
		busy := proc.Spawn(s, func(p *proc.Self[string]) error {
			<-p.Done()
			causes <- context.Cause(p)
			return errors.New("it ended anyway")
		})
		require.NoError(w, s.Stop(context.Background()))
		for _, id := range []proc.ID{blocked.ID, busy.ID} {
			reason := harness.Ended(w, id)
			require.IsType(w, proc.ExitNormallyWith{}, reason)
			require.Equal(w, proc.ExitSuccess, reason.Severity())
		}
		require.Equal(w, busy.Reason(), harness.Value(w, causes))
		require.ErrorIs(w, before.Reason(), io.EOF)
		require.EqualValues(w, 1, s.Counters().Crashed)
	})
}

// A process that stops its own system begins the stop and is unwound like all others.
func TestDecided_StopByAProcessUnwindsIt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other, unwound := proc.Spawn(s, shutdownIdle), make(chan bool, 1)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			returned := false
			defer func() { unwound <- returned }()
			err := p.System().Stop(p)
			returned = true
			return err
		})
		require.False(w, harness.Value(w, unwound))
		require.IsType(w, proc.ExitNormallyWith{}, harness.Ended(w, pid.ID))
		require.IsType(w, proc.ExitNormallyWith{}, harness.Ended(w, other.ID))
	})
}
