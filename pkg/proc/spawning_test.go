package proc_test

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// spawningForm is one of the functions that spawn.
type spawningForm struct {
	name  string
	spawn func(self *proc.Self[actorOrder], body func(*proc.Self[int]) error, opts ...proc.SpawnOption) proc.Pid[int]
}

// spawningForms are all of them, with either kind of receiver as parent.
var spawningForms = []spawningForm{
	{"Spawn by a Self", func(self *proc.Self[actorOrder], body func(*proc.Self[int]) error, opts ...proc.SpawnOption) proc.Pid[int] {
		return proc.Spawn(self, body, opts...)
	}},
	{"Spawn by a Process", func(self *proc.Self[actorOrder], body func(*proc.Self[int]) error, opts ...proc.SpawnOption) proc.Pid[int] {
		return proc.Spawn(&self.Process, body, opts...)
	}},
	{"Spawn by a System", func(self *proc.Self[actorOrder], body func(*proc.Self[int]) error, opts ...proc.SpawnOption) proc.Pid[int] {
		return proc.Spawn(self.System(), body, opts...)
	}},
	{"SpawnLink", func(self *proc.Self[actorOrder], body func(*proc.Self[int]) error, opts ...proc.SpawnOption) proc.Pid[int] {
		return proc.SpawnLink(self, body, opts...)
	}},
	{"SpawnLink by a Process", func(self *proc.Self[actorOrder], body func(*proc.Self[int]) error, opts ...proc.SpawnOption) proc.Pid[int] {
		return proc.SpawnLink(&self.Process, body, opts...)
	}},
	{"SpawnMonitor", func(self *proc.Self[actorOrder], body func(*proc.Self[int]) error, opts ...proc.SpawnOption) proc.Pid[int] {
		pid, _ := proc.SpawnMonitor(self, body, opts...)
		return pid
	}},
}

// spawningEach runs a test for each form, everywhere.
func spawningEach(t *testing.T, test func(w *harness.World, f spawningForm)) {
	t.Helper()
	for _, f := range spawningForms {
		t.Run(f.name, func(t *testing.T) { harness.Everywhere(t, func(w *harness.World) { test(w, f) }) })
	}
}

// by makes parent spawn body.
func (f spawningForm) by(parent *actor, body func(*proc.Self[int]) error, opts ...proc.SpawnOption) proc.Pid[int] {
	parent.w.Helper()
	var pid proc.Pid[int]
	parent.do(func(self *proc.Self[actorOrder]) { pid = f.spawn(self, body, opts...) })
	return pid
}

// What is sent as soon as Spawn has returned is received, in order.
func TestM5_SentToAsSoonAsSpawnReturns(t *testing.T) {
	spawningEach(t, func(w *harness.World, f spawningForm) {
		parent := newActor(w, w.System())
		const many, messages = 50, 3
		got := make(chan []int, many)
		parent.do(func(self *proc.Self[actorOrder]) {
			for range many {
				pid := f.spawn(self, func(self *proc.Self[int]) error {
					var all []int
					for range messages {
						n, err := self.Receive()
						if err != nil {
							return err
						}
						all = append(all, n)
					}
					got <- all
					return nil
				})
				for n := range messages {
					pid.Send(n)
				}
			}
		})
		for range many {
			require.Equal(w, []int{0, 1, 2}, harness.Value(w, got))
		}
	})
}

// A child linked at birth that crashes at once reaches its parent, once, with its reason.
func TestL7_SpawnLinkLeavesNoWindow(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		parent := newActor(w, w.System())
		var children []proc.ID
		parent.do(func(self *proc.Self[actorOrder]) {
			for range 200 {
				children = append(children, proc.SpawnLink(self, func(*proc.Self[int]) error { return io.EOF }).ID)
			}
		})
		for _, id := range children {
			harness.Ended(w, id)
		}
		interrupts, _ := parent.got()
		require.Len(w, interrupts, len(children))
		crashes := map[proc.ID]int{}
		for _, i := range interrupts {
			crashed := i.(proc.LinkedProcessCrashed)
			require.Equal(w, proc.ExitUnhandledError{Err: io.EOF}, crashed.Reason)
			crashes[crashed.ID]++
		}
		for _, id := range children {
			require.Equal(w, 1, crashes[id])
		}
		require.Empty(w, parent.info().Links)
	})
}

