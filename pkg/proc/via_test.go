package proc_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// viaKinds are the pids that stand for whoever is there: put says who that is.
func viaKinds(s *proc.System) map[string]struct {
	pid   proc.Pid[actorOrder]
	put   func(p proc.Pid[actorOrder]) error
	clear func()
} {
	type kind = struct {
		pid   proc.Pid[actorOrder]
		put   func(p proc.Pid[actorOrder]) error
		clear func()
	}
	name := proc.NewName[actorOrder]("role")
	post := &namesPost[actorOrder]{}
	return map[string]kind{
		"Named": {
			proc.Named(s, name),
			func(p proc.Pid[actorOrder]) error { return proc.Register(s, name, p) },
			func() { proc.Unregister(s, name) },
		},
		"Via": {
			proc.Via(s, post.find),
			func(p proc.Pid[actorOrder]) error { post.put(p); return nil },
			post.clear,
		},
	}
}

// viaNobody requires that pid stands for nobody, in every use.
func viaNobody(w *harness.World, s *proc.System, a *actor, pid proc.Pid[actorOrder]) {
	w.Helper()
	require.False(w, pid.Alive())
	_, ok := pid.Info()
	require.False(w, ok)

	before := actorDead(s)
	pid.Send(func(*proc.Self[actorOrder]) error { return nil })
	require.Equal(w, before+1, actorDead(s))
	require.Error(w, pid.TrySend(func(*proc.Self[actorOrder]) error { return nil }))
	require.Equal(w, before+1, actorDead(s), "the sender of TrySend was told")

	_, downsBefore := a.got()
	ref := a.monitor(pid.ID)
	_, downs := a.got()
	require.Len(w, downs, len(downsBefore)+1)
	down := downs[len(downs)-1]
	require.Equal(w, ref, down.Ref)
	require.Equal(w, proc.ExitUnknown{}, down.Reason)

	crashed, ok := a.link(pid.ID).(proc.LinkedProcessCrashed)
	require.True(w, ok)
	require.Equal(w, proc.ExitUnknown{}, crashed.Reason)
	a.unlink(pid.ID)

	start := time.Now()
	_, err := actorCall(w.Context(), pid)
	require.IsType(w, proc.OtherProcessNotRunning{}, err)
	var inside error
	var over bool
	a.do(func(self *proc.Self[actorOrder]) {
		_, inside = actorCall(self, pid)
		over = self.AwaitEnd(pid.ID, -1)
	})
	require.IsType(w, proc.OtherProcessNotRunning{}, inside)
	require.True(w, over)
	if w.Bubble {
		require.Zero(w, time.Since(start), "it waited for nobody")
	}

	pid.Interrupt(proc.NormalExitRequested{}) // to no effect, as the following
	pid.Shutdown(proc.ExitNormally{})
	pid.Kill()
	_, ok = proc.PidOf[actorOrder](pid.ID)
	require.False(w, ok)
	interrupts, _ := a.got()
	require.Empty(w, interrupts)
}

// An unregistered Named pid, or a Via pid that finds nobody, is nobody: nothing waits, nothing is lost silently.
func TestDecided_UnregisteredIsNobody(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a, b := newActor(w, s), newActor(w, s)
		for _, kind := range viaKinds(s) {
			viaNobody(w, s, a, kind.pid)
			require.NoError(w, kind.put(b.Pid))
			require.True(w, kind.pid.Alive())
			kind.clear()
			viaNobody(w, s, a, kind.pid)
		}
		b.catchUp()
	})
}

