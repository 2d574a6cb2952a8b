package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
)

// late is what servers of these tests do when their time is over: they write that down,
// with the phase.
func late(next error) func(*State, *Self) error {
	return func(s *State, self *Self) error { s.trace.Add("late in %s", server.PhaseOf(self)); return next }
}

// timed is late, with the time.
func timed(began time.Time, next error) func(*State, *Self) error {
	return func(s *State, self *Self) error {
		s.trace.Add("late in %s at %s", server.PhaseOf(self), self.System().Now().Sub(began))
		return next
	}
}

// soon is a limit that does not end before a server that has it can be made busy, also on a
// machine that has other things to do.
const soon = 200 * time.Millisecond

// waitsFor waits until n timeouts are in the mailbox of a server.
func waitsFor(w *harness.World, pid proc.Pid[Message], n int) {
	w.Helper()
	w.Eventually("the timeout has come", func() bool {
		info, ok := pid.Info()
		return ok && info.ByType["server.phaseElapsed"] == n
	})
}

// busy makes a server busy, until what is returned is called.
func busy(w *harness.World, pid proc.Pid[Message], then func(s *State, self *Self) error) (goOn func()) {
	at, open := make(chan struct{}), make(chan struct{})
	pid.Send(Order(func(s *State, self *Self) error { close(at); <-open; return then(s, self) }))
	harness.Value(w, at)
	return func() { close(open) }
}

func toPhase(phase server.Phase) func(*State, *Self) error {
	return func(*State, *Self) error { return server.To(phase) }
}

// The time runs from when the phase is entered: to the nanosecond, whatever is handled
// meanwhile, and whether the server hibernates or not. It is over once.
func TestV16_TheTimeIsExact(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		for _, d := range []time.Duration{time.Nanosecond, 30 * time.Millisecond, 150 * time.Millisecond, 7 * time.Second, 48 * time.Hour} {
			pid, trace := start(w, w.System(), describe(server.OnTimeout(d, timed(time.Now(), nil)), server.On((*State).red)))
			for range 10 {
				time.Sleep(d / 8)
				pid.Send(Red{1})
			}
			time.Sleep(2 * d)
			flush(w, pid)
			var lates []string
			for _, line := range trace.Take() {
				if line != "red 1" {
					lates = append(lates, line)
				}
			}
			require.Equal(w, []string{"late in  at " + d.String()}, lates)
		}
	})
}

// What OnEnter does is part of the stay, and so is what a handler does that is at work
// when the time is over: the timeout waits for it.
func TestV16_HandlersThatTakeLonger(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), describe(
			server.In[State, Message]("idle"),
			server.In("slow", server.OnTimeout(time.Second, timed(time.Now(), server.To("busy"))),
				server.OnEnter(func(_ *State, self *Self, _ server.Phase) error { return self.Sleep(300 * time.Millisecond) })),
			server.In("busy", server.OnTimeout(time.Second, timed(time.Now(), server.Stop)))))
		to(pid, "slow")
		time.Sleep(1500 * time.Millisecond)
		pid.Send(Order(func(_ *State, self *Self) error { return self.Sleep(time.Minute) }))
		harness.Ended(w, pid.ID)
		require.Equal(w, []string{"late in slow at 1s", "late in busy at 1m1.5s"}, trace.Take())
	})
}

