package proc_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// A crash of either end reaches the other one, once, with id and reason; a normal end only removes the link.
func TestL1_LinksFireForCrashesOnlyInBothDirections(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		target, linker, linked := newActor(w, s), newActor(w, s), newActor(w, s)
		require.NoError(w, linker.link(target.ID))
		require.NoError(w, target.link(linked.ID))
		require.Equal(w, []proc.ID{target.ID}, linker.info().Links)
		require.Equal(w, []proc.ID{target.ID}, linked.info().Links)
		require.ElementsMatch(w, []proc.ID{linker.ID, linked.ID}, target.info().Links)

		reason := target.ends(e)

		for _, p := range []*actor{linker, linked} {
			interrupts, downs := p.got()
			require.Empty(w, downs)
			require.Empty(w, p.info().Links)
			if !e.crash {
				require.Empty(w, interrupts)
				continue
			}
			crashed := actorCrashed(w, interrupts, target.ID)
			require.Equal(w, reason, crashed.Reason)
			require.Equal(w, proc.Crash, crashed.Severity())
			if e.cause != nil {
				require.ErrorIs(w, crashed, e.cause)
			}
		}
	})
}

// However often and from whichever end it is made, there is one link: it fires once.
func TestL1_LinkIsASet(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a, b := newActor(w, s), newActor(w, s)
		require.NoError(w, a.link(b.ID))
		require.NoError(w, a.link(b.ID))
		require.NoError(w, b.link(a.ID))
		require.Equal(w, []proc.ID{b.ID}, a.info().Links)
		require.Equal(w, []proc.ID{a.ID}, b.info().Links)

		actorReturns(io.EOF)(b)
		harness.Ended(w, b.ID)
		interrupts, _ := a.got()
		actorCrashed(w, interrupts, b.ID)
	})
}

// One Unlink, from either end, removes the link altogether.
func TestL1_UnlinkFromEitherEndRemovesIt(t *testing.T) {
	for _, byPeer := range []bool{false, true} {
		harness.Everywhere(t, func(w *harness.World) {
			s := w.System()
			a, b := newActor(w, s), newActor(w, s)
			require.NoError(w, a.link(b.ID))
			require.NoError(w, b.link(a.ID))
			if byPeer {
				b.unlink(a.ID)
			} else {
				a.unlink(b.ID)
			}
			require.Empty(w, a.info().Links)
			require.Empty(w, b.info().Links)

			b.Kill()
			interrupts, _ := a.got()
			require.Empty(w, interrupts)
		})
	}
}

// Each crash is an interrupt of its own, in the order in which they happened.
func TestL1_EachCrashIsAnInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a := newActor(w, s)
		var linked []*actor
		for range 10 {
			b := newActor(w, s)
			require.NoError(w, a.link(b.ID))
			linked = append(linked, b)
		}
		for _, b := range linked {
			b.Kill()
		}
		interrupts, _ := a.got()
		require.Len(w, interrupts, len(linked))
		for i, b := range linked {
			actorCrashed(w, interrupts[i:i+1], b.ID)
		}
	})
}

// A process that gives in to the crash of a linked one takes those linked to it along, the first cause in its reason.
func TestL1_CrashesSpreadAlongLinksWithTheirCause(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		last := newActor(w, s)
		next := last
		for range 4 {
			p := (&actor{w: w, givesIn: true}).spawn(s)
			require.NoError(w, p.link(next.ID))
			next = p
		}
		first := newActor(w, s)
		require.NoError(w, first.link(next.ID))

		actorReturns(io.EOF)(first)
		harness.Ended(w, first.ID)
		w.Eventually("the crash has reached the last one", func() bool {
			return len(last.info().Links) == 0
		})
		interrupts, _ := last.got()
		require.Len(w, interrupts, 1)
		require.ErrorIs(w, interrupts[0], io.EOF)
		require.True(w, last.Alive())
	})
}

// A ring of linked processes ends as a whole.
func TestL1_RingOfLinksEnds(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ring := make([]*actor, 5)
		for i := range ring {
			ring[i] = (&actor{w: w, givesIn: true}).spawn(s)
		}
		for i, p := range ring {
			require.NoError(w, p.link(ring[(i+1)%len(ring)].ID))
		}
		actorReturns(io.EOF)(ring[0])
		for _, p := range ring {
			require.ErrorIs(w, harness.Ended(w, p.ID), io.EOF)
		}
	})
}

// Linking after the end gives the LinkedProcessCrashed that linking before it would have given.
func TestL2_LinkBeforeAndAfterTheEndAreTheSame(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		target, before, after := newActor(w, s), newActor(w, s), newActor(w, s)
		require.NoError(w, before.link(target.ID))
		target.ends(e)

		for range 2 { // the reason is kept
			err := after.link(target.ID)
			interrupts, _ := after.got()
			require.Empty(w, interrupts, "the error was enough")
			require.Empty(w, after.info().Links)
			if !e.crash {
				require.NoError(w, err)
				continue
			}
			interrupts, _ = before.got()
			require.Equal(w, actorCrashed(w, interrupts, target.ID), err)
		}
	})
}

