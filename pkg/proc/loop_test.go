package proc_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// loopSystem is a system whose processes rest soon.
func loopSystem(w *harness.World, opts ...proc.Option) *proc.System {
	s := w.System(opts...)
	proc.SetWarm(s, 1024, time.Millisecond)
	return s
}

// loopRests waits until a process has no goroutine.
func loopRests(w *harness.World, ids ...proc.ID) {
	w.Helper()
	for _, id := range ids {
		w.Eventually("the process rests", func() bool { return proc.Rests(id) })
	}
}

// loopEnter spawns a process that enters a loop at once.
func loopEnter[M, S any](host proc.Host, l *proc.Loop[M, S], state S, opts ...proc.SpawnOption) proc.Pid[M] {
	return proc.Spawn(host, func(*proc.Self[M]) error { return l.Enter(state) }, opts...)
}

// loopAsk is a message that is answered with the state.
type loopAsk struct{ reply proc.ReplyTo[int] }

func loopAsking(r proc.ReplyTo[int]) any { return loopAsk{r} }

// loopCall asks from outside.
func loopCall(w *harness.World, pid proc.Pid[any]) int {
	w.Helper()
	n, err := proc.Call(w.Context(), pid, loopAsking)
	require.NoError(w, err)
	return n
}

// loopSum adds up ints, and answers with the sum.
var loopSum = proc.NewLoop(func(self *proc.Self[any], sum *int) error {
	for {
		m, err := proc.ReceiveOrHibernate(self, -1, sel.Any(), func(m any) any { return m })
		switch m := m.(type) {
		case int:
			*sum += m
		case loopAsk:
			m.reply.Reply(*sum)
		}
		if err != nil {
			return err
		}
	}
})

// The state outlives the goroutine, whatever wakes the process.
func TestLoop_TheStateOutlivesHibernation(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		p := loopEnter(loopSystem(w), loopSum, 1000)
		for i := range 5 {
			loopRests(w, p.ID)
			p.Send(i)
			if i%2 == 0 {
				loopRests(w, p.ID)
			}
			p.Send(10)
		}
		loopRests(w, p.ID)
		require.Equal(w, 1060, loopCall(w, p))
		require.Equal(w, 1060, loopCall(w, p))
	})
}

// A process that has nothing to do needs no goroutine, one that had something neither, a moment later.
func TestLoop_NoGoroutineWhileNothingComes(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const n = 300
		s := loopSystem(w)
		before := harness.Goroutines()
		few := func() bool { return harness.Goroutines() < before+n/10 }
		var all []proc.Pid[any]
		for range n {
			all = append(all, loopEnter(s, loopSum, 0))
		}
		w.Eventually("they have none", few)
		for _, p := range all {
			p.Send(1)
			require.Equal(w, 1, loopCall(w, p))
		}
		w.Eventually("they have none again", few)
		for _, p := range all {
			require.True(w, p.Alive())
		}
	})
}

// What a process is seen to do while it rests is what it does: it receives.
func TestLoop_InfoWhileItRests(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		type order struct{}
		l := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
			self.SetDetails("waits")
			_, err := proc.ReceiveOrHibernate(self, -1, sel.Message[order](), nil)
			return err
		})
		before := s.Now()
		p := loopEnter(s, l, 0, proc.Titled("clerk"), proc.Registered(proc.NewName[any]("clerk")))
		loopRests(w, p.ID)
		p.Send("unwanted")
		p.Send(7)
		w.Arrive()
		require.True(w, proc.Rests(p.ID), "woken by what it does not want")
		info, ok := p.Info()
		require.True(w, ok)
		require.Equal(w, proc.Receiving, info.State)
		require.Equal(w, "clerk", info.Title)
		require.Equal(w, "clerk", info.Name)
		require.Equal(w, "waits", info.Details)
		require.Equal(w, 2, info.Mailbox)
		require.Equal(w, map[string]int{"int": 1, "string": 1}, info.ByType)
		require.False(w, info.Since.Before(before.Add(-time.Millisecond)))
		require.False(w, info.Since.After(s.Now()))
		listed := 0
		for i := range s.Processes() {
			require.Equal(w, p.ID, i.ID)
			listed++
		}
		require.Equal(w, 1, listed)
		p.Send(order{})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
	})
}

