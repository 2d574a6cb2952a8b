package proc_test

import (
	"io"
	"runtime"
	"slices"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// monitorDowns requires that got are the ProcessDowns of refs, in this order.
func monitorDowns(w *harness.World, got []proc.ProcessDown, refs ...proc.MonitorRef) {
	w.Helper()
	var seen []proc.MonitorRef
	for _, down := range got {
		seen = append(seen, down.Ref)
	}
	require.Equal(w, refs, seen)
}

// Each monitor sends one ProcessDown, with its own reference, the id and the reason, however the process ends.
func TestL3_EachMonitorSendsOneDown(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		target, once, thrice := newActor(w, s), newActor(w, s), newActor(w, s)
		ref := once.monitor(target.ID)
		refs := []proc.MonitorRef{thrice.monitor(target.ID), thrice.monitor(target.ID), thrice.monitor(target.ID)}
		require.Equal(w, target.ID, ref.Process)
		require.Equal(w, 4, target.info().Monitors)
		_, downs := once.got()
		require.Empty(w, downs, "it lives")

		reason := target.ends(e)

		interrupts, downs := once.got()
		require.Empty(w, interrupts)
		require.Equal(w, reason, actorDown(w, downs, ref).Reason)
		_, downs = thrice.got()
		monitorDowns(w, downs, refs...)
		for i := range refs {
			actorDown(w, downs[i:i+1], refs[i])
		}
	})
}

// Monitoring after the end tells what monitoring before it would have told.
func TestL2_MonitorBeforeAndAfterTheEndAreTheSame(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		target, before, after := newActor(w, s), newActor(w, s), newActor(w, s)
		first := before.monitor(target.ID)
		target.ends(e)
		_, downs := before.got()
		want := actorDown(w, downs, first)

		for i := range 2 { // the reason is kept
			ref := after.monitor(target.ID)
			_, downs = after.got()
			require.Len(w, downs, i+1)
			got := actorDown(w, downs[i:], ref)
			require.Equal(w, want.Reason, got.Reason)
			require.Equal(w, want.ID, got.ID)
		}
	})
}

// A monitor of a process whose deferred functions run tells the reason when they have.
func TestL2_MonitorOfAnUnwindingProcessFires(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		unwinding, release := make(chan struct{}), make(chan struct{})
		target := (&actor{w: w, deferred: func(*proc.Self[actorOrder]) {
			close(unwinding)
			<-release
		}}).spawn(s).up()
		a := newActor(w, s)
		e.end(target)
		harness.Value(w, unwinding)
		ref := a.monitor(target.ID)
		_, downs := a.got()
		if e.by == actorKilled { // then it is dead already
			actorDown(w, downs, ref)
		} else {
			require.Empty(w, downs)
		}
		close(release)
		harness.Ended(w, target.ID)
		_, downs = a.got()
		require.IsType(w, e.reason, actorDown(w, downs, ref).Reason)
	})
}

// Monitoring nobody tells ExitUnknown at once.
func TestL2_MonitorOfNobodyIsUnknown(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		a := newActor(w, w.System())
		ref := a.monitor(proc.ID{})
		_, downs := a.got()
		require.Len(w, downs, 1)
		require.Equal(w, ref, downs[0].Ref)
		require.Equal(w, proc.ID{}, downs[0].ID)
		require.Equal(w, proc.ExitUnknown{}, downs[0].Reason)
		require.Equal(w, proc.ExitUnknown{}, proc.ID{}.Reason())
		a.demonitor(ref)
	})
}

// After Demonitor the end of the process sends nothing.
func TestL3_DemonitorBeforeTheEnd(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		target, a := newActor(w, s), newActor(w, s)
		dropped, kept := a.monitor(target.ID), a.monitor(target.ID)
		a.demonitor(dropped)
		a.demonitor(dropped) // again: nothing to do
		require.Equal(w, 1, target.info().Monitors)
		target.Kill()
		_, downs := a.got()
		actorDown(w, downs, kept)

		a.demonitor(kept) // received already
		a.demonitor(proc.MonitorRef{})
	})
}

// Demonitor takes the ProcessDown that is queued already out of the mailbox, and no other one.
func TestL3_DemonitorRemovesTheQueuedDown(t *testing.T) {
	for _, c := range []struct {
		name     string
		setAside func(self *proc.Self[actorOrder]) // makes the mailbox look at what it holds
	}{
		{"that nobody looked at", func(*proc.Self[actorOrder]) {}},
		{"that a receive passed over", func(self *proc.Self[actorOrder]) {
			_, _ = proc.ReceiveWithin(self, 0, sel.None[int]())
			_, _ = proc.ReceiveWithin(self, 0, sel.Message[string]())
		}},
		{"that a predicate refused", func(self *proc.Self[actorOrder]) {
			_, _ = proc.ReceiveWithin(self, 0, sel.Message[proc.ProcessDown]().
				Where(func(proc.ProcessDown) bool { return false }))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				target, other, a := newActor(w, s), newActor(w, s), newActor(w, s)
				var refs, left []proc.MonitorRef
				var mailbox int
				a.do(func(self *proc.Self[actorOrder]) {
					for range 2 {
						refs = append(refs, self.Monitor(target.ID), self.Monitor(other.ID))
					}
					target.Kill()
					other.Kill()
					c.setAside(self)
					self.Demonitor(refs[2])
					self.Demonitor(refs[1])
					info, _ := self.ID().Info()
					mailbox = info.ByType["proc.ProcessDown"]
					for _, message := range self.Flush() {
						left = append(left, message.(proc.ProcessDown).Ref)
					}
				})
				require.Equal(w, []proc.MonitorRef{refs[0], refs[3]}, left)
				require.Equal(w, 2, mailbox)
			})
		})
	}
}