// A link to a process whose body has returned, but whose deferred functions run, fires.
func TestL2_LinkToAnUnwindingProcessFires(t *testing.T) {
	for _, e := range actorEndings {
		if e.by == actorKilled { // then it is dead
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				unwinding, release := make(chan struct{}), make(chan struct{})
				target := (&actor{w: w, deferred: func(*proc.Self[actorOrder]) {
					close(unwinding)
					<-release
				}}).spawn(s).up()
				a := newActor(w, s)

				e.end(target)
				harness.Value(w, unwinding)
				require.NoError(w, a.link(target.ID))
				interrupts, _ := a.got()
				require.Empty(w, interrupts)

				close(release)
				harness.Ended(w, target.ID)
				interrupts, _ = a.got()
				if e.crash {
					actorCrashed(w, interrupts, target.ID)
				} else {
					require.Empty(w, interrupts)
				}
			})
		})
	}
}

// Linking to nobody tells ExitUnknown.
func TestL2_LinkToNobodyIsUnknown(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		a := newActor(w, w.System())
		err := a.link(proc.ID{})
		crashed, ok := err.(proc.LinkedProcessCrashed)
		require.True(w, ok, "%T", err)
		require.Equal(w, proc.ExitUnknown{}, crashed.Reason)

		a.unlink(proc.ID{})
		interrupts, _ := a.got()
		require.Empty(w, interrupts)
		require.Empty(w, a.info().Links)
	})
}

// After Unlink nothing comes of a link, also not the interrupt that is queued already.
func TestL5_UnlinkRemovesTheQueuedInterrupt(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		a, b := newActor(w, s), newActor(w, s)
		var yielded error
		a.do(func(self *proc.Self[actorOrder]) {
			_ = self.Link(b.ID)
			e.end(b)
			<-b.Done() // its links have fired
			self.Unlink(b.ID)
			yielded = self.Yield()
		})
		require.NoError(w, yielded)
		interrupts, _ := a.got()
		require.Empty(w, interrupts)
	})
}

// Unlink takes out the interrupt of its own link only; the others keep their order.
func TestL5_UnlinkLeavesOtherInterrupts(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a, b, c := newActor(w, s), newActor(w, s), newActor(w, s)
		a.do(func(self *proc.Self[actorOrder]) {
			_ = self.Link(b.ID)
			_ = self.Link(c.ID)
			a.Interrupt(proc.InterruptedBy{Value: 1})
			b.Kill()
			a.Interrupt(proc.InterruptedBy{Value: 2})
			c.Kill()
			a.Interrupt(proc.InterruptedBy{Value: 3})
			self.Unlink(b.ID)
		})
		interrupts, _ := a.got()
		require.Len(w, interrupts, 4)
		for i, at := range []int{0, 1, 3} {
			require.Equal(w, proc.InterruptedBy{Value: i + 1}, interrupts[at])
		}
		actorCrashed(w, interrupts[2:3], c.ID)
	})
}

// An unlinked pair can be linked again.
func TestL5_LinkAgainAfterUnlink(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a, b := newActor(w, s), newActor(w, s)
		for range 3 {
			require.NoError(w, a.link(b.ID))
			a.unlink(b.ID)
			a.unlink(b.ID) // nothing to do
		}
		require.NoError(w, b.link(a.ID))
		b.Kill()
		interrupts, _ := a.got()
		actorCrashed(w, interrupts, b.ID)
	})
}

// A process that has ended is in no list of links.
func TestL6_EndedProcessIsInNoListOfLinks(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		owner, peer := newActor(w, s), newActor(w, s)
		require.NoError(w, owner.link(peer.ID))
		owner.ends(e)
		require.Empty(w, peer.info().Links)
	})
}

// Linking to oneself, directly or by name, does nothing.
func TestDecided_LinkToOneselfDoesNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("me")
		a := newActor(w, s, proc.Registered(name))
		require.NoError(w, a.link(a.ID))
		require.NoError(w, a.link(proc.Named(s, name).ID))
		require.Empty(w, a.info().Links)
		a.unlink(a.ID)

		actorReturns(io.EOF)(a)
		require.Equal(w, proc.ExitUnhandledError{Err: io.EOF}, harness.Ended(w, a.ID))
	})
}

