package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// loopTold passes on what its function has been told and given, and goes on after interrupts.
func loopTold(d time.Duration, told chan<- any) *proc.Loop[any, int] {
	return proc.NewLoop(func(self *proc.Self[any], n *int) error {
		for {
			*n++
			m, err := proc.ReceiveOrHibernate(self, d, sel.Any(), func(m any) any { return m })
			switch {
			case err == proc.Hibernate:
				return err
			case err != nil:
				told <- err
			case m == "end":
				return nil
			default:
				told <- m
			}
		}
	})
}

// Whatever can be waited for in a receive comes to a process that rests: messages, ticks, the ends of others,
// interrupts, each in its order.
func TestLoop_WhatWakesAProcessThatRests(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		told := make(chan any, 10)
		l := loopTold(-1, told)
		crash := errors.New("crashed")
		ends := func(self *proc.Self[any]) error {
			if m, err := self.Receive(); err != nil || m == "well" {
				return err
			}
			return crash
		}
		linked, watched := make(chan proc.Pid[any], 1), make(chan proc.Pid[any], 1)
		var timer proc.TimerRef
		var down proc.MonitorRef
		p := proc.Spawn(s, func(self *proc.Self[any]) error {
			linked <- proc.SpawnLink(self, ends)
			pid, ref := proc.SpawnMonitor(self, ends)
			down = ref
			watched <- pid
			timer = proc.StartTimer(self, 50*time.Millisecond)
			proc.SendAfter(self, 100*time.Millisecond, self.Pid(), any("later"))
			return l.Enter(0)
		})
		loopRests(w, p.ID)
		ticks := []any{harness.Value(w, told), harness.Value(w, told)}
		if !w.Bubble { // both may be due by the time that Go sees to them
			require.Contains(w, ticks, any("later"))
			ticks = []any{proc.TimerElapsed{Ref: timer}, "later"}
		}
		require.Equal(w, []any{proc.TimerElapsed{Ref: timer}, "later"}, ticks)
		loopRests(w, p.ID)
		p.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w, proc.InterruptedBy{Value: 1}, harness.Value(w, told))
		loopRests(w, p.ID)
		child := <-watched
		child.Send("well")
		require.Equal(w, proc.ProcessDown{Ref: down, ID: child.ID, Reason: proc.ExitNormally{}}, harness.Value(w, told))
		loopRests(w, p.ID)
		(<-linked).Send("badly")
		var fired proc.LinkedProcessCrashed
		require.ErrorAs(w, harness.Value(w, told).(error), &fired)
		require.ErrorIs(w, fired, crash)
		loopRests(w, p.ID)
		p.Send(1)
		p.Interrupt(proc.InterruptedBy{Value: 2})
		require.ElementsMatch(w, []any{1, proc.InterruptedBy{Value: 2}}, []any{harness.Value(w, told), harness.Value(w, told)})
		loopRests(w, p.ID)
		require.NoError(w, p.TrySend(3))
		require.Equal(w, 3, harness.Value(w, told))
	})
}

// The end of a process that rests is as that of another one: its reason, its context, who is told.
func TestLoop_EndsOfAProcessThatRests(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(id proc.ID)
		want proc.ShutdownReason
	}{
		"shutdown": {func(id proc.ID) { id.Shutdown(proc.ExitNormallyWith{Detail: "x"}) }, proc.ExitNormallyWith{Detail: "x"}},
		"kill":     {func(id proc.ID) { id.Kill() }, proc.ExitKilled{}},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := loopSystem(w)
				name := proc.NewName[any]("resting")
				l := loopTold(-1, nil)
				contexts := make(chan (<-chan struct{}), 1)
				var deferred atomic.Bool
				outer := proc.NewLoop(func(self *proc.Self[any], n *int) error {
					contexts <- self.Done()
					return l.Enter(0)
				})
				p := proc.Spawn(s, func(self *proc.Self[any]) error {
					defer deferred.Store(true)
					return outer.Enter(0)
				}, proc.Registered(name))
				w2 := puppetOf[any](w, s)
				ref := puppetDo(w2, func(self *proc.Self[any]) proc.MonitorRef {
					require.NoError(w, self.Link(p.ID))
					return self.Monitor(p.ID)
				})
				loopRests(w, p.ID)
				ctx := <-contexts
				c.end(p.ID)
				if c.want == (proc.ExitKilled{}) {
					require.False(w, p.Alive())
					require.Equal(w, c.want, p.Reason())
					for range s.Abandoned() {
						w.Fatal("a process without goroutine is abandoned")
					}
				}
				require.Equal(w, c.want, harness.Ended(w, p.ID))
				harness.Value(w, ctx)
				require.True(w, deferred.Load())
				got := puppetDo(w2, func(self *proc.Self[any]) any {
					for {
						m, err := proc.ReceiveWithin(self, time.Minute, proc.SelectDown(ref))
						if _, linked := errors.AsType[proc.LinkedProcessCrashed](err); !linked {
							return m
						}
					}
				})
				require.Equal(w, proc.ProcessDown{Ref: ref, ID: p.ID, Reason: c.want}, got)
				require.Error(w, p.TrySend(1))
				p.Interrupt(proc.InterruptedBy{Value: 1})
				p.Kill()
				require.NotPanics(w, func() {
					proc.Spawn(s, func(*proc.Self[any]) error { return nil }, proc.Registered(name))
				})
			})
		})
	}
}

