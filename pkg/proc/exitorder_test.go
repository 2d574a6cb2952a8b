package proc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Deferred functions run while the process lives, keeps its name, and tells nobody; a kill does not wait for them.
func TestL4_DeferredFunctionsComeFirst(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		deferred, release := make(chan struct{}), make(chan struct{})
		watcher := newActor(w, s)
		target := (&actor{w: w, deferred: func(self *proc.Self[actorOrder]) {
			close(deferred)
			<-release
			watcher.Interrupt(proc.InterruptedBy{Value: "deferred"})
		}}).spawn(s, proc.Registered(name)).up()
		ref := watcher.monitor(target.ID)
		require.NoError(w, watcher.link(target.ID))

		e.end(target)
		harness.Value(w, deferred)
		interrupts, downs := watcher.got()
		if e.by == actorKilled {
			require.False(w, target.Alive())
			actorDown(w, downs, ref)
			actorCrashed(w, interrupts, target.ID)
			close(release)
			return
		}
		require.True(w, target.Alive())
		require.Nil(w, target.Reason())
		require.Empty(w, downs)
		require.Empty(w, interrupts)
		namesIs(w, s, name, target.ID)
		namesTaken(w, proc.Register(s, name, watcher.Pid), "worker", target.ID)
		select {
		case <-target.Done():
			require.Fail(w, "Done is closed already")
		default:
		}

		close(release)
		harness.Ended(w, target.ID)
		interrupts, downs = watcher.got()
		actorDown(w, downs, ref)
		require.Equal(w, proc.InterruptedBy{Value: "deferred"}, interrupts[0])
		if e.crash {
			actorCrashed(w, interrupts[1:], target.ID)
		} else {
			require.Len(w, interrupts, 1)
		}
	})
}

// exitSight is what somebody sees of a process of whose end he has just heard.
type exitSight struct {
	alive, known, named, listed bool
	reason, told                proc.ShutdownReason
	renamed                     error
}

// exitLook looks at id; told is the reason he was told. He then takes the name.
func exitLook(self *proc.Self[actorOrder], name proc.Name[actorOrder], id proc.ID, told proc.ShutdownReason) exitSight {
	sight := exitSight{alive: id.Alive(), reason: id.Reason(), told: told}
	_, sight.known = id.Info()
	_, sight.named = proc.Whereis(self, name)
	for info := range self.System().Processes() {
		sight.listed = sight.listed || info.ID == id
	}
	sight.renamed = proc.Register(self, name, self.Pid())
	return sight
}

// exitGone requires that nothing of the process was to be seen any more.
func exitGone(w *harness.World, e actorEnding, sight exitSight) {
	w.Helper()
	require.False(w, sight.alive, "it is alive")
	require.False(w, sight.known, "it has Info")
	require.False(w, sight.named, "it has its name")
	require.False(w, sight.listed, "it is among the processes")
	require.NoError(w, sight.renamed)
	require.IsType(w, e.reason, sight.reason)
	require.Equal(w, sight.reason, sight.told)
}

// Whoever receives the ProcessDown finds the process not alive, its reason known and its name free, however it ended.
func TestD7_GoneWhenItsDownIsSeen(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		for range 10 {
			seen := make(chan exitSight, 1)
			target := newActor(w, s, proc.Registered(name))
			watcher := (&actor{w: w, onDown: func(self *proc.Self[actorOrder], down proc.ProcessDown) {
				seen <- exitLook(self, name, down.ID, down.Reason)
			}}).spawn(s)
			watcher.monitor(target.ID)
			e.end(target)
			exitGone(w, e, harness.Value(w, seen))
			watcher.Kill()
		}
	})
}

// So does whoever gets the interrupt of a link.
func TestL4_GoneWhenItsLinkFires(t *testing.T) {
	for _, e := range actorEndings {
		if !e.crash {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				name := proc.NewName[actorOrder]("worker")
				for range 10 {
					seen := make(chan exitSight, 1)
					target := newActor(w, s, proc.Registered(name))
					watcher := (&actor{w: w, onInterrupt: func(self *proc.Self[actorOrder], reason proc.InterruptReason) {
						crashed := reason.(proc.LinkedProcessCrashed)
						seen <- exitLook(self, name, crashed.ID, crashed.Reason)
					}}).spawn(s)
					require.NoError(w, watcher.link(target.ID))
					e.end(target)
					exitGone(w, e, harness.Value(w, seen))
					watcher.Kill()
				}
			})
		})
	}
}

// The ProcessDowns come in the order of monitoring, also when some monitors were taken back.
func TestL4_DownsInTheOrderOfMonitoring(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		target, watcher, other := newActor(w, s), newActor(w, s), newActor(w, s)
		var kept []proc.MonitorRef
		watcher.do(func(self *proc.Self[actorOrder]) {
			var refs []proc.MonitorRef
			for range 20 {
				refs = append(refs, self.Monitor(target.ID))
			}
			for i, ref := range refs {
				if i%3 == 0 {
					self.Demonitor(ref)
				} else {
					kept = append(kept, ref)
				}
			}
		})
		gone := other.monitor(target.ID)
		kept = append(kept, watcher.monitor(target.ID), watcher.monitor(target.ID))
		other.demonitor(gone)
		kept = append(kept, watcher.monitor(target.ID))

		target.ends(e)
		_, downs := watcher.got()
		monitorDowns(w, downs, kept...)
	})
}