// A child monitored at birth that ends at once reaches its parent, once, with its reason.
func TestL7_SpawnMonitorLeavesNoWindow(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		parent := newActor(w, w.System())
		var refs []proc.MonitorRef
		parent.do(func(self *proc.Self[actorOrder]) {
			for range 200 {
				pid, ref := proc.SpawnMonitor(self, func(*proc.Self[int]) error { return proc.ExitNormallyWith{Detail: "quick"} })
				if ref.Process != pid.ID {
					panic("the reference names another process")
				}
				refs = append(refs, ref)
			}
		})
		for _, ref := range refs {
			harness.Ended(w, ref.Process)
		}
		interrupts, downs := parent.got()
		require.Empty(w, interrupts)
		require.Len(w, downs, len(refs))
		seen := map[proc.MonitorRef]int{}
		for _, down := range downs {
			require.Equal(w, proc.ExitNormallyWith{Detail: "quick"}, down.Reason)
			require.Equal(w, down.Ref.Process, down.ID)
			seen[down.Ref]++
		}
		for _, ref := range refs {
			require.Equal(w, 1, seen[ref])
		}
	})
}

// At its first instruction a child is linked, monitored and registered already.
func TestL7_ChildFindsEverythingInPlace(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		parent := newActor(w, w.System())
		name := proc.NewName[int]("child")
		type sight struct {
			info  proc.Info
			found proc.ID
		}
		seen := make(chan sight, 1)
		body := func(self *proc.Self[int]) error {
			info, _ := self.ID().Info()
			found, _ := proc.Whereis(self, name)
			seen <- sight{info, found.ID}
			_, err := self.Receive()
			return err
		}
		for _, f := range spawningForms {
			pid := f.by(parent, body, proc.Registered(name), proc.Titled("the child"))
			namesIs(w, parent.systemOf(), name, pid.ID)
			got := harness.Value(w, seen)
			require.Equal(w, pid.ID, got.info.ID)
			require.Equal(w, pid.ID, got.found)
			require.Equal(w, "child", got.info.Name)
			require.Equal(w, "the child", got.info.Title)
			switch f.name {
			case "Spawn by a System":
				require.Equal(w, proc.ID{}, got.info.Parent)
			default:
				require.Equal(w, parent.ID, got.info.Parent)
			}
			switch f.name {
			case "SpawnLink", "SpawnLink by a Process":
				require.Equal(w, []proc.ID{parent.ID}, got.info.Links, f.name)
				require.Zero(w, got.info.Monitors)
			case "SpawnMonitor":
				require.Empty(w, got.info.Links)
				require.Equal(w, 1, got.info.Monitors)
			default:
				require.Empty(w, got.info.Links)
				require.Zero(w, got.info.Monitors)
			}
			pid.Shutdown(proc.ExitNormally{})
			harness.Ended(w, pid.ID)
		}
	})
}

// A registered child that ends at once leaves no stale name.
func TestD6_FastChildLeavesNoStaleName(t *testing.T) {
	spawningEach(t, func(w *harness.World, f spawningForm) {
		parent := newActor(w, w.System())
		name := proc.NewName[int]("child")
		for range 100 {
			pid := f.by(parent, func(*proc.Self[int]) error { return nil }, proc.Registered(name))
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
			namesFree(w, parent.systemOf(), name)
		}
	})
}