// The deferred functions of the body run before the loop begins, those of the function at each hibernation, with
// all that they do.
func TestLoop_DeferredFunctions(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		var body, turns, deferred atomic.Int32
		l := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
			turns.Add(1)
			require.EqualValues(w, 1, body.Load())
			defer deferred.Add(1)
			for {
				if _, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil); err != nil {
					return err
				}
			}
		})
		p := proc.Spawn(s, func(*proc.Self[any]) error {
			defer body.Add(1)
			return l.Enter(0)
		})
		for range 3 {
			loopRests(w, p.ID)
			require.Equal(w, turns.Load(), deferred.Load())
			p.Send(1)
		}
		p.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, harness.Ended(w, p.ID))
		require.Equal(w, turns.Load(), deferred.Load())
		require.EqualValues(w, 1, body.Load())
	})
}

// A function may receive something else between being told to hibernate and returning. What comes meanwhile is
// not missed, and what it waits for at rest is what it was told for.
func TestLoop_ReceivesBeforeItHibernates(t *testing.T) {
	for name, between := range map[string]func(self *proc.Self[any]){
		"by type, at once":     func(self *proc.Self[any]) { _, _ = proc.ReceiveWithin(self, 0, sel.Message[string]()) },
		"by type, parked":      func(self *proc.Self[any]) { _, _ = proc.ReceiveWithin(self, time.Millisecond, sel.Message[bool]()) },
		"by function, at once": func(self *proc.Self[any]) { _, _ = proc.ReceiveWithin(self, 0, sel.Equal("no")) },
		"by function, parked": func(self *proc.Self[any]) {
			_, _ = proc.ReceiveWithin(self, time.Millisecond, sel.Or(sel.Equal("no"), sel.Equal("not")))
		},
		"asleep": func(self *proc.Self[any]) { _ = self.Sleep(time.Millisecond) },
		"flush":  func(self *proc.Self[any]) { _ = self.Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := loopSystem(w)
				told, go_ := make(chan bool), make(chan bool)
				got := make(chan int, 10)
				held := true
				l := proc.NewLoop(func(self *proc.Self[any], sum *int) error {
					for {
						n, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil)
						if err == proc.Hibernate {
							if held {
								held = false
								told <- true
								<-go_
							}
							between(self)
						}
						if err != nil {
							return err
						}
						got <- n
					}
				})
				p := loopEnter(s, l, 0)
				<-told
				if name != "flush" {
					p.Send(1)
				}
				p.Send("what else comes")
				go_ <- true
				if name != "flush" {
					require.Equal(w, 1, harness.Value(w, got))
				}
				for i := range 3 {
					loopRests(w, p.ID)
					p.Send(2 + i)
					require.Equal(w, 2+i, harness.Value(w, got))
				}
			})
		})
	}
}

// A function that does not do what it is told, but receives again, keeps its goroutine for a moment: it is not told
// again and again, and takes what comes.
func TestLoop_GoingOnInsteadOfHibernating(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		told := new(atomic.Int64)
		got := make(chan int, 1)
		l := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
			for {
				n, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil)
				switch {
				case err == proc.Hibernate:
					told.Add(1)
				case err != nil:
					return err
				default:
					got <- n
				}
			}
		})
		p := loopEnter(s, l, 0)
		for i := range 3 {
			time.Sleep(250 * time.Millisecond)
			p.Send(i)
			require.Equal(w, i, harness.Value(w, got))
		}
		require.Positive(w, told.Load())
		require.Less(w, told.Load(), int64(20))
		require.Equal(w, proc.Receiving, func() proc.State {
			w.Settle()
			info, _ := p.Info()
			return info.State
		}())
	})
}

