package proc_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// deadlettersAsk is a request that is nothing but the place for its answer.
func deadlettersAsk(r proc.ReplyTo[int]) any { return r }

// deadlettersCall starts a call to p that would wait an hour, and waits until its request is queued.
func deadlettersCall(w *harness.World, ctx context.Context, p puppet[any]) <-chan error {
	before := p.waiting()
	failed := make(chan error, 1)
	go func() {
		_, err := proc.CallWithin(ctx, time.Hour, p.Pid, deadlettersAsk)
		failed <- err
	}()
	w.Eventually("the request is queued", func() bool { return p.waiting() > before })
	return failed
}

// No dead letter is what the runtime sends, nor what its sender was told about.
func TestM3_NoDeadLetters(t *testing.T) {
	gone := func(w *harness.World, s *proc.System) proc.Pid[any] {
		pid := proc.Spawn(s, func(*proc.Self[any]) error { return nil })
		harness.Ended(w, pid.ID)
		return pid
	}
	for name, scene := range map[string]func(w *harness.World, s *proc.System){
		"a ProcessDown left at exit": func(w *harness.World, s *proc.System) {
			p, q := puppetOf[any](w, s), puppetOf[any](w, s)
			puppetDo(p, func(self *proc.Self[any]) proc.MonitorRef { self.Monitor(gone(w, s).ID); return self.Monitor(q.ID) })
			q.leave()
			w.Eventually("both are queued", func() bool { return p.waiting() == 2 })
			p.leave()
			harness.Ended(w, p.ID)
		},
		"a ProcessDown to a dead owner": func(w *harness.World, s *proc.System) {
			p, q := puppetOf[any](w, s), puppetOf[any](w, s)
			puppetDo(p, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(q.ID) })
			p.leave()
			harness.Ended(w, p.ID)
			q.leave()
			harness.Ended(w, q.ID)
		},
		"a TimerElapsed left at exit": func(w *harness.World, s *proc.System) {
			p := puppetOf[any](w, s)
			puppetDo(p, func(self *proc.Self[any]) proc.TimerRef { return proc.StartTimer(self, time.Millisecond) })
			w.Eventually("it is queued", func() bool { return p.waiting() == 1 })
			p.leave()
			harness.Ended(w, p.ID)
		},
		"an interrupt left at exit, or to a dead process": func(w *harness.World, s *proc.System) {
			p := puppetOf[any](w, s)
			p.Interrupt(proc.InterruptedBy{Value: 1})
			p.leave()
			harness.Ended(w, p.ID)
			p.Interrupt(proc.InterruptedBy{Value: 2})
			p.Shutdown(proc.ExitNormally{})
			p.Kill()
		},
		"a reply that comes late": func(w *harness.World, s *proc.System) {
			p := puppetOf[any](w, s)
			_, err := proc.CallWithin(context.Background(), time.Millisecond, p.Pid, deadlettersAsk)
			puppetError[proc.TimeoutInterrupt](w, err)
			puppetReceive(p, sel.Message[proc.ReplyTo[int]]()).Reply(1)
		},
		"a reply to a dead process": func(w *harness.World, s *proc.System) {
			p, caller := puppetOf[any](w, s), puppetOf[any](w, s)
			puppetStart(caller, func(self *proc.Self[any]) error { _, err := proc.Call(self, p.Pid, deadlettersAsk); return err })
			request := puppetReceive(p, sel.Message[proc.ReplyTo[int]]())
			caller.Shutdown(proc.ExitNormally{})
			harness.Ended(w, caller.ID)
			request.Reply(1)
			request.Reply(2)
		},
		"a call to a dead process": func(w *harness.World, s *proc.System) {
			_, err := proc.Call(context.Background(), gone(w, s), deadlettersAsk)
			puppetError[proc.OtherProcessNotRunning](w, err)
		},
		"a call that is not received before the end": func(w *harness.World, s *proc.System) {
			p := puppetOf[any](w, s)
			failed := deadlettersCall(w, context.Background(), p)
			p.leave()
			puppetError[proc.OtherProcessNotRunning](w, harness.Value(w, failed))
			harness.Ended(w, p.ID)
		},
		"a call that had failed before": func(w *harness.World, s *proc.System) {
			p := puppetOf[any](w, s)
			_, err := proc.CallWithin(context.Background(), time.Millisecond, p.Pid, deadlettersAsk)
			puppetError[proc.TimeoutInterrupt](w, err)
			ctx, cancel := context.WithCancel(context.Background())
			failed := deadlettersCall(w, ctx, p)
			cancel()
			require.Error(w, harness.Value(w, failed))
			p.leave()
			harness.Ended(w, p.ID)
		},
		"a call that a bound refuses": func(w *harness.World, s *proc.System) {
			p := puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
			p.Send("full")
			_, err := proc.Call(context.Background(), p.Pid, deadlettersAsk)
			require.ErrorIs(w, err, proc.ErrMailboxFull)
			require.Equal(w, "full", puppetReceive(p, sel.Any()))
		},
		"a call that a bound drops": func(w *harness.World, s *proc.System) {
			p := puppetOf[any](w, s, proc.Bounded(1, proc.DropOldest))
			failed := deadlettersCall(w, context.Background(), p)
			p.Send("newer")
			require.ErrorIs(w, harness.Value(w, failed), proc.ErrMailboxFull)
			require.Equal(w, "newer", puppetReceive(p, sel.Any()))
		},
		"a TrySend that failed": func(w *harness.World, s *proc.System) {
			require.Error(w, gone(w, s).TrySend("dead"))
			p := puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
			require.NoError(w, p.TrySend("room"))
			require.ErrorIs(w, p.TrySend("full"), proc.ErrMailboxFull)
			require.Equal(w, "room", puppetReceive(p, sel.Any()))
		},
		"a SendContext that failed": func(w *harness.World, s *proc.System) {
			require.Error(w, gone(w, s).SendContext(context.Background(), "dead"))
			p := puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
			require.NoError(w, p.SendContext(context.Background(), "room"))
			cancelled, cancel := context.WithCancel(context.Background())
			cancel()
			require.Error(w, p.SendContext(cancelled, "cancelled"))
			require.Error(w, puppetDo(p, func(self *proc.Self[any]) error { return p.SendContext(self, "own") }))
			waiting := make(chan error, 1)
			go func() { waiting <- p.SendContext(context.Background(), "waiting") }()
			if w.Bubble {
				w.Settle()
			}
			require.Equal(w, 1, p.waiting())
			p.Shutdown(proc.ExitNormally{})
			// the one that is queued is a dead letter; take it into account below
			require.Error(w, harness.Value(w, waiting))
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				scene(w, s)
				if name == "a SendContext that failed" {
					dead.expect(w, s, "room")
					return
				}
				dead.expectNone(w, s)
			})
		})
	}
}