// Who leaves the phase ends its time, also if that is over by then and waits in the
// mailbox: it is not handled in the next phase, nor in another stay in the same one,
// and nobody hears of it.
func TestV16_LeavingThePhase(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		again := 0
		of := describe(
			server.In("a", server.OnTimeoutFunc(func(*State, *Self) time.Duration {
				if again++; again == 1 {
					return time.Millisecond
				}
				return time.Hour
			}, late(nil))),
			server.In("b", server.OnTimeout(time.Hour, late(nil)), server.On((*State).red)),
			server.In("through", server.OnTimeout(time.Hour, late(nil)),
				server.OnEnter(func(*State, *Self, server.Phase) error { return server.To("a") })),
			server.In[State, Message]("c"))
		for _, way := range []server.Phase{"b", "c", "through"} {
			again = 0
			pid, trace := start(w, s, of)
			goOn := busy(w, pid, toPhase(way))
			waitsFor(w, pid, 1)
			goOn()
			flush(w, pid)
			to(pid, "a")
			flush(w, pid)
			require.Empty(w, trace.Take())
			waitsFor(w, pid, 0)
			require.Empty(w, s.Counters().DeadLetters)
			pid.Kill()
		}
		require.NotContains(w, w.Logs.String(), "refused")
		require.NotContains(w, w.Logs.String(), "phaseElapsed")
	})
}

// Each stay begins its time anew. To the present phase begins none.
func TestV16_EachStayHasItsOwn(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), describe(
			server.In("a", server.OnTimeout(time.Second, timed(time.Now(), server.To("end")))),
			server.In[State, Message]("b"), server.In[State, Message]("end")))
		for _, phase := range []server.Phase{"a", "b", "a", "a"} { // at 0.3, 0.6, 0.9 and 1.2 s
			time.Sleep(300 * time.Millisecond)
			to(pid, phase)
		}
		time.Sleep(time.Minute)
		flush(w, pid)
		require.Equal(w, []string{"late in a at 1.9s"}, trace.Take())
	})
}

// It comes as a message does: what has come before it is handled first, and if that
// leaves the phase there is no timeout.
func TestV16_InTheOrderOfArrival(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for want, first := range map[string]Message{"[red 1 late in a red 2]": Red{1}, "[red 2]": Green{1}} {
			at, open := make(chan struct{}), make(chan struct{})
			pid, trace := start(w, w.System(), describe(
				server.In[State, Message]("first"),
				server.In("a", server.OnTimeout(soon, late(nil)), server.On((*State).red),
					server.On(func(*State, *Self, Green) error { return server.To("b") }),
					server.OnEnter(func(*State, *Self, server.Phase) error { close(at); <-open; return nil })),
				server.In("b", server.On((*State).red))))
			pid.Send(first)
			to(pid, "a")
			harness.Value(w, at)
			waitsFor(w, pid, 1)
			pid.Send(Red{2})
			close(open)
			flush(w, pid)
			require.Equal(w, want, fmt.Sprint(trace.Take()))
		}
	})
}

// What its handler returns is the fate of the server, as of each.
func TestV16_WhatItReturns(t *testing.T) {
	other := server.New(func(s *State, _ *Self, t *Trace) error { s.trace = t; return nil },
		server.OnIdle(time.Millisecond, func(s *State, _ *Self) error { s.trace.Add("another"); return server.Stop }))
	for name, c := range map[string]struct {
		does  func(s *State, self *Self) error
		want  string
		fails error
	}{
		"Stop":      {late(server.Stop), "[late in a finally]", nil},
		"nil":       {late(nil), "[late in a and idle finally]", nil},
		"To":        {late(server.To("b")), "[late in a late in b finally]", nil},
		"To itself": {late(server.To("a")), "[late in a and idle finally]", nil},
		"an error":  {late(errBroken), "[late in a finally]", errBroken},
		"interrupt": {late(proc.NormalExitRequested{}), "[late in a asked finally]", nil},
		"Enter":     {func(s *State, self *Self) error { return other.Enter(self, s.trace, nil) }, "[finally another]", nil},
		"a panic":   {func(*State, *Self) error { panic(errBroken) }, "[finally]", errBroken},
		"an end":    {func(_ *State, self *Self) error { self.Exit(proc.ExitNormally{}); return nil }, "[finally]", nil},
	} {
		t.Run(name, func(t *testing.T) {
			of := describe(
				server.OnInterrupt(func(s *State, _ *Self, _ proc.NormalExitRequested) error { s.trace.Add("asked"); return server.Stop }),
				server.In("a", server.OnTimeout(time.Millisecond, c.does),
					server.OnIdle(10*time.Second, func(s *State, _ *Self) error { s.trace.Add("and idle"); return server.Stop })),
				server.In("b", server.OnTimeout(time.Millisecond, late(server.Stop)))).Finally((*State).finally)
			harness.Virtually(t, func(w *harness.World) {
				pid, trace := start(w, w.System(), of)
				reason := harness.Ended(w, pid.ID)
				if c.fails == nil {
					require.Equal(w, proc.ExitNormally{}, reason)
				} else {
					require.ErrorIs(w, reason, c.fails)
				}
				require.Equal(w, c.want, fmt.Sprint(trace.Take()))
			})
		})
	}
}

