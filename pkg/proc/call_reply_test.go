package proc_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// callRequests is what the test tells a client made by callClient: a limit and a number.
type callRequests struct {
	limit time.Duration
	n     int
}

// callClient is a process that calls server as it is told, and at the end
// passes on what has been left in its mailbox.
func callClient(server proc.Pid[callAsk], results chan<- callResult, left chan<- []any) func(*proc.Self[callRequests]) error {
	return func(self *proc.Self[callRequests]) error {
		defer func() { left <- self.Flush() }()
		for {
			order, err := self.Receive()
			if _, ok := err.(proc.NormalExitRequested); ok {
				return nil
			}
			if err != nil {
				continue
			}
			results <- callMake(self, order.limit, server, order.n)
		}
	}
}

// C2, F13: after a timed-out call the late answer reaches neither the next call
// nor the mailbox, and is no dead letter.
func TestF13_LateReplyIsNotTheNextAnswer(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		held, results, left := make(chan callAsk, 2), make(chan callResult, 2), make(chan []any, 1)
		server := proc.Spawn(s, callHold(held))
		client := proc.Spawn(s, callClient(server, results, left))

		client.Send(callRequests{time.Millisecond, 1})
		first := harness.Value(w, held)
		callTimedOut(w, harness.Value(w, results).err)
		require.False(w, first.Reply.Live())

		client.Send(callRequests{callForever, 2})
		second := harness.Value(w, held)
		first.Reply.Reply(111)
		require.True(w, second.Reply.Live(), "the late answer has ended the other call")
		second.Reply.Reply(222)
		r := harness.Value(w, results)
		require.NoError(w, r.err)
		require.Equal(w, 222, r.value)

		first.Reply.Reply(112)
		second.Reply.Reply(223)
		w.Settle()
		info, _ := client.Info()
		require.Zero(w, info.Mailbox)
		client.Interrupt(proc.NormalExitRequested{})
		require.Empty(w, harness.Value(w, left))
		require.Zero(w, callDeadLetters(s))
	})
}

// C2: the same after an interrupt has ended the first call.
func TestC2_LateReplyAfterAnInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		held, results, left := make(chan callAsk, 2), make(chan callResult, 2), make(chan []any, 1)
		server := proc.Spawn(s, callHold(held))
		client := proc.Spawn(s, callClient(server, results, left))

		client.Send(callRequests{callForever, 1})
		first := harness.Value(w, held)
		client.Interrupt(proc.InterruptedBy{Value: "stop that"})
		require.Equal(w, proc.InterruptedBy{Value: "stop that"}, harness.Value(w, results).err)
		require.False(w, first.Reply.Live())

		client.Send(callRequests{callForever, 2})
		second := harness.Value(w, held)
		first.Reply.Reply(111)
		second.Reply.Reply(222)
		require.Equal(w, 222, harness.Value(w, results).value)
		first.Reply.Reply(111)
		client.Interrupt(proc.NormalExitRequested{})
		require.Empty(w, harness.Value(w, left))
		require.Zero(w, callDeadLetters(s))
	})
}

// C2: stress: answers that come just before and just after the time-outs, by
// many, never reach another call.
func TestC2_AnswersNeverMix(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const clients, rounds = 4, 500
		s := w.System()
		server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
			var waiting []callAsk
			for ask, err := range self.Messages() {
				if err != nil {
					return err
				}
				waiting = append(waiting, ask)
				if self.Rand().IntN(3) == 0 {
					continue // answered late
				}
				for _, ask := range waiting {
					if self.Rand().IntN(2) == 0 {
						proc.Spawn(self, func(*proc.Self[string]) error {
							ask.Reply.Reply(2 * ask.N)
							return nil
						})
					}
					ask.Reply.Reply(2 * ask.N)
				}
				waiting = waiting[:0]
			}
			return nil
		})
		wrong := make(chan string, clients*rounds)
		left := make(chan []any, clients)
		for c := range clients {
			proc.Spawn(s, func(self *proc.Self[string]) error {
				for i := range rounds {
					n := c*rounds + i
					limit := time.Duration(1+self.Rand().IntN(200)) * time.Microsecond
					r := callMake(self, limit, server, n)
					_, late := r.err.(proc.TimeoutInterrupt)
					if (r.err == nil && r.value != 2*n) || (r.err != nil && !late) {
						wrong <- fmt.Sprintf("call %d: %d, %v", n, r.value, r.err)
					}
				}
				left <- self.Flush()
				return nil
			})
		}
		for range clients {
			require.Empty(w, harness.Value(w, left))
		}
		require.Empty(w, wrong)
		require.Zero(w, callDeadLetters(s))
	})
}