// spawningRefused requires that pid never started, and is dead.
func spawningRefused(w *harness.World, pid proc.ID) proc.ExitNotStarted {
	w.Helper()
	require.False(w, pid.Alive(), "it is alive")
	reason, ok := pid.Reason().(proc.ExitNotStarted)
	require.True(w, ok, "%T", pid.Reason())
	require.Equal(w, proc.Crash, reason.Severity())
	harness.Value(w, pid.Done())
	return reason
}

// Spawning under a taken name gives a pid that is dead already, with an error that names the holder; no body runs.
func TestF4_SpawningUnderATakenName(t *testing.T) {
	spawningEach(t, func(w *harness.World, f spawningForm) {
		s := w.System()
		parent := newActor(w, s)
		name := proc.NewName[int]("role")
		served := make(chan int, 10)
		holder := proc.Spawn(s, func(self *proc.Self[int]) error {
			for {
				n, err := self.Receive()
				if err != nil {
					return err
				}
				served <- n
			}
		}, proc.Registered(name))
		ran := make(chan struct{}, 1)
		var pid proc.Pid[int]
		var alive bool
		var reason proc.ShutdownReason
		parent.do(func(self *proc.Self[actorOrder]) {
			pid = f.spawn(self, func(*proc.Self[int]) error {
				ran <- struct{}{}
				return nil
			}, proc.Registered(name), proc.Owned())
			alive, reason = pid.Alive(), pid.Reason()
		})
		require.False(w, alive, "it looks started")
		require.NotNil(w, reason)
		namesTaken(w, spawningRefused(w, pid.ID), "role", holder.ID)
		require.NotEqual(w, holder.ID, pid.ID)

		interrupts, downs := parent.got()
		switch f.name {
		case "SpawnLink", "SpawnLink by a Process":
			require.Empty(w, downs)
			namesTaken(w, actorCrashed(w, interrupts, pid.ID), "role", holder.ID)
		case "SpawnMonitor":
			require.Empty(w, interrupts)
			require.Len(w, downs, 1)
			namesTaken(w, actorDown(w, downs, downs[0].Ref).Reason, "role", holder.ID)
			require.Equal(w, pid.ID, downs[0].ID)
		default:
			require.Empty(w, interrupts)
			require.Empty(w, downs)
		}
		require.Empty(w, ran, "its body ran")

		namesIs(w, s, name, holder.ID)
		before := actorDead(s)
		pid.Send(1)
		w.Arrive()
		require.Equal(w, before+1, actorDead(s))
		proc.Named(s, name).Send(2)
		require.Equal(w, 2, harness.Value(w, served), "the holder got what was meant for the other one")
	})
}

// A name of another message type does not start the process, and stays free.
func TestDecided_RegisteredNameOfAnotherType(t *testing.T) {
	spawningEach(t, func(w *harness.World, f spawningForm) {
		s := w.System()
		parent := newActor(w, s)
		name := proc.NewName[string]("words")
		ran := make(chan struct{}, 1)
		pid := f.by(parent, func(*proc.Self[int]) error {
			ran <- struct{}{}
			return nil
		}, proc.Registered(name))
		spawningRefused(w, pid.ID)
		require.Empty(w, ran)
		namesFree(w, s, name)
	})
}

// Of two options of one kind the later wins, altogether: the earlier name is not taken, the earlier bound is none.
func TestDecided_LaterSpawnOptionWins(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		first, second := proc.NewName[actorOrder]("first"), proc.NewName[actorOrder]("second")
		holder := newActor(w, s, proc.Registered(first))
		a := newActor(w, s, proc.Titled("one"), proc.Registered(first), nil, proc.Titled("two"), proc.Registered(second))
		require.True(w, a.Alive())
		require.Equal(w, "two", a.info().Title)
		require.Equal(w, "second", a.info().Name)
		namesIs(w, s, second, a.ID)
		namesIs(w, s, first, holder.ID)

		// Also where the earlier one alone would have been refused for its type.
		third := proc.NewName[actorOrder]("third")
		b := newActor(w, s, proc.Registered(proc.NewName[string]("words")), proc.Registered(third))
		namesIs(w, s, third, b.ID)

		// And the other way round.
		c := newActor(w, s, proc.Registered(proc.NewName[actorOrder]("free")), proc.Registered(first))
		namesTaken(w, spawningRefused(w, c.ID), "first", holder.ID)
		namesFree(w, s, proc.NewName[actorOrder]("free"))
	})
}

