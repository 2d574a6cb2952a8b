package proc_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// With Reject a full mailbox takes nothing: TrySend says so, Send makes a dead letter; what is in it stays.
func TestDecided_BoundRejects(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s, proc.Bounded(3, proc.Reject))
		p.Send(1)
		require.NoError(w, p.TrySend(2))
		p.Send(3)
		for range 2 {
			require.ErrorIs(w, p.TrySend("tried"), proc.ErrMailboxFull)
		}
		puppetSend[any](p.Pid, 4, 5)
		require.Equal(w, 3, p.waiting())
		dead.expect(w, s, 4, 5)
		require.Equal(w, 1, puppetReceive(p, sel.Any()))
		require.NoError(w, p.TrySend(6))
		require.ErrorIs(w, p.TrySend(7), proc.ErrMailboxFull)
		require.Equal(w, []any{2, 3, 6}, puppetDrain(p))
		dead.expect(w, s, 4, 5)
	})
}

// With DropOldest the new message gets in and the oldest goes; TrySend too.
func TestDecided_BoundDropsTheOldest(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s, proc.Bounded(3, proc.DropOldest))
		puppetSend[any](p.Pid, 1, 2, 3)
		p.Send(4)
		dead.expect(w, s, 1)
		require.NoError(w, p.TrySend(5))
		require.Equal(w, 3, p.waiting())
		dead.expect(w, s, 1, 2)
		require.Equal(w, []any{3, 4, 5}, puppetDrain(p))
		dead.expect(w, s, 1, 2)
	})
}

// The bound counts messages that receives have set aside, also while one is blocked.
func TestDecided_BoundCountsWhatIsSetAside(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s, proc.Bounded(3, proc.Reject))
		puppetSend[any](p.Pid, "a", 1, "b")
		require.Equal(w, 1, puppetReceive(p, sel.Message[int]()))
		require.NoError(w, p.TrySend("c"))
		require.ErrorIs(w, p.TrySend(2), proc.ErrMailboxFull)

		got := puppetBegin(p, sel.Message[int]())
		require.Equal(w, 3, p.waiting())
		require.ErrorIs(w, p.TrySend(3), proc.ErrMailboxFull, "wanted, but there is no room")
		p.Send(4)
		dead.expect(w, s, 4)
		p.Interrupt(proc.InterruptedBy{Value: "enough"})
		require.Equal(w, proc.InterruptedBy{Value: "enough"}, harness.Value(w, got).Err)
		require.Equal(w, "b", puppetReceive(p, sel.Equal("b")))
		require.NoError(w, p.TrySend(5))
		require.ErrorIs(w, p.TrySend(6), proc.ErrMailboxFull)
		require.Equal(w, []any{"a", "c", 5}, puppetDrain(p))
	})
}

// The oldest is dropped also if it has been set aside, whatever its type.
func TestDecided_BoundDropsWhatIsSetAside(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[any](w, s, proc.Bounded(3, proc.DropOldest))
		puppetSend[any](p.Pid, "a", 1.5, 1)
		require.Equal(w, 1, puppetReceive(p, sel.Message[int]()))
		puppetSend[any](p.Pid, "b", "c")
		dead.expect(w, s, "a")

		got := puppetBegin(p, sel.Message[int]())
		p.Send("d")
		dead.expect(w, s, "a", 1.5)
		p.Send(2)
		require.Equal(w, 2, puppetMessage(p, got))
		require.Equal(w, []any{"c", "d"}, puppetDrain(p))
		dead.expect(w, s, "a", 1.5, "b")
	})
}

// Each taken message makes room for one, also when several are taken at once.
func TestDecided_BoundGivesRoomBack(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s, proc.Bounded(4, proc.Reject))
		for round := range 50 {
			for i := range 4 {
				require.NoError(w, p.TrySend(i))
			}
			require.ErrorIs(w, p.TrySend(4), proc.ErrMailboxFull)
			if round%2 == 0 {
				require.Equal(w, []any{0, 1, 2, 3}, puppetDo(p, func(self *proc.Self[any]) []any { return self.Flush() }))
				continue
			}
			for _, i := range []int{2, 0, 3, 1} {
				require.Equal(w, i, puppetReceive(p, sel.Equal(i)))
				require.NoError(w, p.TrySend("room"))
				require.ErrorIs(w, p.TrySend("none"), proc.ErrMailboxFull)
			}
			require.Equal(w, []any{"room", "room", "room", "room"}, puppetDrain(p))
		}
	})
}

