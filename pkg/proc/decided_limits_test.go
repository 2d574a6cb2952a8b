package proc_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// What Hark does not do, so that docs/semantics.md can say so.

// Decided: a message is handed over as it is: what it points to is shared.
func TestDecided_MessagesAreNotCopied(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		p := puppetOf[any](w, w.System())
		sent := []int{1, 2, 3}
		p.Send(sent)
		p.Send(&sent)
		require.Same(w, &sent[0], &puppetReceive(p, sel.Message[[]int]())[0])
		require.Same(w, &sent, puppetReceive(p, sel.Message[*[]int]()))
	})
}

// Decided: an interrupt that a process does not come to take, because it ends
// before or has ended, is no dead letter and is not counted.
func TestDecided_InterruptsOfTheDeadAreGone(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s)
		release := make(chan struct{})
		busy := puppetStart(p, func(*proc.Self[any]) struct{} { <-release; return struct{}{} })
		p.Interrupt(interruptBy(1))
		p.leave()
		close(release)
		harness.Value(w, busy)
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
		p.Interrupt(interruptBy(2))
		dead.expectNone(w, s)
	})
}

// Decided: only calls are looked at for rings: processes that wait for each
// other's end wait until somebody ends them.
func TestDecided_ARingOfJoinsIsNotSeen(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for name, wait := range map[string]func(self *proc.Self[proc.ID], other proc.ID) error{
			"Join": func(self *proc.Self[proc.ID], other proc.ID) error {
				_, err := proc.Join(self, other)
				return err
			},
			"AwaitEnd": func(self *proc.Self[proc.ID], other proc.ID) error {
				self.AwaitEnd(other, -1)
				return nil
			},
		} {
			body := func(self *proc.Self[proc.ID]) error {
				other, err := self.Receive()
				if err != nil {
					return err
				}
				return wait(self, other)
			}
			a, b := proc.Spawn(s, body), proc.Spawn(s, body)
			a.Send(b.ID)
			b.Send(a.ID)
			w.Settle()
			if w.Bubble {
				time.Sleep(1000 * time.Hour)
				w.Settle()
			}
			for _, pid := range []proc.ID{a.ID, b.ID} {
				info, ok := pid.Info()
				require.True(w, ok, name)
				require.Equal(w, proc.Awaiting, info.State, name)
			}
			a.Shutdown(proc.ExitNormally{})
			harness.Ended(w, b.ID)
		}
	})
}

// Decided: nor are rings of senders that wait for room in each other's mailboxes.
func TestDecided_ARingOfSendersIsNotSeen(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a, b := sendContextFull(w, s), sendContextFull(w, s)
		puppetStart(a, func(self *proc.Self[any]) error { return b.SendContext(self, "to b") })
		sent := puppetStart(b, func(self *proc.Self[any]) error { return a.SendContext(self, "to a") })
		for _, p := range []puppet[any]{a, b} {
			w.Eventually("it waits", func() bool {
				info, ok := p.Info()
				return ok && info.State == proc.Calling
			})
		}
		if w.Bubble {
			time.Sleep(1000 * time.Hour)
			w.Settle()
		}
		require.Empty(w, sent)
		a.Shutdown(proc.ExitNormally{})
		puppetError[proc.OtherProcessNotRunning](w, harness.Value(w, sent))
	})
}

// Decided: a body that ends its goroutine by runtime.Goexit, as FailNow of a
// test does, is a crash: it has not returned.
func TestDecided_GoexitIsACrash(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		deferred := make(chan struct{}, 1)
		pid := proc.Spawn(s, func(*proc.Self[int]) error {
			defer func() { deferred <- struct{}{} }()
			runtime.Goexit()
			return nil
		})
		reason, ok := harness.Ended(w, pid.ID).(proc.ExitUnhandledError)
		require.True(w, ok)
		require.ErrorContains(w, reason, "Goexit")
		harness.Value(w, deferred)
	})
}