// spawningFill spawns a process that does not receive and returns the errors of sending it n messages.
func spawningFill(w *harness.World, n int, opts ...proc.SpawnOption) (refused []bool, kept []int) {
	w.Helper()
	s := w.System()
	gate, got := make(chan struct{}), make(chan []any, 1)
	pid := proc.Spawn(s, func(self *proc.Self[int]) error {
		<-gate
		got <- self.Flush()
		return nil
	}, opts...)
	for i := range n {
		err := pid.TrySend(i)
		refused = append(refused, err != nil)
		if err != nil {
			require.True(w, errors.Is(err, proc.ErrMailboxFull), "%v", err)
		}
	}
	close(gate)
	for _, message := range harness.Value(w, got) {
		kept = append(kept, message.(int))
	}
	return refused, kept
}

// The later bound counts, limit and overflow; Bounded(0, …) is unbounded.
func TestDecided_LaterBoundWins(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, c := range []struct {
			opts    []proc.SpawnOption
			refused []bool
			kept    []int
		}{
			{[]proc.SpawnOption{proc.Bounded(1, proc.Reject), proc.Bounded(2, proc.Reject)}, []bool{false, false, true}, []int{0, 1}},
			{[]proc.SpawnOption{proc.Bounded(2, proc.Reject), proc.Bounded(1, proc.Reject)}, []bool{false, true, true}, []int{0}},
			{[]proc.SpawnOption{proc.Bounded(1, proc.Reject), proc.Bounded(1, proc.DropOldest)}, []bool{false, false, false}, []int{2}},
			{[]proc.SpawnOption{proc.Bounded(1, proc.DropOldest), proc.Bounded(1, proc.Reject)}, []bool{false, true, true}, []int{0}},
			{[]proc.SpawnOption{proc.Bounded(1, proc.Reject), proc.Bounded(0, proc.Reject)}, []bool{false, false, false}, []int{0, 1, 2}},
			{[]proc.SpawnOption{proc.Bounded(0, proc.DropOldest)}, []bool{false, false, false}, []int{0, 1, 2}},
			{[]proc.SpawnOption{proc.Bounded(0, proc.DropOldest), proc.Bounded(1, proc.DropOldest)}, []bool{false, false, false}, []int{2}},
		} {
			refused, kept := spawningFill(w, 3, c.opts...)
			require.Equal(w, c.refused, refused)
			require.Equal(w, c.kept, kept)
		}
	})
}

// All options together hold at once, of a child linked to and owned by its parent.
func TestL7_AllOptionsTogether(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		parent := newActor(w, s)
		name := proc.NewName[int]("child")
		child := spawningForms[3].by(parent, func(self *proc.Self[int]) error {
			_, err := proc.Receive(self, sel.None[int]())
			return err
		}, proc.Titled("t"), proc.Registered(name), proc.Bounded(1, proc.Reject), proc.Owned())
		info, ok := child.Info()
		require.True(w, ok)
		require.Equal(w, "t", info.Title)
		require.Equal(w, "child", info.Name)
		require.Equal(w, []proc.ID{parent.ID}, info.Links)
		require.NoError(w, child.TrySend(1))
		require.ErrorIs(w, child.TrySend(2), proc.ErrMailboxFull)

		parent.Shutdown(proc.ExitNormallyWith{Detail: "over"})
		require.Equal(w, proc.ExitNormallyWith{Detail: "over"}, harness.Ended(w, parent.ID))
		require.Equal(w, proc.ExitNormallyWith{Detail: "over"}, child.Reason())
		namesFree(w, s, name)
	})
}