// Demonitor of a process that was dead when it was monitored removes that ProcessDown too.
func TestL3_DemonitorOfADeadProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		target, a := newActor(w, s), newActor(w, s)
		target.Kill()
		var left []any
		a.do(func(self *proc.Self[actorOrder]) {
			for _, id := range []proc.ID{target.ID, {}} {
				self.Demonitor(self.Monitor(id))
			}
			left = self.Flush()
		})
		require.Empty(w, left)
	})
}

// Monitoring oneself, directly or by name, does nothing.
func TestL3_MonitoringOneselfDoesNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("me")
		a := newActor(w, s, proc.Registered(name))
		a.demonitor(a.monitor(a.ID))
		a.monitor(a.ID)
		a.monitor(proc.Named(s, name).ID)
		require.Zero(w, a.info().Monitors)
		interrupts, downs := a.got()
		require.Empty(w, interrupts)
		require.Empty(w, downs)

		actorReturns(io.EOF)(a)
		require.IsType(w, proc.ExitUnhandledError{}, harness.Ended(w, a.ID))
	})
}

// SelectDown takes the ProcessDown of one monitor, SelectDownOf any of one process.
func TestL3_SelectDown(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		b, c, a := newActor(w, s), newActor(w, s), newActor(w, s)
		var refs []proc.MonitorRef
		var got []proc.ProcessDown
		var last error
		a.do(func(self *proc.Self[actorOrder]) {
			refs = []proc.MonitorRef{self.Monitor(b.ID), self.Monitor(c.ID), self.Monitor(b.ID), self.Monitor(c.ID)}
			b.Kill()
			c.Kill()
			for _, which := range []sel.MessageSelector[proc.ProcessDown]{
				proc.SelectDown(refs[2]), proc.SelectDownOf(c.ID), proc.SelectDown(refs[3]), proc.SelectDownOf(b.ID),
			} {
				down, _ := proc.ReceiveWithin(self, 0, which)
				got = append(got, down)
			}
			_, last = proc.ReceiveWithin(self, 0, proc.SelectDownOf(b.ID))
		})
		monitorDowns(w, got, refs[2], refs[1], refs[3], refs[0])
		require.IsType(w, proc.TimeoutInterrupt{}, last)
	})
}

// The monitors of a process are gone when it is, however it ends; those of others stay.
func TestD3_MonitorsOfADeadOwnerAreGone(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		target, owner, other := newActor(w, s), newActor(w, s), newActor(w, s)
		for range 3 {
			owner.monitor(target.ID)
		}
		ref := other.monitor(target.ID)
		require.Equal(w, 4, target.info().Monitors)
		owner.ends(e)
		require.Equal(w, 1, target.info().Monitors)

		target.Kill()
		_, downs := other.got()
		actorDown(w, downs, ref)
	})
}

// What an exit costs does not depend on how many monitors others have: it allocates the same.
func TestD8_ExitCostsTheSameBesideUnrelatedMonitors(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if w.Bubble { // AllocsPerRun counts for the whole program
			return
		}
		s := w.System()
		target, owner := newActor(w, s), newActor(w, s)
		cost := func() (allocations, size float64) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			allocations = testing.AllocsPerRun(200, func() {
				p := proc.Spawn(s, func(self *proc.Self[int]) error {
					self.Monitor(owner.ID)
					return nil
				})
				<-p.Done()
			})
			runtime.ReadMemStats(&after)
			return allocations, float64(after.TotalAlloc-before.TotalAlloc) / 201
		}
		cost() // what is allocated once
		fewAllocations, few := cost()
		const unrelated = 50_000
		owner.do(func(self *proc.Self[actorOrder]) {
			for range unrelated {
				self.Monitor(target.ID)
			}
		})
		manyAllocations, many := cost()
		require.InDelta(w, fewAllocations, manyAllocations, 5)
		require.InDelta(w, few, many, few+4096) // bytes; a copy of the table would be a megabyte
		require.Equal(w, unrelated, target.info().Monitors)

		target.Kill()
		_, downs := owner.got()
		require.Len(w, downs, unrelated)
		require.False(w, slices.ContainsFunc(downs, func(d proc.ProcessDown) bool { return d.ID != target.ID }))
	})
}

// An exit takes the same time beside 100,000 unrelated monitors as beside none.
func BenchmarkD8_ExitBesideUnrelatedMonitors(b *testing.B) {
	for _, c := range []struct {
		name      string
		unrelated int
	}{{"none", 0}, {"100k", 100_000}} {
		b.Run(c.name, func(b *testing.B) {
			s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
			defer func() { _ = s.Stop(b.Context()) }()
			target := proc.Spawn(s, func(self *proc.Self[int]) error {
				_, err := self.Receive()
				return err
			})
			ready := make(chan struct{})
			proc.Spawn(s, func(self *proc.Self[int]) error {
				for range c.unrelated {
					self.Monitor(target.ID)
				}
				close(ready)
				_, err := self.Receive()
				return err
			})
			<-ready
			for b.Loop() {
				<-proc.Spawn(s, func(*proc.Self[int]) error { return nil }).Done()
			}
		})
	}
}