// C3: a reply sent just before the server's end counts, however it ends.
func TestC3_ReplyJustBeforeTheEndCounts(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, ending := range callEndings {
			for _, way := range callWays() {
				const rounds = 50
				results := make(chan callResult, rounds)
				way.start(s, func(ctx context.Context) {
					for i := range rounds {
						server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
							ask, err := self.Receive()
							if err != nil {
								return err
							}
							ask.Reply.Reply(ask.N + 1)
							return ending.end(self)
						})
						results <- callMake(ctx, callForever, server, i)
					}
				})
				for i := range rounds {
					r := harness.Value(w, results)
					require.NoError(w, r.err, "the server %s; called with %s", ending.name, way.name)
					require.Equal(w, i+1, r.value)
				}
			}
		}
	})
}

// C3: so does one sent by another process, which then kills the server.
func TestC3_ReplyByAnotherThenKill(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const rounds = 300
		s := w.System()
		answerer := proc.Spawn(s, func(self *proc.Self[func()]) error {
			for answer, err := range self.Messages() {
				if err != nil {
					return err
				}
				answer()
			}
			return nil
		})
		results := make(chan callResult, rounds)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			for i := range rounds {
				server := proc.Spawn(s, func(server *proc.Self[callAsk]) error {
					ask, err := server.Receive()
					if err != nil {
						return err
					}
					answerer.Send(func() {
						ask.Reply.Reply(ask.N)
						server.Pid().Kill()
					})
					_, err = server.Receive()
					return err
				})
				results <- callMake(self, callForever, server, i)
			}
			return nil
		})
		for i := range rounds {
			r := harness.Value(w, results)
			require.NoError(w, r.err)
			require.Equal(w, i, r.value)
		}
	})
}

// C3: a reply does not pass through the mailbox: a bound does not refuse it, no
// receive sees it, and what is queued keeps its order.
func TestC3_ReplyIsNoMessage(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		server := proc.Spawn(s, callDouble)
		for _, overflow := range []proc.Overflow{proc.Reject, proc.DropOldest} {
			result, flushed := make(chan callResult, 2), make(chan []any, 2)
			proc.Spawn(s, func(self *proc.Self[int]) error {
				for i := range 3 {
					self.Pid().Send(i)
				}
				result <- callMake(self, callForever, server, 21)
				_, err := proc.ReceiveWithin(self, 0, sel.Message[string]())
				result <- callResult{err: err}
				result <- callMake(self, callForever, server, 22) // with messages set aside
				flushed <- self.Flush()
				return nil
			}, proc.Bounded(3, overflow))
			require.Equal(w, 42, harness.Value(w, result).value)
			callTimedOut(w, harness.Value(w, result).err)
			require.Equal(w, 44, harness.Value(w, result).value)
			require.Equal(w, []any{0, 1, 2}, harness.Value(w, flushed))
		}
		require.Zero(w, callDeadLetters(s))
	})
}

// C3: a reply costs no scan of the mailbox: twenty thousand calls from a process
// with a million queued messages would take minutes if each looked at them.
func TestC3_ReplyCostsNoScan(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if w.Bubble {
			return // nothing there would notice
		}
		s := w.System()
		server := proc.Spawn(s, callDouble)
		failed := make(chan error, 1)
		proc.Spawn(s, func(self *proc.Self[int]) error {
			for range 1_000_000 {
				self.Pid().Send(1)
			}
			var err error
			for i := 0; i < 20_000 && err == nil; i++ {
				if i == 10_000 { // now with the messages set aside
					_, _ = proc.ReceiveWithin(self, 0, sel.Message[string]())
				}
				err = callMake(self, callForever, server, 1).err
			}
			failed <- err
			self.Flush()
			return nil
		})
		require.NoError(w, harness.Value(w, failed))
	})
}