// A shutdown takes effect where the function receives, and an interrupt before it is not taken.
func TestLoop_AShutdownOfAProcessThatRestsUnwindsItsFunction(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		var unwound atomic.Int32
		l := proc.NewLoop(func(self *proc.Self[int], _ *int) error {
			defer func() {
				if self.Err() != nil {
					unwound.Add(1)
				}
			}()
			_, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil)
			return err
		})
		p := loopEnter(s, l, 0)
		loopRests(w, p.ID)
		p.Shutdown(proc.ExitNormallyWith{Detail: "first"})
		p.Shutdown(proc.ExitNormallyWith{Detail: "second"})
		p.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w, proc.ExitNormallyWith{Detail: "first"}, harness.Ended(w, p.ID))
		require.EqualValues(w, 1, unwound.Load())
	})
}

// What a process has waited for before, and what comes too late, does not disturb its rest.
func TestLoop_LateEvents(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		p := loopEnter(s, loopSum, 0)
		for i := range 3 {
			loopRests(w, p.ID)
			proc.LateEvent(p.ID)
			p.Send(1)
			require.Equal(w, i+1, loopCall(w, p))
		}
		loopRests(w, p.ID)
		proc.LateEvent(p.ID)
		loopRests(w, p.ID)
		p.Shutdown(proc.ExitNormally{})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
	})
}

// In virtual time one sees it exactly: a limit is over when it would be without hibernation, whatever has woken the
// process in between without ending the receive.
func TestLoop_TheLimitGoesOnWhileItHibernates(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			w.Skip("needs virtual time")
		}
		const d = 10 * time.Second
		s := loopSystem(w)
		told := make(chan any, 10)
		only := proc.NewLoop(func(self *proc.Self[any], n *int) error {
			for {
				m, err := proc.ReceiveOrHibernate(self, d, sel.Message[int](), nil)
				if err == proc.Hibernate {
					return err
				}
				if err != nil {
					told <- err
				} else {
					told <- m
				}
			}
		})
		start := time.Now()
		at := func(when time.Duration, want any) {
			w.Helper()
			require.Equal(w, want, harness.Value(w, told))
			require.Equal(w, when, time.Since(start))
		}
		until := func(when time.Duration) { time.Sleep(when - time.Since(start)) }
		p := loopEnter(s, only, 0)
		at(d, proc.TimeoutInterrupt{After: d})
		until(12 * time.Second)
		p.Send("not wanted")
		proc.LateEvent(p.ID) // wakes it, and it receives on
		at(20*time.Second, proc.TimeoutInterrupt{After: d})
		until(25 * time.Second)
		p.Send(1) // a new receive, with a new limit
		at(25*time.Second, 1)
		until(30 * time.Second)
		require.True(w, proc.Rests(p.ID))
		at(35*time.Second, proc.TimeoutInterrupt{After: d})
		until(36 * time.Second)
		p.Interrupt(proc.InterruptedBy{Value: 1}) // ends the receive, and its limit
		at(36*time.Second, proc.InterruptedBy{Value: 1})
		at(46*time.Second, proc.TimeoutInterrupt{After: d})
		p.Send(2)
		p.Send(3)
		at(46*time.Second, 2)
		at(46*time.Second, 3)
		until(55*time.Second + 999*time.Millisecond)
		p.Send(4)
		at(55*time.Second+999*time.Millisecond, 4)
		at(65*time.Second+999*time.Millisecond, proc.TimeoutInterrupt{After: d})
		p.Shutdown(proc.ExitNormally{})
		harness.Ended(w, p.ID)
		time.Sleep(time.Minute)
		require.Empty(w, told)
	})
}