// Bounded(0) is no bound, and of two bounds the later holds.
func TestDecided_BoundOptions(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		for what, opts := range map[string][]proc.SpawnOption{
			"zero":            {proc.Bounded(0, proc.Reject)},
			"zero, dropping":  {proc.Bounded(0, proc.DropOldest)},
			"zero is later":   {proc.Bounded(1, proc.Reject), proc.Bounded(0, proc.Reject)},
			"larger is later": {proc.Bounded(1, proc.DropOldest), proc.Titled("between"), proc.Bounded(1000, proc.Reject)},
		} {
			p := puppetOf[any](w, s, opts...)
			for i := range 1000 {
				require.NoError(w, p.TrySend(i), what)
			}
			require.Equal(w, 1000, p.waiting(), what)
			require.Len(w, puppetDrain(p), 1000, what)
		}
		small := puppetOf[any](w, s, proc.Bounded(5, proc.DropOldest), proc.Bounded(2, proc.Reject))
		puppetSend[any](small.Pid, 1, 2, 3)
		dead.expect(w, s, 3)
		dropping := puppetOf[any](w, s, proc.Bounded(5, proc.Reject), proc.Bounded(2, proc.DropOldest))
		puppetSend[any](dropping.Pid, 4, 5, 6)
		dead.expect(w, s, 3, 4)
	})
}

// A full mailbox still takes what the runtime sends: ProcessDown, timers, and replies to the process's calls.
func TestDecided_BoundNeverRefusesTheRuntime(t *testing.T) {
	for _, overflow := range []proc.Overflow{proc.Reject, proc.DropOldest} {
		t.Run(fmt.Sprint(overflow), func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				server := proc.Spawn(s, func(self *proc.Self[any]) error {
					r, err := proc.Receive(self, sel.Message[proc.ReplyTo[int]]())
					r.Reply(42)
					return err
				})
				p := puppetOf[any](w, s, proc.Bounded(1, overflow))
				p.Send("full")
				require.Equal(w, 42, puppetDo(p, func(self *proc.Self[any]) int {
					n, err := proc.Call(self, server, func(r proc.ReplyTo[int]) any { return r })
					if err != nil {
						return -1
					}
					return n
				}))
				harness.Ended(w, server.ID)
				for range 2 {
					puppetDo(p, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(server.ID) })
					puppetDo(p, func(self *proc.Self[any]) proc.TimerRef { return proc.StartTimer(self, time.Millisecond) })
				}
				w.Eventually("all are queued", func() bool { return p.waiting() == 5 })
				require.Equal(w, "full", puppetReceive(p, sel.Message[string]()), "nothing of the runtime's displaced it")
				for range 2 {
					require.True(w, puppetReceive(p, sel.Message[proc.ProcessDown]()).ID == server.ID)
					puppetReceive(p, sel.Message[proc.TimerElapsed]())
				}
				require.Zero(w, p.waiting())
				dead.expectNone(w, s)
			})
		})
	}
}

// A message that a timer sends on is one of the program's: the bound refuses it like others.
func TestDecided_BoundRefusesTimedSends(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p, sender := puppetOf[any](w, s, proc.Bounded(1, proc.Reject)), puppetOf[any](w, s)
		p.Send("full")
		puppetDo(sender, func(self *proc.Self[any]) proc.TimerRef {
			return proc.SendAfter(self, time.Millisecond, p.Pid, any("timed"))
		})
		dead.expect(w, s, "timed")
		require.Equal(w, []any{"full"}, puppetDrain(p))
	})
}

// What the runtime has sent counts: it leaves less room, until it is taken.
func TestDecided_BoundCountsTheRuntimesMessages(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		gone := proc.Spawn(s, func(*proc.Self[int]) error { return nil })
		harness.Ended(w, gone.ID)
		p := puppetOf[any](w, s, proc.Bounded(2, proc.Reject))
		puppetDo(p, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(gone.ID) })
		w.Eventually("it is queued", func() bool { return p.waiting() == 1 })
		require.NoError(w, p.TrySend(1))
		require.ErrorIs(w, p.TrySend(2), proc.ErrMailboxFull)
		puppetReceive(p, sel.Message[proc.ProcessDown]())
		require.NoError(w, p.TrySend(3))
		require.ErrorIs(w, p.TrySend(4), proc.ErrMailboxFull)
		require.Equal(w, []any{1, 3}, puppetDrain(p))
		dead.expectNone(w, s)
	})
}

// DropOldest passes over what the runtime has sent, be it the oldest.
func TestDecided_BoundNeverDropsTheRuntimes(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		gone := proc.Spawn(s, func(*proc.Self[int]) error { return nil })
		harness.Ended(w, gone.ID)
		p := puppetOf[any](w, s, proc.Bounded(2, proc.DropOldest))
		puppetDo(p, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(gone.ID) })
		w.Eventually("it is queued", func() bool { return p.waiting() == 1 })
		puppetSend[any](p.Pid, "older", "newer")
		dead.expect(w, s, "older")
		require.IsType(w, proc.ProcessDown{}, puppetReceive(p, sel.Any()))
		require.Equal(w, []any{"newer"}, puppetDrain(p))

		// nothing but such messages: they stay, whatever becomes of the new one
		for range 3 {
			puppetDo(p, func(self *proc.Self[any]) proc.MonitorRef { return self.Monitor(gone.ID) })
		}
		w.Eventually("they are queued", func() bool { return p.waiting() == 3 })
		p.Send("in or out")
		w.Arrive()
		for range 3 {
			require.IsType(w, proc.ProcessDown{}, puppetReceive(p, sel.Any()))
		}
		if rest := puppetDrain(p); len(rest) == 0 {
			dead.expect(w, s, "older", "in or out")
		} else {
			require.Equal(w, []any{"in or out"}, rest)
			dead.expect(w, s, "older")
		}
	})
}