// That of a phase takes the place of the common one, which is for each phase; without
// phases it is one for the life of the server.
func TestV16_TheCommonOne(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), describe(
			server.OnTimeout(time.Second, timed(time.Now(), server.To("own"))),
			server.In[State, Message]("first"),
			server.In("own", server.OnTimeout(time.Minute, timed(time.Now(), server.To("last")))),
			server.In("last", server.OnTimeout(time.Hour, timed(time.Now(), server.Stop)))))
		harness.Ended(w, pid.ID)
		require.Equal(w, []string{"late in first at 1s", "late in own at 1m1s", "late in last at 1h1m1s"}, trace.Take())
	})
}

// A time that a function tells differs from stay to stay. One that is not positive is
// over at once, after what is in the mailbox.
func TestV16_ATimeThatVaries(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		n, began := 0, time.Now()
		pid, trace := start(w, w.System(), describe(server.On((*State).red),
			server.In("a", server.OnTimeoutFunc(func(_ *State, self *Self) time.Duration {
				require.Equal(w, server.Phase("a"), server.PhaseOf(self))
				n++
				return []time.Duration{time.Second, time.Hour, 0, -time.Hour}[n-1]
			}, func(s *State, self *Self) error {
				_ = timed(began, nil)(s, self)
				if n == 4 {
					return server.Stop
				}
				self.Pid().Send(Red{n})
				return server.To("b")
			})),
			server.In("b", server.OnEnter(func(*State, *Self, server.Phase) error { return server.To("a") }))))
		harness.Ended(w, pid.ID)
		require.Equal(w, []string{"late in a at 1s", "red 1", "late in a at 1h0m1s", "red 2", "late in a at 1h0m1s", "red 3", "late in a at 1h0m1s"}, trace.Take())
	})
}

// A full mailbox neither refuses nor drops it, and a backlog for other phases does not
// hold it up.
func TestV16_AFullMailbox(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		of := describe(server.In("a", server.OnTimeout(time.Millisecond, late(server.Stop))), server.In("b", server.On((*State).red)))
		for _, bound := range []proc.SpawnOption{proc.Bounded(2, proc.DropOldest), proc.Bounded(2, proc.Reject)} {
			pid, trace := start(w, s, of, bound)
			for n := range 10 {
				pid.Send(Red{n})
			}
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
			require.Equal(w, []string{"late in a"}, trace.Take())
		}
	})
}

// It comes before handlers that take anything, those of the server's own type among
// them, and leaves them what is theirs. One that receives anything takes it.
func TestV16_HandlersOfAnything(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, anything := range []Clause{
			server.On(func(s *State, _ *Self, m any) error { s.trace.Add("%v", m); return nil }),
			server.On(func(s *State, _ *Self, m Message) error { s.trace.Add("%v", m); return nil }),
			server.OnSelect(sel.Any(), func(s *State, _ *Self, m any) error { s.trace.Add("%v", m); return nil }),
		} {
			trace := new(Trace)
			pid, err := server.New((*State).begin, server.OnTimeout(soon, late(nil)), anything).Start(w.Context(), w.System(), trace)
			require.NoError(w, err)
			pid.Send(Red{1})
			w.Eventually("both have been handled", func() bool { return trace.Len() == 2 })
			require.ElementsMatch(w, []string{"{1}", "late in "}, trace.Take())
		}

		pid, trace := start(w, w.System(), describe(server.OnTimeout(soon, late(nil))))
		goOn := busy(w, pid, func(_ *State, self *Self) error {
			_, err := proc.Receive(self, sel.Any())
			return err
		})
		waitsFor(w, pid, 1)
		goOn()
		flush(w, pid)
		require.Empty(w, trace.Take())
	})
}