// A limit is of one receive: one with another limit, and one of another loop, begin anew.
func TestLoop_LimitsThatAreNotGoneOnWith(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			w.Skip("needs virtual time")
		}
		s := loopSystem(w)
		ends := make(chan time.Duration, 1)
		start := time.Now()
		timedOut := func(d time.Duration, err error) error {
			require.Equal(w, proc.TimeoutInterrupt{After: d}, err)
			ends <- time.Since(start)
			return nil
		}
		var second *proc.Loop[any, int]
		first := proc.NewLoop(func(self *proc.Self[any], turns *int) error {
			if *turns++; *turns == 2 {
				return second.Enter(0)
			}
			_, err := proc.ReceiveOrHibernate(self, 10*time.Second, sel.Message[int](), nil)
			return err
		})
		second = proc.NewLoop(func(self *proc.Self[any], turns *int) error {
			d := 10 * time.Second
			if *turns++; *turns > 1 {
				d = 20 * time.Second
			}
			_, err := proc.ReceiveOrHibernate(self, d, sel.Message[int](), nil)
			if err == proc.Hibernate {
				return err
			}
			return timedOut(d, err)
		})
		p := loopEnter(s, first, 0)
		time.Sleep(8 * time.Second)
		proc.LateEvent(p.ID) // to the second loop, with all its 10 s
		time.Sleep(9 * time.Second)
		require.True(w, proc.Rests(p.ID))
		proc.LateEvent(p.ID) // to a limit of 20 s, at 17 s
		require.Equal(w, 37*time.Second, harness.Value(w, ends))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
	})
}

// A limit that is no time, and one that has been over for long, look at the mailbox once.
func TestLoop_LimitsThatAreOver(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		seen := make(chan any, 10)
		l := proc.NewLoop(func(self *proc.Self[any], turns *int) error {
			*turns++
			for range 2 {
				m, err := proc.ReceiveOrHibernate(self, 0, sel.Message[int](), func(m any) int { return m.(int) })
				if err != nil {
					seen <- err
				} else {
					seen <- m
				}
			}
			return nil
		})
		p := proc.Spawn(s, func(self *proc.Self[any]) error {
			self.Pid().Send(1)
			return l.Enter(0)
		})
		require.Equal(w, 1, harness.Value(w, seen))
		require.Equal(w, any(proc.TimeoutInterrupt{}), harness.Value(w, seen))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, p.ID))
	})
}

// A process that hibernates with a limit and then without has no timer left that disturbs it; one with a limit that
// rings while it is being woken takes what has come.
func TestLoop_ATimerOfThePastDisturbsNobody(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		told := make(chan any, 1000)
		l := proc.NewLoop(func(self *proc.Self[any], n *int) error {
			for {
				d := time.Duration(-1)
				if *n%2 == 0 {
					d = 2 * time.Millisecond
				}
				m, err := proc.ReceiveOrHibernate(self, d, sel.Any(), nil)
				if err == proc.Hibernate {
					return err
				}
				*n++
				if _, late := errors.AsType[proc.TimeoutInterrupt](err); late && d < 0 {
					return fmt.Errorf("timed out without a limit: %w", err)
				} else if err == nil {
					told <- m
				}
			}
		})
		p := loopEnter(s, l, 0)
		for i := range 200 {
			time.Sleep(time.Duration(i%4) * time.Millisecond)
			p.Send(i)
			require.Equal(w, i, harness.Value(w, told))
		}
		require.True(w, p.Alive())
	})
}

