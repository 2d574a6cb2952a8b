package proc_test

import (
	"context"
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

// sendContextFull is a puppet whose mailbox, of one place, is full.
func sendContextFull(w *harness.World, s *proc.System) puppet[any] {
	p := puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
	p.Send("full")
	w.Arrive()
	return p
}

// sendContextBegin begins a SendContext that has to wait.
func sendContextBegin(w *harness.World, ctx context.Context, to proc.Pid[any], m any) <-chan error {
	sent := make(chan error, 1)
	go func() { sent <- to.SendContext(ctx, m) }()
	if w.Bubble {
		w.Settle()
	}
	require.Empty(w, sent, "there is no room yet")
	return sent
}

// TrySend tells of success, of a full mailbox, of death with its reason, and of a process that unwinds.
func TestDecided_TrySend(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		cause := errors.New("cause")
		crashed := proc.Spawn(s, func(*proc.Self[any]) error { return cause })
		harness.Ended(w, crashed.ID)
		killed := puppetOf[any](w, s)
		killed.Kill()
		full := sendContextFull(w, s)

		require.NoError(w, puppetOf[any](w, s).TrySend(1))
		require.ErrorIs(w, full.TrySend(1), proc.ErrMailboxFull)
		down := puppetError[proc.OtherProcessNotRunning](w, crashed.TrySend(1))
		require.True(w, down.ID == crashed.ID)
		require.ErrorIs(w, down, cause)
		down = puppetError[proc.OtherProcessNotRunning](w, killed.TrySend(1))
		require.IsType(w, proc.ExitKilled{}, down.Reason)
		full.leave()
		harness.Ended(w, full.ID)
		puppetError[proc.OtherProcessNotRunning](w, full.TrySend(1))
	})
}

// It fails as soon as the process unwinds, though its deferred functions still run.
func TestDecided_TrySendToAProcessThatUnwinds(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		unwinding, release := make(chan bool, 1), make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[any]) error {
			defer func() { unwinding <- true; <-release }()
			_, err := self.Receive()
			return err
		})
		pid.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		harness.Value(w, unwinding)
		down := puppetError[proc.OtherProcessNotRunning](w, pid.TrySend(1))
		require.True(w, down.ID == pid.ID)
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, down.Reason)
		close(release)
		harness.Ended(w, pid.ID)
		dead.expectNone(w, s)
	})
}

// SendContext returns at once while there is room, without and with a bound.
func TestDecided_SendContextWithRoom(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, p := range []puppet[any]{puppetOf[any](w, s), puppetOf[any](w, s, proc.Bounded(2, proc.Reject))} {
			require.NoError(w, p.SendContext(context.Background(), 1))
			sender := puppetOf[any](w, s)
			require.NoError(w, puppetDo(sender, func(self *proc.Self[any]) error { return p.SendContext(self, 2) }))
			require.Equal(w, []any{1, 2}, puppetDrain(p))
		}
	})
}

// It waits for room, which a receive, a selective one and a Flush make, and then the message is there.
func TestDecided_SendContextWaitsForRoom(t *testing.T) {
	for name, take := range map[string]func(p puppet[any]){
		"Receive": func(p puppet[any]) {
			puppetDo(p, func(self *proc.Self[any]) any { m, _ := self.Receive(); return m })
		},
		"selective": func(p puppet[any]) { puppetReceive(p, sel.Message[string]()) },
		"Flush":     func(p puppet[any]) { puppetDo(p, func(self *proc.Self[any]) []any { return self.Flush() }) },
		"Within":    func(p puppet[any]) { puppetTry(p, sel.Any()) },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				sender := puppetOf[any](w, s)
				for _, start := range []func(p puppet[any]) <-chan error{
					func(p puppet[any]) <-chan error { return sendContextBegin(w, context.Background(), p.Pid, 1) },
					func(p puppet[any]) <-chan error {
						return puppetStart(sender, func(self *proc.Self[any]) error { return p.SendContext(self, 1) })
					},
					func(p puppet[any]) <-chan error {
						return puppetStart(sender, func(self *proc.Self[any]) error {
							ctx, cancel := context.WithTimeout(self, time.Hour)
							defer cancel()
							return p.SendContext(ctx, 1)
						})
					},
				} {
					p := sendContextFull(w, s)
					sent := start(p)
					require.Equal(w, 1, p.waiting())
					take(p)
					require.NoError(w, harness.Value(w, sent))
					require.Equal(w, []any{1}, puppetDrain(p))
				}
				dead.expectNone(w, s)
			})
		})
	}
}

// Every waiting sender gets its turn, one for each place that becomes free.
func TestDecided_SendContextManyWaiters(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const n = 50
		s := w.System()
		p := sendContextFull(w, s)
		sent := make(chan error, n)
		for i := range n {
			go func() { sent <- p.SendContext(context.Background(), i) }()
		}
		require.Equal(w, "full", puppetReceive(p, sel.Any()))
		got := map[any]int{}
		for range n {
			require.LessOrEqual(w, p.waiting(), 1)
			got[puppetReceive(p, sel.Any())]++
		}
		for i := range n {
			require.Equal(w, 1, got[i])
			require.NoError(w, harness.Value(w, sent))
		}
		require.Zero(w, p.waiting())
	})
}