// It ends with the server, however that ends: nothing comes of it, and it keeps nobody.
// Nor does it come to another server that the process becomes.
func TestV16_TheEndOfTheServer(t *testing.T) {
	another := describe(server.OnCall((*State).ask)).Unhandled(server.Crash)
	for name, end := range map[string]func(pid proc.Pid[Message]){
		"Stop":     func(pid proc.Pid[Message]) { leave(pid, server.Stop) },
		"kill":     func(pid proc.Pid[Message]) { pid.Kill() },
		"shutdown": func(pid proc.Pid[Message]) { pid.Shutdown(proc.ExitNormally{}) },
		"panic":    func(pid proc.Pid[Message]) { pid.Send(Order(func(*State, *Self) error { panic(errBroken) })) },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				before := harness.Goroutines()
				pid, trace := start(w, s, describe(server.OnTimeout(time.Hour, late(nil))))
				rest(w, before) // a kill then finds no goroutine
				end(pid)
				harness.Ended(w, pid.ID)
				if w.Bubble {
					w.Sleep(2 * time.Hour)
				}
				require.Empty(w, trace.Take())

				pid, trace = start(w, s, describe(server.OnTimeout(soon, late(nil))))
				goOn := busy(w, pid, func(*State, *Self) error { return nil })
				waitsFor(w, pid, 1)
				pid.Kill()
				goOn()
				require.Empty(w, trace.Take())
				require.Empty(w, s.Counters().DeadLetters)
			})
		})
	}
	t.Run("Enter", func(t *testing.T) {
		harness.Everywhere(t, func(w *harness.World) {
			pid, trace := start(w, w.System(), describe(server.OnTimeout(soon, late(nil))))
			goOn := busy(w, pid, func(s *State, self *Self) error { return another.Enter(self, s.trace, nil) })
			waitsFor(w, pid, 1)
			goOn()
			flush(w, pid)
			require.Empty(w, trace.Take())
		})
	})
}

// A phase is left at about the time at which it is over: the timeout comes in that very
// stay, once, or not at all.
func TestV16_TheRaceOfLeaving(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		stay, stays := 0, w.Sized(300, 100, 10)
		over := make(chan struct{})
		var came []int
		stayed := func(at server.Phase) Clause {
			return server.In(at,
				server.OnEnter(func(_ *State, self *Self, _ server.Phase) error {
					if stay++; stay == stays {
						close(over)
						return server.Stop
					}
					proc.SendAfter[Message](self, time.Millisecond, self.Pid(), Red{stay})
					return nil
				}),
				server.OnTimeoutFunc(func(*State, *Self) time.Duration {
					return time.Millisecond + time.Duration(stay%5-2)*20*time.Microsecond
				}, func(_ *State, self *Self) error {
					if server.PhaseOf(self) != at {
						w.Errorf("that of %s comes in %s", at, server.PhaseOf(self))
					}
					came = append(came, stay)
					return nil
				}))
		}
		next := func(_ *State, self *Self, m Red) error {
			if m.N != stay {
				return nil
			}
			if server.PhaseOf(self) == "a" {
				return server.To("b")
			}
			return server.To("a")
		}
		pid, _ := start(w, s, describe(server.On(next), stayed("a"), stayed("b")))
		harness.Value(w, over)
		harness.Ended(w, pid.ID)
		for i := range came {
			if i > 0 && came[i] <= came[i-1] {
				w.Errorf("the timeout of a stay has come twice: %v", came)
			}
		}
		require.NotContains(w, w.Logs.String(), "phaseElapsed")
	})
}