// Calls to a process that rests are served; those that it has handed on fail at once when it ends at rest, and the
// ones that have been answered meanwhile do not.
func TestLoop_CallsToAProcessThatRests(t *testing.T) {
	for name, end := range map[string]func(id proc.ID){
		"killed":    func(id proc.ID) { id.Kill() },
		"shut down": func(id proc.ID) { id.Shutdown(proc.ExitKilled{}) },
		"returns":   func(id proc.ID) { proc.Pid[any]{ID: id}.Send("end") },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := loopSystem(w, proc.WithCallTimeout(-1))
				kept := make(chan proc.ReplyTo[int], 10)
				l := proc.NewLoop(func(self *proc.Self[any], _ *int) error {
					for {
						m, err := proc.ReceiveOrHibernate(self, -1, sel.Any(), func(m any) any { return m })
						if err != nil {
							return err
						}
						switch m := m.(type) {
						case loopAsk:
							kept <- m.reply.Delegate()
						case string:
							return proc.ExitKilled{}
						}
					}
				})
				p := loopEnter(s, l, 0)
				type outcome struct {
					n   int
					err error
				}
				ask := func() <-chan outcome {
					c := make(chan outcome, 1)
					go func() {
						n, err := proc.Call(w.Context(), p, loopAsking)
						c <- outcome{n, err}
					}()
					return c
				}
				var calls []<-chan outcome
				var replies []proc.ReplyTo[int]
				for range 7 {
					loopRests(w, p.ID)
					calls = append(calls, ask())
					replies = append(replies, harness.Value(w, kept))
				}
				loopRests(w, p.ID)
				replies[0].Reply(10)
				replies[5].Reply(15)
				require.Equal(w, outcome{10, nil}, harness.Value(w, calls[0]))
				require.Equal(w, outcome{15, nil}, harness.Value(w, calls[5]))
				p.Send(1)
				loopRests(w, p.ID)
				end(p.ID)
				for i, c := range calls {
					if i != 0 && i != 5 {
						var gone proc.OtherProcessNotRunning
						require.ErrorAs(w, harness.Value(w, c).err, &gone)
						require.Equal(w, p.ID, gone.ID)
						require.Equal(w, proc.ExitKilled{}, gone.Reason)
						require.False(w, replies[i].Live())
					}
				}
			})
		})
	}
}

// A process in a loop may do whatever others may between two hibernations.
func TestLoop_OperationsWithinALoop(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		server := loopEnter(s, loopSum, 40)
		done := make(chan int, 1)
		var nextLoop *proc.Loop[any, int]
		l := proc.NewLoop(func(self *proc.Self[any], n *int) error {
			m, err := proc.ReceiveOrHibernate(self, -1, sel.Message[string](), nil)
			if err != nil {
				return err
			}
			require.Equal(w, "go", m)
			answer, err := proc.Call(self, server, loopAsking)
			require.NoError(w, err)
			require.NoError(w, self.Sleep(3*time.Millisecond))
			task := proc.Go(self, func(context.Context) (int, error) { return 2, nil })
			two, err := task.Await(self)
			require.NoError(w, err)
			child, ref := proc.SpawnMonitor(self, func(*proc.Self[any]) error { return io.EOF })
			_, err = proc.Receive(self, proc.SelectDown(ref))
			require.NoError(w, err)
			require.True(w, self.AwaitEnd(child.ID, -1))
			_, err = proc.ReceiveWithin(self, time.Millisecond, sel.Message[bool]())
			require.IsType(w, proc.TimeoutInterrupt{}, err)
			*n += answer + two
			done <- *n
			return nextLoop.Enter(*n - 42)
		})
		nextLoop = l
		p := loopEnter(s, l, 0)
		for range 3 {
			loopRests(w, p.ID)
			p.Send("go")
			require.Equal(w, 42, harness.Value(w, done))
		}
	})
}