// A Named or Via pid reaches whoever is there at each use.
func TestNamed_FollowsWhoeverIsThere(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, kind := range viaKinds(s) {
			a := newActor(w, s)
			for range 3 {
				target := newActor(w, s)
				require.NoError(w, kind.put(target.Pid))
				reached := make(chan proc.ID, 4)
				report := func(self *proc.Self[actorOrder]) error {
					reached <- self.ID()
					return nil
				}
				kind.pid.Send(report)
				require.NoError(w, kind.pid.TrySend(report))
				require.NoError(w, kind.pid.SendContext(w.Context(), report))
				a.tell(func(*proc.Self[actorOrder]) { kind.pid.Send(report) })
				for range 4 {
					require.Equal(w, target.ID, harness.Value(w, reached))
				}
				answer, err := actorCall(w.Context(), kind.pid)
				require.NoError(w, err)
				require.Equal(w, 42, answer)
				info, ok := kind.pid.Info()
				require.True(w, ok)
				require.Equal(w, target.ID, info.ID)

				kind.pid.Interrupt(proc.InterruptedBy{Value: 1})
				interrupts, _ := target.got()
				require.Equal(w, []proc.InterruptReason{proc.InterruptedBy{Value: 1}}, interrupts)
				kind.pid.Shutdown(proc.ExitNormallyWith{Detail: "moved"})
				require.Equal(w, proc.ExitNormallyWith{Detail: "moved"}, harness.Ended(w, target.ID))
			}
			last := newActor(w, s)
			require.NoError(w, kind.put(last.Pid))
			kind.pid.Kill()
			require.Equal(w, proc.ExitKilled{}, harness.Ended(w, last.ID))
		}
	})
}

// Links and monitors through a Named or Via pid stay with the process that was found; MonitorRef tells which.
func TestNamed_LinksAndMonitorsStayWithWhoWasFound(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for name, kind := range viaKinds(s) {
			a, first, second := newActor(w, s), newActor(w, s), newActor(w, s)
			require.NoError(w, kind.put(first.Pid))
			ref := a.monitor(kind.pid.ID)
			require.Equal(w, first.ID, ref.Process, name)
			require.NoError(w, a.link(kind.pid.ID))
			require.Equal(w, []proc.ID{first.ID}, a.info().Links)
			require.Equal(w, 1, first.info().Monitors)

			kind.clear()
			require.NoError(w, kind.put(second.Pid))
			require.Zero(w, second.info().Monitors)
			require.Empty(w, second.info().Links)
			first.Kill()
			interrupts, downs := a.got()
			actorCrashed(w, interrupts, first.ID)
			actorDown(w, downs, ref)
			second.Kill()
			interrupts, downs = a.got()
			require.Len(w, interrupts, 1)
			require.Len(w, downs, 1)
		}
	})
}

// Unlink by name removes the link with the process of that name.
func TestNamed_Unlink(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, kind := range viaKinds(s) {
			a, b := newActor(w, s), newActor(w, s)
			require.NoError(w, kind.put(b.Pid))
			require.NoError(w, a.link(b.ID))
			a.unlink(kind.pid.ID)
			require.Empty(w, a.info().Links)
			require.Empty(w, b.info().Links)
			kind.clear()
		}
	})
}

// A Named pid outlives the process that made it.
func TestNamed_OutlivesItsMaker(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("role")
		post := &namesPost[actorOrder]{}
		maker := newActor(w, s)
		var pids []proc.Pid[actorOrder]
		maker.do(func(self *proc.Self[actorOrder]) {
			pids = append(pids, proc.Named(self, name), proc.Via(self, post.find))
		})
		maker.Kill()
		target := newActor(w, s, proc.Registered(name))
		post.put(target.Pid)
		for _, pid := range pids {
			answer, err := actorCall(w.Context(), pid)
			require.NoError(w, err)
			require.Equal(w, 42, answer)
		}
	})
}

// A find that returns false, or a zero pid, or that leads back to itself, finds nobody.
func TestDecided_ViaThatFindsNobody(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a, b := newActor(w, s), newActor(w, s)
		var itself, there, back proc.Pid[actorOrder]
		itself = proc.Via(s, func() (proc.Pid[actorOrder], bool) { return itself, true })
		there = proc.Via(s, func() (proc.Pid[actorOrder], bool) { return back, true })
		back = proc.Via(s, func() (proc.Pid[actorOrder], bool) { return there, true })
		for _, pid := range []proc.Pid[actorOrder]{
			proc.Via(s, func() (proc.Pid[actorOrder], bool) { return b.Pid, false }),
			proc.Via(s, func() (proc.Pid[actorOrder], bool) { return proc.Pid[actorOrder]{}, true }),
			itself, there, back,
		} {
			viaNobody(w, s, a, pid)
			require.Error(w, proc.Register(s, proc.NewName[actorOrder]("x"), pid))
		}
		require.True(w, b.Alive())
	})
}