// A process goes on with a copy of the state that Enter was given; who returns the same again begins again.
func TestLoop_EachEnteringHasItsOwnState(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		entered := loopSum.Enter(100)
		body := func(*proc.Self[any]) error { return entered }
		a, b := proc.Spawn(s, body), proc.Spawn(s, body)
		a.Send(1)
		b.Send(2)
		loopRests(w, a.ID, b.ID)
		require.Equal(w, 101, loopCall(w, a))
		require.Equal(w, 102, loopCall(w, b))

		var again error
		restart := proc.NewLoop(func(self *proc.Self[any], sum *int) error {
			for {
				m, err := proc.ReceiveOrHibernate(self, -1, sel.Any(), nil)
				if err != nil {
					return err
				}
				switch m := m.(type) {
				case int:
					*sum += m
				case string:
					return again
				case loopAsk:
					m.reply.Reply(*sum)
				}
			}
		})
		again = restart.Enter(7)
		p := proc.Spawn(s, func(*proc.Self[any]) error { return again })
		for range 3 {
			p.Send(1)
			loopRests(w, p.ID)
			require.Equal(w, 8, loopCall(w, p))
			loopRests(w, p.ID)
			p.Send("again")
			require.Equal(w, 7, loopCall(w, p))
		}
	})
}

// A loop may be followed by another one, with a state of another type; the mailbox goes with the process.
func TestLoop_EntersAnotherLoop(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		var day, night *proc.Loop[any, []string]
		var toNight *proc.Loop[any, string]
		follow := func(name string, next func(string) error) func(*proc.Self[any], *[]string) error {
			return func(self *proc.Self[any], seen *[]string) error {
				for {
					m, err := proc.ReceiveOrHibernate(self, -1, sel.Or(
						sel.Map(sel.Message[int](), func(int) any { return nil }),
						sel.Map(sel.Message[loopAsk](), func(a loopAsk) any { return a }),
					), nil)
					if err != nil {
						return err
					}
					if ask, ok := m.(loopAsk); ok {
						ask.reply.Reply(len(name) + 100*len(*seen))
						continue
					}
					return next(name)
				}
			}
		}
		day = proc.NewLoop(follow("day", func(name string) error { return toNight.Enter(name) }))
		toNight = proc.NewLoop(func(_ *proc.Self[any], from *string) error { return night.Enter([]string{*from, "dusk"}) })
		night = proc.NewLoop(follow("night", func(string) error { return day.Enter(nil) }))
		p := loopEnter(s, day, nil)
		p.Send("set aside")
		for range 3 {
			loopRests(w, p.ID)
			require.Equal(w, 3, loopCall(w, p))
			p.Send(1)
			require.Equal(w, 205, loopCall(w, p))
			loopRests(w, p.ID)
			p.Send(1)
		}
		require.Equal(w, 3, loopCall(w, p))
		info, _ := p.Info()
		require.Equal(w, map[string]int{"string": 1}, info.ByType)
	})
}

// A loop for messages of another type than the process's is not begun: the process crashes, and the error says why.
func TestLoop_OfAnotherMessageType(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		begun := new(atomic.Bool)
		l := proc.NewLoop(func(*proc.Self[string], *int) error { begun.Store(true); return nil })
		check := func(id proc.ID) {
			reason := harness.Ended(w, id)
			require.IsType(w, proc.ExitUnhandledError{}, reason)
			require.Contains(w, reason.Error(), "string")
			require.Contains(w, reason.Error(), "int")
			require.False(w, begun.Load())
		}
		check(proc.Spawn(s, func(*proc.Self[int]) error { return l.Enter(0) }).ID)
		check(loopEnter(s, proc.NewLoop(func(*proc.Self[int], *int) error { return l.Enter(0) }), 0).ID)
		var zero proc.Loop[int, int]
		require.IsType(w, proc.ExitUnhandledError{}, harness.Ended(w, loopEnter(s, &zero, 0).ID))
	})
}