// A sender that waits for room in the mailbox of a process that rests is let in when there is some, and told when
// the process ends.
func TestLoop_BoundedMailboxes(t *testing.T) {
	type open struct{}
	selective := func() *proc.Loop[any, bool] {
		return proc.NewLoop(func(self *proc.Self[any], all *bool) error {
			for {
				s := sel.Map(sel.Message[open](), func(o open) any { return o })
				if *all {
					s = sel.Any()
				}
				m, err := proc.ReceiveOrHibernate(self, -1, s, nil)
				if err != nil {
					return err
				}
				*all = *all || m == open{}
				if a, ok := m.(loopAsk); ok {
					a.reply.Reply(1)
				}
			}
		})
	}
	t.Run("senders wait", func(t *testing.T) {
		harness.Everywhere(t, func(w *harness.World) {
			s := loopSystem(w)
			p := loopEnter(s, selective(), false, proc.Bounded(2, proc.Reject))
			loopRests(w, p.ID)
			p.Send(1)
			loopRests(w, p.ID)
			sent := make(chan error, 3)
			helper := puppetOf[any](w, s)
			timer := puppetDo(helper, func(self *proc.Self[any]) proc.TimerRef { return proc.SendAfter(self, 0, p, any(2)) })
			w.Eventually("the mailbox is full", func() bool { info, _ := p.Info(); return info.Mailbox == 2 })
			require.ErrorIs(w, p.TrySend(3), proc.ErrMailboxFull)
			for _, m := range []any{open{}, 4, 5} {
				go func() { sent <- p.SendContext(w.Context(), m) }()
				time.Sleep(5 * time.Millisecond)
			}
			require.True(w, proc.Rests(p.ID))
			require.Empty(w, sent)
			require.True(w, puppetDo(helper, func(self *proc.Self[any]) bool { return proc.CancelTimer(self, timer) }))
			for range 3 {
				require.NoError(w, harness.Value(w, sent))
			}
			w.Eventually("it has taken all", func() bool { info, _ := p.Info(); return info.Mailbox == 0 })
			require.Equal(w, 1, loopCall(w, p))
			loopRests(w, p.ID)
		})
	})
	for name, end := range map[string]func(id proc.ID){
		"killed":    func(id proc.ID) { id.Kill() },
		"shut down": func(id proc.ID) { id.Shutdown(proc.ExitKilled{}) },
	} {
		t.Run("senders of one "+name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := loopSystem(w)
				p := loopEnter(s, selective(), false, proc.Bounded(1, proc.Reject))
				p.Send(1)
				w.Arrive()
				loopRests(w, p.ID)
				sent := make(chan error, 1)
				go func() { sent <- p.SendContext(w.Context(), 2) }()
				time.Sleep(5 * time.Millisecond)
				end(p.ID)
				require.IsType(w, proc.OtherProcessNotRunning{}, harness.Value(w, sent))
			})
		})
	}
	t.Run("the oldest is dropped", func(t *testing.T) {
		harness.Everywhere(t, func(w *harness.World) {
			s, dead := deadlettersSystem(w)
			proc.SetWarm(s, 1024, time.Millisecond)
			p := loopEnter(s, selective(), false, proc.Bounded(2, proc.DropOldest))
			for i := range 5 {
				loopRests(w, p.ID)
				p.Send(i)
				w.Arrive()
			}
			require.Len(w, dead.seen(), 3)
			p.Send(open{})
			w.Eventually("it has taken all", func() bool { info, _ := p.Info(); return info.Mailbox == 0 })
			loopRests(w, p.ID)
			require.Equal(w, 1, loopCall(w, p))
			require.Len(w, dead.seen(), 4)
			require.Equal(w, 3, dead.seen()[3].Message)
		})
	})
}

// Processes own others though they rest, and are owned.
func TestLoop_OwnedProcesses(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(p proc.Pid[any])
		want func(w *harness.World, parent proc.ID, r proc.ShutdownReason)
	}{
		"killed": {func(p proc.Pid[any]) { p.Kill() }, func(w *harness.World, _ proc.ID, r proc.ShutdownReason) { require.Equal(w, proc.ExitKilled{}, r) }},
		"shut down": {func(p proc.Pid[any]) { p.Shutdown(proc.ExitNormallyWith{Detail: "x"}) }, func(w *harness.World, _ proc.ID, r proc.ShutdownReason) {
			require.Equal(w, proc.ExitNormallyWith{Detail: "x"}, r)
		}},
		"ends": {func(p proc.Pid[any]) { p.Send("end") }, func(w *harness.World, parent proc.ID, r proc.ShutdownReason) {
			require.Equal(w, proc.ExitOwnerEnded{ID: parent, Reason: proc.ExitNormally{}}, r)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := loopSystem(w)
				told := make(chan any, 10)
				l := loopTold(-1, told)
				children := make(chan proc.Pid[any], 3)
				p := proc.Spawn(s, func(self *proc.Self[any]) error {
					for range 3 {
						children <- loopEnter(self, l, 0, proc.Owned())
					}
					return l.Enter(0)
				})
				var all []proc.ID
				for range 3 {
					all = append(all, (<-children).ID)
				}
				loopRests(w, p.ID)
				loopRests(w, all...)
				proc.Pid[any]{ID: all[2]}.Send("end") // of which the parent hears nothing
				require.Equal(w, proc.ExitNormally{}, harness.Ended(w, all[2]))
				require.True(w, proc.Rests(p.ID))
				c.end(p)
				harness.Ended(w, p.ID)
				for _, child := range all[:2] {
					require.False(w, child.Alive())
					c.want(w, p.ID, child.Reason())
				}
			})
		})
	}
}