// Via may lead to a Named or another Via pid, which is followed.
func TestDecided_ViaOverViaIsFollowed(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("role")
		a, b := newActor(w, s), newActor(w, s, proc.Registered(name))
		inner := proc.Via(s, func() (proc.Pid[actorOrder], bool) { return proc.Named(s, name), true })
		outer := proc.Via(s, func() (proc.Pid[actorOrder], bool) { return inner, true })
		answer, err := actorCall(w.Context(), outer)
		require.NoError(w, err)
		require.Equal(w, 42, answer)
		require.Equal(w, b.ID, a.monitor(outer.ID).Process)
	})
}

// A find that panics panics in whoever asked.
func TestDecided_ViaPanicsInTheCaller(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		bad := proc.Via(s, func() (proc.Pid[actorOrder], bool) { panic(io.EOF) })
		nothing := func(*proc.Self[actorOrder]) error { return nil }
		require.PanicsWithError(w, "EOF", func() { bad.Send(nothing) })
		require.PanicsWithError(w, "EOF", func() { _ = bad.TrySend(nothing) })
		require.PanicsWithError(w, "EOF", func() { bad.Kill() })
		require.PanicsWithError(w, "EOF", func() { _, _ = actorCall(w.Context(), bad) })

		for _, use := range []func(self *proc.Self[actorOrder]){
			func(*proc.Self[actorOrder]) { bad.Send(nothing) },
			func(self *proc.Self[actorOrder]) { self.Monitor(bad.ID) },
			func(self *proc.Self[actorOrder]) { _ = self.Link(bad.ID) },
			func(self *proc.Self[actorOrder]) { _, _ = actorCall(self, bad) },
		} {
			a := newActor(w, s)
			a.tell(use)
			reason, ok := harness.Ended(w, a.ID).(proc.ExitPanic)
			require.True(w, ok)
			require.Equal(w, io.EOF, reason.Value)
		}
	})
}

// A timer asks a Via or Named pid for its target when it fires, not when it is started.
func TestDecided_TimersAskWhenTheyFire(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, kind := range viaKinds(s) {
			first, second, starter := newActor(w, s), newActor(w, s), newActor(w, s)
			require.NoError(w, kind.put(first.Pid))
			reached := make(chan proc.ID, 1000)
			report := func(self *proc.Self[actorOrder]) error {
				select {
				case reached <- self.ID():
				default:
				}
				return nil
			}
			starter.do(func(self *proc.Self[actorOrder]) { proc.SendEvery(self, time.Millisecond, kind.pid, report) })
			require.Equal(w, first.ID, harness.Value(w, reached))
			kind.clear()
			require.NoError(w, kind.put(second.Pid))
			for harness.Value(w, reached) != second.ID { // some may have been on their way to the first
			}

			if w.Bubble { // here the time between start and firing is ours
				starter.Kill()
				starter = newActor(w, s)
				starter.do(func(self *proc.Self[actorOrder]) {
					proc.SendAfter(self, time.Second, kind.pid, func(*proc.Self[actorOrder]) error { return io.EOF })
				})
				kind.clear()
				require.NoError(w, kind.put(first.Pid))
				require.Equal(w, proc.ExitUnhandledError{Err: io.EOF}, harness.Ended(w, first.ID))
				require.True(w, second.Alive())

				third := newActor(w, s)
				kind.clear()
				require.NoError(w, kind.put(third.Pid))
				starter.do(func(self *proc.Self[actorOrder]) { proc.SendAfter(self, time.Second, kind.pid, report) })
				before := actorDead(s)
				kind.clear()
				w.Eventually("the tick is a dead letter", func() bool { return actorDead(s) == before+1 })
			}
			starter.Kill()
		}
	})
}