// exitChronicler is a process that monitors target and writes down what it
// receives, until it is told to stop; "down" stands for the ProcessDown.
func exitChronicler(w *harness.World, s *proc.System, target proc.ID, onDown func()) (proc.Pid[string], <-chan []string) {
	w.Helper()
	ready, chronicle := make(chan struct{}), make(chan []string, 1)
	pid := proc.Spawn(s, func(self *proc.Self[string]) error {
		self.Monitor(target)
		close(ready)
		var lines []string
		entry := sel.Or(sel.Message[string](), sel.Case(func(proc.ProcessDown) string { return "down" }))
		for {
			line, err := proc.Receive(self, entry)
			if err != nil {
				return err
			}
			if line == "stop" {
				chronicle <- lines
				return nil
			}
			lines = append(lines, line)
			if line == "down" {
				onDown()
			}
		}
	})
	harness.Value(w, ready)
	return pid, chronicle
}

// First the earlier monitor is served, then the later, then the links, whenever they were made, then Done is closed:
// what one of them tells another of the end comes after the other's own notice.
func TestL4_DownsThenLinksThenDone(t *testing.T) {
	for _, e := range actorEndings {
		if !e.crash {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				for range 20 {
					target := newActor(w, s)
					var early, late proc.Pid[string]
					linked := (&actor{w: w, onInterrupt: func(*proc.Self[actorOrder], proc.InterruptReason) {
						early.Send("linked")
						late.Send("linked")
					}}).spawn(s)
					require.NoError(w, linked.link(target.ID))
					var earlies, lates <-chan []string
					early, earlies = exitChronicler(w, s, target.ID, func() {})
					late, lates = exitChronicler(w, s, target.ID, func() { early.Send("late") })

					e.end(target)
					harness.Value(w, target.Done())
					early.Send("done")
					late.Send("done")
					linked.catchUp()
					late.Send("stop")
					require.Equal(w, "down", harness.Value(w, lates)[0])
					w.Arrive() // of the others: stop is from here
					early.Send("stop")
					lines := harness.Value(w, earlies)
					require.Equal(w, "down", lines[0])
					require.ElementsMatch(w, []string{"down", "late", "linked", "done"}, lines)
					linked.Kill()
				}
			})
		})
	}
}

// When a link's interrupt is received, the ProcessDown of the same process is in the mailbox.
func TestL4_DownIsThereWhenTheLinkFires(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, e := range actorEndings {
			if !e.crash {
				continue
			}
			target := newActor(w, s)
			got := make(chan error, 1)
			watcher := (&actor{w: w}).spawn(s)
			watcher.tell(func(self *proc.Self[actorOrder]) {
				_ = self.Link(target.ID)
				ref := self.Monitor(target.ID)
				e.end(target)
				_, err := proc.Receive(self, sel.None[int]())
				if _, ok := err.(proc.LinkedProcessCrashed); !ok {
					got <- err
					return
				}
				_, err = proc.ReceiveWithin(self, 0, proc.SelectDown(ref))
				got <- err
			})
			require.NoError(w, harness.Value(w, got), e.name)
		}
	})
}

// AwaitEnd, Join and Done come after the ProcessDowns and the links.
func TestL4_WaitersComeLast(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		for _, wait := range []func(self *proc.Self[actorOrder], id proc.ID){
			func(self *proc.Self[actorOrder], id proc.ID) { self.AwaitEnd(id, -1) },
			func(self *proc.Self[actorOrder], id proc.ID) { _, _ = proc.Join(proc.Outside(self), id) },
			func(_ *proc.Self[actorOrder], id proc.ID) { <-id.Done() },
		} {
			target := newActor(w, s, proc.Registered(name))
			type after struct {
				down, yield error
				sight       exitSight
			}
			got := make(chan after, 1)
			newActor(w, s).tell(func(self *proc.Self[actorOrder]) {
				var a after
				ref := self.Monitor(target.ID)
				_ = self.Link(target.ID)
				e.end(target)
				wait(self, target.ID)
				a.sight = exitLook(self, name, target.ID, target.Reason())
				a.yield = self.Yield()
				_, a.down = proc.ReceiveWithin(self, 0, proc.SelectDown(ref))
				proc.Unregister(self, name)
				got <- a
			})
			a := harness.Value(w, got)
			exitGone(w, e, a.sight)
			require.NoError(w, a.down)
			if e.crash {
				require.IsType(w, proc.LinkedProcessCrashed{}, a.yield)
			} else {
				require.NoError(w, a.yield)
			}
		}
	})
}

// Kill has done all of it when it returns.
func TestL4_KillIsDoneWhenItReturns(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		release := make(chan struct{})
		defer close(release)
		target := newActor(w, s, proc.Registered(name))
		target.busy(release) // it will not unwind before the end of the test
		watcher := newActor(w, s)
		var closed bool
		var mailbox []any
		var yield error
		watcher.do(func(self *proc.Self[actorOrder]) {
			self.Monitor(target.ID)
			_ = self.Link(target.ID)
			target.Kill()
			select {
			case <-target.Done():
				closed = true
			default:
			}
			yield = self.Yield()
			mailbox = self.Flush()
		})
		require.True(w, closed)
		require.IsType(w, proc.LinkedProcessCrashed{}, yield)
		require.Len(w, mailbox, 1)
		require.IsType(w, proc.ProcessDown{}, mailbox[0])
		require.Equal(w, proc.ExitKilled{}, target.Reason())
		namesFree(w, s, name)
	})
}
