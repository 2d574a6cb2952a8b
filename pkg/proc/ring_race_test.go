package proc_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

type (
	ringStart struct{ Round int } // call the next one
	ringServe struct{}            // the round is over
)

// ringServing answers requests until one message of type Until has come.
func ringServing[Until any](self proc.Receiver) error {
	for {
		done, err := proc.Receive(self, sel.Or(
			sel.Case(func(ask callAsk) bool { ask.Reply.Reply(2 * ask.N); return false }),
			sel.Case(func(Until) bool { return true }),
		))
		if err != nil || done {
			return err
		}
	}
}

// ringAsk calls a process that takes messages of any type.
func ringAsk(self proc.Receiver, to proc.Pid[any], n int) (int, error) {
	return proc.CallWithin(self, callForever, to, func(r proc.ReplyTo[int]) any { return callAsk{N: n, Reply: r} })
}

// C5: when rings are closed from all sides at once, exactly one call fails, and
// the others get their answers.
func TestC5_ExactlyOneFails(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, members := range []int{2, 3, 4} {
			results := make(chan callResult, members)
			pids := make([]proc.Pid[any], members)
			ready := make(chan struct{})
			for i := range members {
				pids[i] = proc.Spawn(s, func(self *proc.Self[any]) error {
					<-ready
					for {
						start, err := proc.Receive(self, sel.Message[ringStart]())
						if err != nil {
							return err
						}
						n, err := ringAsk(self, pids[(i+1)%members], start.Round)
						results <- callResult{value: n, err: err}
						if err := ringServing[ringServe](self); err != nil {
							return err
						}
					}
				})
			}
			close(ready)
			for round := range 500 {
				for _, pid := range pids {
					pid.Send(ringStart{round})
				}
				failed := 0
				for range pids {
					r := harness.Value(w, results)
					if r.err == nil {
						require.Equal(w, 2*round, r.value)
						continue
					}
					failed++
					ring, ok := errors.AsType[proc.CallRing](r.err)
					require.True(w, ok, "%v", r.err)
					require.Len(w, ring.Members, members)
				}
				require.Equal(w, 1, failed, "round %d of %d members", round, members)
				for _, pid := range pids {
					pid.Send(ringServe{})
				}
				w.Arrive() // or who has begun already is served by who has not
			}
		}
	})
}

// C5: a call that has been answered is in no ring, though its caller may not
// have noticed yet: a server that has replied may call its client.
func TestC5_AnsweredCallIsInNoRing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const rounds = 2000
		s := w.System()
		for name, reply := range map[string]func(self proc.Receiver, ask callAsk){
			"the server itself": func(_ proc.Receiver, ask callAsk) { ask.Reply.Reply(ask.N) },
			"another process": func(self proc.Receiver, ask callAsk) {
				id := proc.Spawn(self, func(*proc.Self[int]) error { ask.Reply.Reply(ask.N); return nil }).ID
				self.AwaitEnd(id, -1)
			},
		} {
			errs := make(chan error, 2)
			client := make(chan proc.Pid[any], 1)
			server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
				to := <-client
				for range rounds {
					ask, err := self.Receive()
					if err != nil {
						return err
					}
					reply(self, ask)
					if _, err := ringAsk(self, to, ask.N); err != nil {
						errs <- err
						return err
					}
				}
				errs <- nil
				return nil
			})
			client <- proc.Spawn(s, func(self *proc.Self[any]) error {
				for i := range rounds {
					if r := callMake(self, callForever, server, i); r.err != nil || r.value != i {
						errs <- errors.Join(errors.New("the client's call"), r.err)
						return r.err
					}
					ask, err := proc.Receive(self, sel.Message[callAsk]())
					if err != nil {
						return err
					}
					ask.Reply.Reply(ask.N)
				}
				errs <- nil
				return nil
			})
			require.NoError(w, harness.Value(w, errs), name)
			require.NoError(w, harness.Value(w, errs), name)
		}
	})
}

// C5: a call that has ended without an answer, by time-out or interrupt, is in
// no ring: its server, which still holds the request, may call the client.
func TestC5_EndedCallIsInNoRing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, limit := range []time.Duration{time.Millisecond, callForever} {
			held, first, second := make(chan callAsk, 1), make(chan callResult, 1), make(chan error, 1)
			var client proc.Pid[any]
			ready := make(chan struct{})
			server := proc.Spawn(s, func(self *proc.Self[any]) error {
				ask, err := proc.Receive(self, sel.Message[callAsk]())
				if err != nil {
					return err
				}
				held <- ask
				if _, err := proc.Receive(self, sel.Equal("call back")); err != nil {
					return err
				}
				_, err = ringAsk(self, client, 1)
				second <- err
				return nil
			})
			client = proc.Spawn(s, func(self *proc.Self[any]) error {
				<-ready
				n, err := proc.CallWithin(self, limit, server, func(r proc.ReplyTo[int]) any { return callAsk{N: 1, Reply: r} })
				first <- callResult{value: n, err: err}
				return ringServing[ringServe](self)
			})
			close(ready)
			ask := harness.Value(w, held)
			if limit < 0 {
				client.Interrupt(proc.InterruptedBy{Value: 1})
				require.Equal(w, proc.InterruptedBy{Value: 1}, harness.Value(w, first).err)
			} else {
				callTimedOut(w, harness.Value(w, first).err)
			}
			server.Send("call back")
			require.NoError(w, harness.Value(w, second))
			ask.Reply.Reply(1) // late
		}
	})
}

// C5: the edge goes when the caller goes: a process that takes up the dead one's
// request is in no ring with it.
func TestC5_KilledCallerIsInNoRing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		held, result := make(chan callAsk, 1), make(chan callResult, 1)
		var client proc.Pid[callAsk]
		server := proc.Spawn(s, func(self *proc.Self[any]) error {
			ask, err := proc.Receive(self, sel.Message[callAsk]())
			if err != nil {
				return err
			}
			held <- ask
			if _, err := proc.Receive(self, sel.Equal("call back")); err != nil {
				return err
			}
			result <- callMake(self, callForever, client, 1)
			return nil
		})
		client = proc.Spawn(s, func(self *proc.Self[callAsk]) error {
			_, err := ringAsk(self, server, 1)
			return err
		})
		harness.Value(w, held)
		client.Kill()
		server.Send("call back")
		r := harness.Value(w, result)
		require.IsType(w, proc.ExitKilled{}, callDown(w, r, client.ID))
	})
}

// F15: two processes that call each other do not wait for their time-outs.
func TestF15_TwoProcessesCallEachOther(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		results := make(chan callResult, 2)
		var a, b proc.Pid[callAsk]
		ready := make(chan struct{})
		body := func(other *proc.Pid[callAsk]) func(self *proc.Self[callAsk]) error {
			return func(self *proc.Self[callAsk]) error {
				<-ready
				r := callMake(self, 0, *other, 4)
				results <- r
				if r.err == nil {
					return nil
				}
				return callDouble(self)
			}
		}
		a, b = proc.Spawn(s, body(&b)), proc.Spawn(s, body(&a))
		close(ready)
		one, other := harness.Value(w, results), harness.Value(w, results)
		if one.err == nil {
			one, other = other, one
		}
		_, ok := errors.AsType[proc.CallRing](one.err)
		require.True(w, ok, "%v", one.err)
		require.NoError(w, other.err)
		require.Equal(w, 8, other.value)
		callAtOnce(w, one)
		callAtOnce(w, other)
	})
}