// A send that was accepted is not told about: left at exit, or dropped, it is a dead letter.
func TestM3_AcceptedSendsAreDeadLettersLater(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s, proc.Bounded(2, proc.DropOldest))
		require.NoError(w, p.TrySend("dropped"))
		require.NoError(w, p.SendContext(context.Background(), "left"))
		require.NoError(w, p.TrySend("left too"))
		dead.expect(w, s, "dropped")
		p.leave()
		harness.Ended(w, p.ID)
		dead.expect(w, s, "dropped", "left", "left too")
	})
}

// Messages that were taken, be it all at once, are no dead letters.
func TestM3_TakenMessagesAreNoDeadLetters(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s)
		puppetSend[any](p.Pid, 1, "a", 2, "b")
		w.Arrive()
		require.Equal(w, "a", puppetReceive(p, sel.Message[string]()))
		require.Equal(w, []any{1, 2, "b"}, puppetDo(p, func(self *proc.Self[any]) []any { return self.Flush() }))
		p.leave()
		harness.Ended(w, p.ID)
		dead.expectNone(w, s)
	})
}

// The system counts dead letters by reason without a hook, and what it tells is a copy.
func TestDecided_DeadLettersAreCountedWithoutAHook(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		require.Zero(w, deadlettersCount(s))
		gone := proc.Spawn(s, func(*proc.Self[int]) error { return nil })
		harness.Ended(w, gone.ID)
		puppetSend(gone, 1, 2, 3)
		w.Eventually("three are counted", func() bool { return deadlettersCount(s) == 3 })
		told := s.Counters().DeadLetters
		for reason := range told {
			told[reason] += 100
		}
		told["invented"] = 7
		require.Equal(w, 3, deadlettersCount(s))
		before := s.Counters()
		gone.Send(4)
		w.Eventually("four are counted", func() bool { return deadlettersCount(s) == 4 })
		sum := uint64(0)
		for _, n := range before.DeadLetters {
			sum += n
		}
		require.Equal(w, uint64(3), sum)
		require.Equal(w, 0, deadlettersCount(w.System()), "another system counts for itself")
	})
}