// Decided: Info.Since is never later than now, and at most a millisecond before
// the moment when the state was entered: of a process that changes its state now
// and then, and of one that has done so very often and does not any more, be it
// looked at for the first time.
func TestDecided_SinceIsGoodToAMillisecond(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return // nobody else may let time pass
		}
		idle := func(self *proc.Self[any]) error {
			_, err := proc.Receive(self, sel.Message[string]())
			for err == nil {
				_, err = proc.Receive(self, sel.Message[string]())
			}
			return err
		}
		wake := func(p proc.Pid[any]) (entered time.Time) {
			entered = time.Now()
			p.Send("wake") // it is blocked again in no time
			w.Settle()
			return entered
		}
		look := func(p proc.Pid[any], entered time.Time, what string) {
			w.Helper()
			info, ok := p.Info()
			require.True(w, ok)
			require.Equal(w, proc.Receiving, info.State)
			require.False(w, info.Since.After(entered), what)
			require.LessOrEqual(w, entered.Sub(info.Since), time.Millisecond, what)
		}
		p := proc.Spawn(w.System(), idle)
		for i := range 500 {
			time.Sleep(time.Duration(i*37%1500) * time.Microsecond)
			look(p, wake(p), "looked at all the time")
		}
		for _, often := range []int{0, 1, 20, 100, 1000} {
			p := proc.Spawn(w.System(), idle) // in a system where nobody has looked yet
			for range often {
				wake(p)
			}
			time.Sleep(10 * time.Second)
			look(p, wake(p), fmt.Sprintf("not looked at, woken %d times before", often))
		}
	})
}

// Decided: a kill counts what is in the mailbox at once. A message that a receive
// of the program was just looking at, in a predicate, is either received all
// the same, by code whose next operation unwinds, or a dead letter: one of the
// two, and once.
func TestDecided_DeadLettersOfAKilledBusyProcess(t *testing.T) {
	for _, queuedBefore := range []int{0, 1, 5} {
		harness.Everywhere(t, func(w *harness.World) {
			s, dead := deadlettersSystem(w)
			p := puppetOf[any](w, s)
			want := []any{"looked at", 1, 2}
			for i := range queuedBefore {
				p.Send(1.5 + float64(i))
				want = append(want, 1.5+float64(i))
			}
			looking, release := make(chan struct{}, 10), make(chan struct{})
			unwound, got := make(chan struct{}), make(chan string, 1)
			p.Send("looked at")
			p.todo <- func(self *proc.Self[any]) {
				defer close(unwound)
				m, err := proc.Receive(self, sel.Message[string]().Where(func(string) bool {
					looking <- struct{}{}
					<-release // stuck in the program's own predicate
					return true
				}))
				if err == nil {
					got <- m
				}
				_ = self.Yield()
				got <- "the next operation returned"
			}
			harness.Value(w, looking)
			puppetSend[any](p.Pid, 1, 2)
			w.Arrive()
			p.Kill()
			require.GreaterOrEqual(w, deadlettersCount(s), len(want)-1)
			close(release)
			harness.Value(w, unwound)
			if len(got) > 0 {
				require.Equal(w, "looked at", <-got)
				want = want[1:]
			}
			require.Empty(w, got)
			dead.expectStill(w, s, want...)
		})
	}
}

// Decided: a body that blocks in its own code notices a shutdown by its context
// only, if it heeds that.
func TestDecided_OnlyItsContextReachesBlockedCode(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		release, noticed := make(chan struct{}), make(chan error, 1)
		deaf := proc.Spawn(s, func(*proc.Self[int]) error { <-release; return nil })
		heeds := proc.Spawn(s, func(self *proc.Self[int]) error {
			<-self.Done()
			noticed <- context.Cause(self)
			return self.Err()
		})
		deaf.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		heeds.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, harness.Value(w, noticed))
		harness.Ended(w, heeds.ID)
		w.Arrive()
		require.True(w, deaf.Alive(), "nothing can take a goroutine away from its code")
		close(release)
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, harness.Ended(w, deaf.ID))
	})
}