// A call whose request is refused, or dropped later, fails at once, and says why.
func TestDecided_BoundFailsCalls(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		start := time.Now()
		refusing := puppetOf[any](w, s, proc.Bounded(1, proc.Reject))
		refusing.Send("full")
		w.Arrive()
		caller := puppetOf[any](w, s)
		for _, of := range []struct {
			what string
			call func() error
		}{
			{"outside", func() error {
				_, err := proc.CallWithin(context.Background(), time.Hour, refusing.Pid, deadlettersAsk)
				return err
			}},
			{"without limit", func() error {
				_, err := proc.CallWithin(context.Background(), -1, refusing.Pid, deadlettersAsk)
				return err
			}},
			{"a process", func() error {
				return puppetDo(caller, func(self *proc.Self[any]) error {
					_, err := proc.CallWithin(self, time.Hour, refusing.Pid, deadlettersAsk)
					return err
				})
			}},
		} {
			err := of.call()
			require.IsType(w, proc.ErrorInterrupt{}, err, of.what)
			require.ErrorIs(w, err, proc.ErrMailboxFull, of.what)
		}
		require.Equal(w, 1, refusing.waiting())

		dropping := puppetOf[any](w, s, proc.Bounded(2, proc.DropOldest))
		first := deadlettersCall(w, context.Background(), dropping)
		second := puppetStart(caller, func(self *proc.Self[any]) error {
			_, err := proc.CallWithin(self, time.Hour, dropping.Pid, deadlettersAsk)
			return err
		})
		w.Eventually("both requests are queued", func() bool { return dropping.waiting() == 2 })
		for _, failed := range []<-chan error{first, second} {
			require.Empty(w, failed)
			dropping.Send("newer")
			err := harness.Value(w, failed)
			require.IsType(w, proc.ErrorInterrupt{}, err)
			require.ErrorIs(w, err, proc.ErrMailboxFull)
		}
		require.Equal(w, []any{"newer", "newer"}, puppetDrain(dropping))
		if w.Bubble {
			require.Zero(w, time.Since(start))
		}
	})
}

// boundedLoad is what came of many sends at once.
type boundedLoad struct {
	received int
	err      error
}

// boundedReceive receives until it is interrupted, and looks whether the bound and the order hold.
func boundedReceive(self *proc.Self[any], limit int) (load boundedLoad) {
	next := map[int]int{}
	for {
		if info, _ := self.ID().Info(); info.Mailbox > limit {
			return boundedLoad{load.received, fmt.Errorf("%d messages wait", info.Mailbox)}
		}
		m, err := proc.Receive(self, sel.Any())
		if err != nil {
			return boundedLoad{load.received, err}
		}
		note := m.(messagesNote)
		if note.N < next[note.From] {
			return boundedLoad{load.received, errors.New("out of order")}
		}
		next[note.From] = note.N + 1
		load.received++
	}
}

// The waiting messages never exceed the bound, and each message is received, refused or a dead letter, whoever sends at once.
func TestDecided_BoundUnderLoad(t *testing.T) {
	for _, overflow := range []proc.Overflow{proc.Reject, proc.DropOldest} {
		t.Run(fmt.Sprint(overflow), func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				const senders, each, limit = 6, 300, 7
				s, dead := deadlettersSystem(w)
				p := puppetOf[any](w, s, proc.Bounded(limit, overflow))
				result := puppetStart(p, func(self *proc.Self[any]) boundedLoad { return boundedReceive(self, limit) })
				var sent sync.WaitGroup
				var refused atomic.Int64
				failed := make(chan error, senders*each)
				for from := range senders {
					sent.Go(func() {
						for n := range each {
							m := messagesNote{from, n}
							switch {
							case n%3 == 0:
								p.Send(m)
							case n%3 == 1 || overflow == proc.DropOldest:
								if p.TrySend(m) != nil {
									refused.Add(1)
								}
							default:
								failed <- p.SendContext(context.Background(), m)
							}
						}
					})
				}
				sent.Wait()
				p.Interrupt(proc.InterruptedBy{Value: "enough"})
				load := harness.Value(w, result)
				require.Equal(w, proc.InterruptedBy{Value: "enough"}, load.err)
				for range len(failed) {
					require.NoError(w, <-failed)
				}
				taken := load.received + len(puppetDrain(p)) + int(refused.Load())
				w.Eventually("each message is accounted for", func() bool {
					return taken+len(dead.seen()) >= senders*each && taken+deadlettersCount(s) >= senders*each
				})
				require.Equal(w, senders*each, taken+deadlettersCount(s))
				require.Equal(w, senders*each, taken+len(dead.seen()))
				if overflow == proc.DropOldest {
					require.Zero(w, refused.Load())
				}
			})
		})
	}
}