// C4: a ReplyTo can be stored and answered later, by anyone.
func TestC4_AnsweredLaterByAnyone(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for name, answer := range map[string]func(ask callAsk){
			"the test":    func(ask callAsk) { ask.Reply.Reply(5) },
			"a goroutine": func(ask callAsk) { go ask.Reply.Reply(5) },
			"a delegate":  func(ask callAsk) { go ask.Reply.Delegate().Reply(5) },
			"a process":   func(ask callAsk) { proc.Spawn(s, func(*proc.Self[int]) error { ask.Reply.Reply(5); return nil }) },
			"dying words": func(ask callAsk) {
				proc.Spawn(s, func(*proc.Self[int]) error { defer ask.Reply.Reply(5); return io.EOF })
			},
			"another call": func(ask callAsk) { go callAnswerThrough(s, ask) },
			"a task": func(ask callAsk) {
				proc.Spawn(s, func(self *proc.Self[int]) error {
					_, err := proc.Go(self, func(context.Context) (int, error) {
						ask.Reply.Reply(5)
						return 0, nil
					}).Await(self)
					return err
				})
			},
		} {
			held := make(chan callAsk, 2)
			server := proc.Spawn(s, callHold(held))
			for _, way := range callWays() {
				result := way.from(s, callForever, server, 1)
				answer(harness.Value(w, held))
				r := harness.Value(w, result)
				require.NoError(w, r.err, "%s, %s", name, way.name)
				require.Equal(w, 5, r.value, "%s, %s", name, way.name)
			}
		}
	})
}

// callAnswerThrough answers ask with what another server says.
func callAnswerThrough(s *proc.System, ask callAsk) {
	server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
		inner, err := self.Receive()
		inner.Reply.Reply(inner.N)
		return err
	})
	ask.Reply.Reply(callMake(context.Background(), 0, server, 5).value)
}

// C4: only the first answer counts, be they given one after the other, by a
// delegate and the server, or by many at once.
func TestC4_OnlyTheFirstAnswerCounts(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		held, results, left := make(chan callAsk, 2), make(chan callResult, 2), make(chan []any, 1)
		server := proc.Spawn(s, callHold(held))
		client := proc.Spawn(s, callClient(server, results, left))
		for i, answer := range []func(r proc.ReplyTo[int]){
			func(r proc.ReplyTo[int]) { r.Reply(1); r.Reply(2) },
			func(r proc.ReplyTo[int]) { r.Reply(1); r.Delegate().Reply(2) },
			func(r proc.ReplyTo[int]) { r.Delegate().Reply(1); r.Reply(2) },
			func(r proc.ReplyTo[int]) { d := r.Delegate(); d.Reply(1); r.Reply(2); d.Reply(3) },
		} {
			client.Send(callRequests{callForever, i})
			answer(harness.Value(w, held).Reply)
			require.Equal(w, 1, harness.Value(w, results).value, "answers %d", i)
		}
		for range 100 {
			client.Send(callRequests{callForever, 1})
			ask := harness.Value(w, held)
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() {
					runtime.Gosched()
					ask.Reply.Reply(10 + i)
				})
			}
			all.Wait()
			r := harness.Value(w, results)
			require.NoError(w, r.err)
			require.Contains(w, []int{10, 11, 12, 13, 14, 15, 16, 17}, r.value)
		}
		client.Send(callRequests{callForever, 9})
		harness.Value(w, held).Reply.Reply(99)
		require.Equal(w, 99, harness.Value(w, results).value)
		require.Empty(w, results)
		client.Interrupt(proc.NormalExitRequested{})
		require.Empty(w, harness.Value(w, left))
		require.Zero(w, callDeadLetters(s))
	})
}

// C4: Live is true as long as somebody waits: until the answer, or the end of
// the call without one, whoever asks.
func TestC4_Live(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, way := range callWays() {
			held := make(chan callAsk, 1)
			server := proc.Spawn(s, callHold(held))

			result := way.from(s, callForever, server, 1)
			r := harness.Value(w, held).Reply
			require.True(w, r.Live())
			d := r.Delegate()
			require.True(w, r.Live())
			require.True(w, d.Live())
			d.Reply(1)
			harness.Value(w, result)
			require.False(w, r.Live(), "answered: %s", way.name)
			require.False(w, d.Live(), "answered: %s", way.name)

			result = way.from(s, time.Millisecond, server, 1)
			r = harness.Value(w, held).Reply
			callTimedOut(w, harness.Value(w, result).err)
			require.False(w, r.Live(), "timed out: %s", way.name)

			result = way.from(s, callForever, server, 1)
			r = harness.Value(w, held).Reply
			server.Kill()
			callDown(w, harness.Value(w, result), server.ID)
			require.False(w, r.Live(), "server killed: %s", way.name)
			r.Reply(2) // changes nothing
		}
	})
}