// What the function returns, panics with, or leaves with ends the process, before it has hibernated and after.
func TestLoop_HowItEnds(t *testing.T) {
	sour := errors.New("sour")
	for name, c := range map[string]struct {
		how  func(self *proc.Self[any]) error
		want func(w *harness.World, reason proc.ShutdownReason)
	}{
		"nil": {
			func(*proc.Self[any]) error { return nil },
			func(w *harness.World, r proc.ShutdownReason) { require.Equal(w, proc.ExitNormally{}, r) },
		},
		"an error": {
			func(*proc.Self[any]) error { return fmt.Errorf("milk: %w", sour) },
			func(w *harness.World, r proc.ShutdownReason) { require.ErrorIs(w, r, sour) },
		},
		"a reason": {
			func(*proc.Self[any]) error { return proc.ExitNormallyWith{Detail: "one"} },
			func(w *harness.World, r proc.ShutdownReason) {
				require.Equal(w, proc.ExitNormallyWith{Detail: "one"}, r)
			},
		},
		"a panic": {
			func(*proc.Self[any]) error { panic(sour) },
			func(w *harness.World, r proc.ShutdownReason) {
				panicked, ok := r.(proc.ExitPanic)
				require.True(w, ok, "%T", r)
				require.Equal(w, sour, panicked.Value)
				require.Contains(w, panicked.Stack, "TestLoop_HowItEnds")
			},
		},
		"Goexit": {
			func(*proc.Self[any]) error { runtime.Goexit(); return nil },
			func(w *harness.World, r proc.ShutdownReason) { require.IsType(w, proc.ExitUnhandledError{}, r) },
		},
		"Exit": {
			func(self *proc.Self[any]) error { self.Exit(proc.ExitNormallyWith{Detail: "two"}); return nil },
			func(w *harness.World, r proc.ShutdownReason) {
				require.Equal(w, proc.ExitNormallyWith{Detail: "two"}, r)
			},
		},
		"Hibernate, unasked": {
			func(*proc.Self[any]) error { return proc.Hibernate },
			func(w *harness.World, r proc.ShutdownReason) { require.ErrorIs(w, r, proc.Hibernate) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := loopSystem(w)
				l := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
					for {
						m, err := proc.ReceiveOrHibernate(self, -1, sel.Any(), nil)
						if err != nil {
							return err
						}
						if m == "end" {
							return c.how(self)
						}
					}
				})
				early := loopEnter(s, l, 0)
				early.Send("end")
				c.want(w, harness.Ended(w, early.ID))
				late := loopEnter(s, l, 0)
				loopRests(w, late.ID)
				late.Send(1)
				loopRests(w, late.ID)
				late.Send("end")
				late.Send("left")
				c.want(w, harness.Ended(w, late.ID))
				w.Eventually("no process is warm", func() bool { n, swept := proc.Warm(s); return n == 0 && !swept })
			})
		})
	}
}

// Hibernate is told by the loop of the process alone, and only as it is.
func TestLoop_HibernateElsewhere(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		p := puppetOf[any](w, s)
		got := puppetStart(p, func(self *proc.Self[any]) puppetGot[int] {
			v, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil)
			return puppetGot[int]{v, err}
		})
		p.receiving()
		time.Sleep(20 * time.Millisecond)
		p.Send("not that")
		p.Send(3)
		require.Equal(w, puppetGot[int]{3, nil}, harness.Value(w, got))

		wrapped := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
			_, err := proc.ReceiveOrHibernate(self, -1, sel.Any(), nil)
			return fmt.Errorf("wrapped: %w", err)
		})
		require.ErrorIs(w, harness.Ended(w, loopEnter(s, wrapped, 0).ID), proc.Hibernate)

		unasked := proc.NewLoop(func(*proc.Self[any], *int) error { return proc.Hibernate })
		asked := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
			_, err := proc.ReceiveOrHibernate(self, -1, sel.Any(), nil)
			require.Equal(w, proc.Hibernate, err)
			return unasked.Enter(0)
		})
		require.ErrorIs(w, harness.Ended(w, loopEnter(s, asked, 0).ID), proc.Hibernate)
	})
}