// The reasons tell a refusal from a death.
func TestDecided_DeadLetterReasons(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
		puppetSend[any](p.Pid, "room", "refused")
		dead.expect(w, s, "refused")
		require.Equal(w, "room", puppetReceive(p, sel.Any()))
		p.leave()
		harness.Ended(w, p.ID)
		p.Send("dead")
		dead.expect(w, s, "refused", "dead")
		letters := dead.seen()
		require.NotEqual(w, letters[0].Reason, letters[1].Reason)
	})
}

// The hook may use what does not block: send, look at the process, read the counters.
func TestDecided_HookMaySend(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		var s *proc.System
		var collector atomic.Pointer[proc.Pid[proc.DeadLetter]]
		s = w.System(proc.WithDeadLetters(func(letter proc.DeadLetter) {
			letter.To.Alive()
			letter.To.Info()
			letter.To.Reason()
			s.Counters()
			for range s.Processes() {
			}
			if to := collector.Load(); letter.To != to.ID {
				to.Send(letter)
			}
		}))
		c := puppetOf[proc.DeadLetter](w, s)
		collector.Store(&c.Pid)
		take := func() any { return puppetReceive(c, sel.Message[proc.DeadLetter]()).Message }

		refusing, dropping := puppetOf[any](w, s, proc.Bounded(1, proc.Reject)), puppetOf[any](w, s, proc.Bounded(1, proc.DropOldest))
		puppetSend[any](refusing.Pid, 1, 2)
		require.Equal(w, 2, take())
		puppetSend[any](dropping.Pid, 3, 4)
		require.Equal(w, 3, take())
		puppetDo(refusing, func(self *proc.Self[any]) bool { self.Pid().Send(5); return true })
		require.Equal(w, 5, take())
		refusing.leave()
		require.Equal(w, 1, take())
		dropping.Kill()
		require.Equal(w, 4, take())
		harness.Ended(w, refusing.ID)
		refusing.Send(6)
		require.Equal(w, 6, take())
	})
}

// A panic of the hook is logged and changes nothing: not for the sender, not for the process that ends, not for the count.
func TestDecided_HookPanics(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithDeadLetters(func(letter proc.DeadLetter) { panic(fmt.Sprint("hook broke at ", letter.Message)) }))
		p, sender := puppetOf[any](w, s), puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
		down := puppetDo(sender, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(p.ID) })
		puppetSend[any](p.Pid, "first", "second")
		p.leave()
		require.Equal(w, proc.ExitNormally{}, puppetReceive(sender, proc.SelectDown(down)).Reason)
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
		require.NotPanics(w, func() { p.Send("third") })
		require.True(w, puppetDo(sender, func(self *proc.Self[any]) bool {
			p.Send("fourth")
			puppetSend[any](self.Pid(), "fifth", "sixth")
			return true
		}))
		w.Eventually("all are counted", func() bool { return deadlettersCount(s) == 5 })
		for _, text := range []string{"first", "second", "third", "fourth", "sixth"} {
			w.Eventually("the panic is logged: "+text, func() bool { return len(loggingWith(w, "hook broke at "+text)) > 0 })
		}
		require.Equal(w, "fifth", puppetReceive(sender, sel.Any()))
	})
}

// Spawned, ended and crashed processes are counted.
func TestDecided_CountersOfProcesses(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		puppetOf[any](w, s)
		for _, reason := range []proc.ShutdownReason{
			proc.ExitNormally{}, proc.ExitNormallyWith{Detail: "done"}, proc.ExitUnhandledError{Err: errors.New("failed")},
		} {
			harness.Ended(w, proc.Spawn(s, func(self *proc.Self[any]) error { self.Exit(reason); return nil }).ID)
		}
		harness.Ended(w, proc.Spawn(s, func(*proc.Self[any]) error { panic("crash") }).ID)
		w.Eventually("all are counted", func() bool { return s.Counters().Ended >= 4 && s.Counters().Crashed >= 2 })
		counted := s.Counters()
		require.Equal(w, []uint64{5, 4, 2}, []uint64{counted.Spawned, counted.Ended, counted.Crashed})
	})
}