// The end of ctx ends the waiting: with its cause, or as a timeout past its deadline; the message is never received.
func TestDecided_SendContextEndsWithItsContext(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p, sender := sendContextFull(w, s), puppetOf[any](w, s)
		cause := errors.New("cause")
		asProcess := func(ctx func(context.Context) context.Context) <-chan error {
			return puppetStart(sender, func(self *proc.Self[any]) error { return p.SendContext(ctx(self), "from a process") })
		}
		cancelled := func(parent context.Context) context.Context {
			ctx, cancel := context.WithCancelCause(parent)
			cancel(cause)
			return ctx
		}
		expired := func(parent context.Context) context.Context {
			ctx, cancel := context.WithDeadline(parent, time.Now().Add(-time.Second))
			_ = cancel // it has ended already
			return ctx
		}

		later, cancel := context.WithCancelCause(context.Background())
		waiting := sendContextBegin(w, later, p.Pid, "cancelled while it waits")
		cancel(cause)
		short, stop := context.WithTimeout(context.Background(), 5*time.Millisecond)
		defer stop()
		start := time.Now()
		timed := sendContextBegin(w, short, p.Pid, "timed out")
		puppetError[proc.TimeoutInterrupt](w, harness.Value(w, timed))
		if w.Bubble {
			require.Equal(w, 5*time.Millisecond, time.Since(start))
		}

		for _, failed := range []<-chan error{
			waiting, sendContextTry(cancelled(context.Background()), p.Pid), asProcess(cancelled),
		} {
			err := harness.Value(w, failed)
			require.IsType(w, proc.ErrorInterrupt{}, err)
			require.ErrorIs(w, err, cause)
		}
		for _, failed := range []<-chan error{sendContextTry(expired(context.Background()), p.Pid), asProcess(expired)} {
			err := harness.Value(w, failed)
			require.IsType(w, proc.TimeoutInterrupt{}, err)
			require.ErrorIs(w, err, context.DeadlineExceeded)
		}
		require.Equal(w, []any{"full"}, puppetDrain(p))
		require.NoError(w, p.TrySend("there is room for others"))
		require.Equal(w, []any{"there is room for others"}, puppetDrain(p))
		dead.expectNone(w, s)
	})
}

// sendContextTry begins a SendContext that need not wait.
func sendContextTry(ctx context.Context, to proc.Pid[any]) <-chan error {
	sent := make(chan error, 1)
	go func() { sent <- to.SendContext(ctx, "from outside") }()
	return sent
}

// The receiver's death ends the waiting at once, with the reason; to a dead one it fails at once.
func TestDecided_SendContextEndsWithTheReceiver(t *testing.T) {
	for _, ending := range deadlettersEndings {
		t.Run(ending.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				p, sender := sendContextFull(w, s), puppetOf[any](w, s)
				waiting := []<-chan error{
					sendContextBegin(w, context.Background(), p.Pid, "outside"),
					puppetStart(sender, func(self *proc.Self[any]) error { return p.SendContext(self, "process") }),
				}
				ending.end(p)
				for _, failed := range waiting {
					down := puppetError[proc.OtherProcessNotRunning](w, harness.Value(w, failed))
					require.True(w, down.ID == p.ID)
					require.NotNil(w, down.Reason)
				}
				reason := harness.Ended(w, p.ID)
				for _, ctx := range []context.Context{context.Background(), context.WithValue(context.Background(), sendContextKey{}, 1)} {
					down := puppetError[proc.OtherProcessNotRunning](w, p.SendContext(ctx, "dead"))
					require.IsType(w, reason, down.Reason)
				}
				dead.expect(w, s, "full")
			})
		})
	}
}

type sendContextKey struct{}

// An interrupt of the sender ends its waiting; the message is never received.
func TestI1_SendContextIsInterrupted(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p, sender := sendContextFull(w, s), puppetOf[any](w, s)
		waiting := puppetStart(sender, func(self *proc.Self[any]) error { return p.SendContext(self, "interrupted") })
		sender.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w, proc.InterruptedBy{Value: 1}, harness.Value(w, waiting))
		derived := puppetStart(sender, func(self *proc.Self[any]) error {
			ctx, cancel := context.WithCancel(self)
			defer cancel()
			return p.SendContext(ctx, "interrupted")
		})
		sender.Interrupt(proc.InterruptedBy{Value: 2})
		require.Equal(w, proc.InterruptedBy{Value: 2}, harness.Value(w, derived))
		require.Equal(w, []any{"full"}, puppetDrain(p))
		dead.expectNone(w, s)
	})
}