// Between two systems messages and calls work, links, monitors and names do not.
func TestDecided_IDsOfAnotherSystem(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		here, there := w.System(), w.System()
		a, b := newActor(w, here), newActor(w, there)
		name := proc.NewName[actorOrder]("stranger")

		b.catchUp() // a message
		var answer int
		var failed error
		a.do(func(self *proc.Self[actorOrder]) { answer, failed = actorCall(self, b.Pid) })
		require.NoError(w, failed)
		require.Equal(w, 42, answer)

		err := a.link(b.ID)
		crashed, ok := err.(proc.LinkedProcessCrashed)
		require.True(w, ok, "%T", err)
		require.Equal(w, proc.ExitUnknown{}, crashed.Reason)
		ref := a.monitor(b.ID)
		interrupts, downs := a.got()
		require.Empty(w, interrupts)
		require.Len(w, downs, 1)
		require.Equal(w, ref, downs[0].Ref)
		require.Equal(w, proc.ExitUnknown{}, downs[0].Reason)
		require.Error(w, proc.Register(here, name, b.Pid))
		_, found := proc.Whereis(here, name)
		require.False(w, found)
		require.Empty(w, b.info().Links)
		require.Zero(w, b.info().Monitors)
		require.Empty(w, b.info().Name)
		a.unlink(b.ID)
		a.demonitor(ref)

		b.Kill()
		interrupts, downs = a.got()
		require.Empty(w, interrupts)
		require.Len(w, downs, 1)
		var after error
		a.do(func(self *proc.Self[actorOrder]) { _, after = actorCall(self, b.Pid) })
		require.IsType(w, proc.OtherProcessNotRunning{}, after)
	})
}

// Nothing waits for the target of a link or monitor, whatever it is doing.
func TestL6_NothingWaitsForTheTarget(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithStopTimeout(time.Hour))
		release := make(chan struct{})
		defer close(release)
		block := func(*proc.Self[actorOrder]) { <-release }

		receiving, busy, sleeping := newActor(w, s), newActor(w, s), newActor(w, s)
		busy.busy(release)
		sleeping.tell(func(self *proc.Self[actorOrder]) { _ = self.Sleep(time.Hour) })
		unwinding := (&actor{w: w, deferred: block}).spawn(s).up()
		actorReturns(io.EOF)(unwinding)
		waiting := newActor(w, s)
		waiting.spawns(&actor{w: w, deferred: block}, proc.Owned())
		actorReturns(io.EOF)(waiting)

		a := newActor(w, s)
		for _, target := range []*actor{receiving, busy, sleeping, unwinding, waiting} {
			require.NoError(w, a.link(target.ID))
			ref := a.monitor(target.ID)
			require.True(w, target.Alive())
			a.demonitor(ref)
			a.unlink(target.ID)
		}
		interrupts, downs := a.got()
		require.Empty(w, interrupts)
		require.Empty(w, downs)

		// Nor does the end of a process wait for those it is linked to.
		last := newActor(w, s)
		require.NoError(w, last.link(busy.ID))
		require.NoError(w, last.link(sleeping.ID))
		last.monitor(busy.ID)
		actorReturns(errActorDone)(last)
		harness.Ended(w, last.ID)
	})
}

// Two processes that link and monitor each other at the same time do not wait for each other.
func TestD17_TwoProcessesLinkAndMonitorEachOther(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for range 50 {
			a, b := newActor(w, s), newActor(w, s)
			errs := make(chan error, 2)
			for _, pair := range [][2]*actor{{a, b}, {b, a}} {
				pair[0].tell(func(self *proc.Self[actorOrder]) {
					self.Monitor(pair[1].ID)
					errs <- self.Link(pair[1].ID)
				})
			}
			require.NoError(w, harness.Value(w, errs))
			require.NoError(w, harness.Value(w, errs))
			require.Equal(w, []proc.ID{b.ID}, a.info().Links)
			require.Equal(w, []proc.ID{a.ID}, b.info().Links)
			require.Equal(w, 1, a.info().Monitors)
			require.Equal(w, 1, b.info().Monitors)

			a.Kill()
			interrupts, downs := b.got()
			actorCrashed(w, interrupts, a.ID)
			require.Len(w, downs, 1)
			require.Equal(w, a.ID, downs[0].ID)
			actorReturns(errActorDone)(b)
			harness.Ended(w, b.ID)
		}
	})
}

// A dead id keeps its reason, also when its system has stopped.
func TestL2_DeadIDKeepsItsReason(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		target := newActor(w, s)
		require.Nil(w, target.Reason())
		require.True(w, target.Alive())
		reason := target.ends(e)

		target.Interrupt(proc.NormalExitRequested{}) // to no effect, as all the following
		target.Shutdown(proc.ExitNormallyWith{Detail: "too late"})
		target.Kill()
		require.Equal(w, reason, target.Reason())
		require.NoError(w, s.Stop(context.Background()))
		require.Equal(w, reason, target.Reason())
		require.False(w, target.Alive())
		harness.Value(w, target.Done())
	})
}