// Messages set aside before hibernation are received after it, in the order of their arrival, with those that came
// while the process rested, and those that woke it.
func TestLoop_OrderAcrossHibernation(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for rest := range 16 { // before which messages it rests
			s := loopSystem(w)
			var got []any
			l := proc.NewLoop(func(self *proc.Self[any], open *bool) error {
				for {
					s := sel.Any()
					if !*open {
						s = sel.Map(sel.Message[string](), func(s string) any { return s })
					}
					m, err := proc.ReceiveOrHibernate(self, -1, s, nil)
					if err != nil {
						return err
					}
					got = append(got, m)
					switch m {
					case "open":
						*open = true
					case 6:
						return nil
					}
				}
			})
			p := loopEnter(s, l, false)
			for i, m := range []any{1, "a", 2, 3.5, "b", 4, nil, "open", 5, 6} {
				if rest>>(i%4)&1 != 0 {
					loopRests(w, p.ID)
				}
				p.Send(m)
			}
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
			require.Equal(w, []any{"a", "b", "open", 1, 2, 3.5, 4, nil, 5, 6}, got, "rests %b", rest)
		}
	})
}

// A process that has refused a message which it would have to look at again keeps its goroutine: while it is blocked
// each arrival is tested once.
func TestLoop_EachArrivalIsTestedOnce(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		tests := new(atomic.Int32)
		l := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
			_, err := proc.ReceiveOrHibernate(self, -1, sel.With(func(n int) (int, bool) {
				tests.Add(1)
				return n, n == 100
			}), nil)
			return err
		})
		p := loopEnter(s, l, 0)
		loopRests(w, p.ID)
		for i := 1; i <= 100; i++ {
			p.Send(i)
			w.Eventually("it has been tested", func() bool { return tests.Load() >= int32(i) })
			if i%20 == 0 {
				time.Sleep(5 * time.Millisecond) // it would cool
			}
		}
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
		require.EqualValues(w, 100, tests.Load())
	})
}

// An M of an interface type: whatever is one wakes the process, nil too.
func TestLoop_InterfaceMessages(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		got := make(chan string, 1)
		l := proc.NewLoop(func(self *proc.Self[fmt.Stringer], _ *int) error {
			for {
				m, err := proc.ReceiveOrHibernate(self, -1, sel.Deliverable[fmt.Stringer](), func(m fmt.Stringer) fmt.Stringer { return m })
				if err != nil {
					return err
				}
				got <- fmt.Sprint(m)
			}
		})
		p := loopEnter(s, l, 0)
		for i, m := range []fmt.Stringer{time.Second, nil, &reclaimBlock{n: 3}, nil, proc.Busy, time.Minute} {
			if i%3 != 2 {
				loopRests(w, p.ID)
			}
			p.Send(m)
			require.Equal(w, fmt.Sprint(m), harness.Value(w, got))
		}
	})
}

// With own, whether a message finds the process at work, warm or at rest, it is made what the selector makes of it.
func TestLoop_OwnMessages(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		type got struct {
			n int
			m any
		}
		all := make(chan got, 100)
		wrap := func(n int) any { return got{n, "int"} }
		l := proc.NewLoop(func(self *proc.Self[int], _ *int) error {
			for {
				m, err := proc.ReceiveOrHibernate(self, -1, sel.Or(
					sel.Map(sel.Message[string](), func(s string) any { return got{len(s), s} }),
					sel.Map(sel.Message[int](), wrap),
				), wrap)
				if err != nil {
					return err
				}
				all <- m.(got)
			}
		})
		p := loopEnter(s, l, 0)
		strings := proc.Pid[string]{ID: p.ID}
		n := 0
		send := func() {
			if n++; n%3 == 0 {
				strings.Send(fmt.Sprint(n))
			} else {
				p.Send(n)
			}
		}
		next := 0
		receive := func() {
			want := got{0, "int"}
			if next++; next%3 == 0 {
				want = got{len(fmt.Sprint(next)), fmt.Sprint(next)}
			} else {
				want.n = next
			}
			require.Equal(w, want, harness.Value(w, all))
		}
		for i := range 40 {
			if i%8 < 2 {
				loopRests(w, p.ID)
			} else if i%2 == 0 {
				w.Settle()
			}
			burst := 1 + i%4
			for range burst {
				send()
			}
			for range burst {
				receive()
			}
		}
	})
}