// A shutdown or kill of a waiting sender unwinds it; what it wanted to send is never received.
func TestI3_SendContextUnwinds(t *testing.T) {
	for name, end := range map[string]func(id proc.ID){
		"shutdown": func(id proc.ID) { id.Shutdown(proc.ExitNormally{}) },
		"kill":     func(id proc.ID) { id.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				p := sendContextFull(w, s)
				begun, unwound, returned := make(chan bool, 1), make(chan bool, 1), make(chan bool, 1)
				sender := proc.Spawn(s, func(self *proc.Self[any]) error {
					defer func() { unwound <- true }()
					begun <- true
					_ = p.SendContext(self, "never")
					returned <- true
					return nil
				})
				harness.Value(w, begun)
				end(sender.ID)
				harness.Value(w, unwound)
				harness.Ended(w, sender.ID)
				require.Empty(w, returned)
				require.Equal(w, []any{"full"}, puppetDrain(p))
			})
		})
	}
}

// A full mailbox of one's own refuses: no send to oneself hangs, whatever view or name it goes through.
func TestF7_SendToOwnFullMailbox(t *testing.T) {
	name := proc.NewName[any]("sendcontext.self")
	for view, through := range map[string]func(p proc.Pid[any], s *proc.System) proc.Pid[any]{
		"pid": func(p proc.Pid[any], _ *proc.System) proc.Pid[any] { return p },
		"view": func(p proc.Pid[any], _ *proc.System) proc.Pid[any] {
			return proc.Contramap(p, func(m any) any { return m })
		},
		"named": func(_ proc.Pid[any], s *proc.System) proc.Pid[any] { return proc.Named(s, name) },
		"via": func(p proc.Pid[any], s *proc.System) proc.Pid[any] {
			return proc.Via(s, func() (proc.Pid[any], bool) { return p, true })
		},
	} {
		t.Run(view, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				p := puppetOf[any](w, s, proc.Bounded(2, proc.Reject), proc.Registered(name))
				own := through(p.Pid, s)
				puppetSend[any](p.Pid, "aside", 1, "queued")
				dead.expect(w, s, "queued")
				require.Equal(w, 1, puppetReceive(p, sel.Message[int]()))
				errs := puppetDo(p, func(self *proc.Self[any]) []error {
					own.Send("fits")
					own.Send("refused")
					derived, cancel := context.WithTimeout(self, time.Hour)
					defer cancel()
					return []error{own.TrySend("tried"), own.SendContext(self, "waited"), own.SendContext(derived, "waited")}
				})
				require.Len(w, errs, 3)
				require.ErrorIs(w, errs[0], proc.ErrMailboxFull)
				for _, err := range errs[1:] {
					require.IsType(w, proc.ErrorInterrupt{}, err)
					require.ErrorIs(w, err, proc.ErrMailboxFull)
				}
				dead.expect(w, s, "queued", "refused")
				require.Equal(w, []any{"aside", "fits"}, puppetDrain(p))
			})
		})
	}
}

// So it does in deferred functions, and with DropOldest the oldest goes instead.
func TestM4_OwnFullMailbox(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		refusing := proc.Spawn(s, func(self *proc.Self[any]) error {
			defer self.Pid().Send("refused")
			self.Pid().Send("left")
			return nil
		}, proc.Bounded(1, proc.Reject))
		harness.Ended(w, refusing.ID)
		dead.expect(w, s, "refused", "left")

		dropping := puppetOf[any](w, s, proc.Bounded(1, proc.DropOldest))
		require.NoError(w, puppetDo(dropping, func(self *proc.Self[any]) error {
			self.Pid().Send(1)
			self.Pid().Send(2)
			return self.Pid().TrySend(3)
		}))
		require.Equal(w, []any{3}, puppetDrain(dropping))
		dead.expect(w, s, "refused", "left", 1, 2)
	})
}

// However waits, cancellations, receives and the end race: no error means received or a dead letter, an error means neither.
func TestDecided_SendContextUnderLoad(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const senders, each = 8, 100
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s, proc.Bounded(3, proc.Reject))
		received := make(chan any, senders*each)
		p.todo <- func(self *proc.Self[any]) {
			for range senders * each / 4 {
				m, err := self.Receive()
				if err != nil {
					return
				}
				received <- m
			}
		}
		p.leave()
		var sent sync.WaitGroup
		accepted := make(chan any, senders*each)
		for from := range senders {
			sent.Go(func() {
				for n := range each {
					ctx, cancel := context.WithCancel(context.Background())
					if n%2 == 0 {
						go cancel()
					}
					if p.SendContext(ctx, fmt.Sprint(from, n)) == nil {
						accepted <- fmt.Sprint(from, n)
					}
					cancel()
				}
			})
		}
		sent.Wait()
		harness.Ended(w, p.ID)
		w.Eventually("every accepted message is accounted for", func() bool {
			return len(received)+len(dead.seen()) >= len(accepted)
		})
		got := map[any]int{}
		for range len(received) {
			got[<-received]++
		}
		for _, letter := range dead.seen() {
			got[letter.Message]++
		}
		want := map[any]int{}
		for range len(accepted) {
			want[<-accepted]++
		}
		require.Equal(w, want, got)
	})
}
