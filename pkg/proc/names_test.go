package proc_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// namesTaken requires that err is a NameTaken of name, and names holder.
func namesTaken(w *harness.World, err error, name string, holder proc.ID) {
	w.Helper()
	taken, ok := errors.AsType[proc.NameTaken](err)
	require.True(w, ok, "%v", err)
	require.Equal(w, proc.NameTaken{Name: name, Holder: holder}, taken)
	require.Contains(w, err.Error(), name)
	require.Contains(w, err.Error(), holder.String())
}

// namesIs requires that name stands for id.
func namesIs[M any](w *harness.World, h proc.Host, name proc.Name[M], id proc.ID) {
	w.Helper()
	found, ok := proc.Whereis(h, name)
	require.True(w, ok, "the name is free")
	require.Equal(w, id, found.ID)
}

// namesFree requires that name stands for nobody.
func namesFree[M any](w *harness.World, h proc.Host, name proc.Name[M]) {
	w.Helper()
	_, ok := proc.Whereis(h, name)
	require.False(w, ok, "the name is taken")
}

// namesPost is a registry of one entry, for Via.
type namesPost[M any] struct{ at atomic.Pointer[proc.Pid[M]] }

func (r *namesPost[M]) put(p proc.Pid[M]) { r.at.Store(&p) }
func (r *namesPost[M]) clear()            { r.at.Store(nil) }

func (r *namesPost[M]) find() (proc.Pid[M], bool) {
	if p := r.at.Load(); p != nil {
		return *p, true
	}
	return proc.Pid[M]{}, false
}

// What Whereis finds is the process: it can be sent to and has its id.
func TestL8_RegisterAndFind(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		a, b := newActor(w, s), newActor(w, s)
		namesFree(w, s, name)
		require.NoError(w, proc.Register(s, name, a.Pid))
		namesIs(w, s, name, a.ID)
		require.Equal(w, "worker", a.info().Name)

		var seen proc.Pid[actorOrder]
		b.do(func(self *proc.Self[actorOrder]) { seen, _ = proc.Whereis(self, name) })
		require.Equal(w, a.ID, seen.ID)
		reached := make(chan proc.ID, 1)
		seen.Send(func(self *proc.Self[actorOrder]) error {
			reached <- self.ID()
			return nil
		})
		require.Equal(w, a.ID, harness.Value(w, reached))

		// Two values with the same text and type are the same name.
		namesIs(w, s, proc.NewName[actorOrder]("worker"), a.ID)
	})
}

// Registering a taken name is an error that names the holder, and changes nothing.
func TestL8_TakenNameNamesItsHolder(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		a, b := newActor(w, s, proc.Registered(name)), newActor(w, s)
		namesTaken(w, proc.Register(s, name, b.Pid), "worker", a.ID)
		var err error
		b.do(func(self *proc.Self[actorOrder]) { err = proc.Register(self, name, self.Pid()) })
		namesTaken(w, err, "worker", a.ID)
		namesIs(w, s, name, a.ID)
		require.Empty(w, b.info().Name)
	})
}

// Anybody may register a process; the name is the process's, not the registrar's.
func TestL8_NameBelongsToTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		a, registrar := newActor(w, s), newActor(w, s)
		var err error
		registrar.do(func(self *proc.Self[actorOrder]) { err = proc.Register(self, name, a.Pid) })
		require.NoError(w, err)
		registrar.Kill()
		namesIs(w, s, name, a.ID)
		a.Kill()
		namesFree(w, s, name)
	})
}

// Unregister frees the name for another process, at once, and does nothing if it is free.
func TestL8_UnregisterFreesTheName(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		proc.Unregister(s, name)
		a, b := newActor(w, s, proc.Registered(name)), newActor(w, s)
		b.do(func(self *proc.Self[actorOrder]) { proc.Unregister(self, name) })
		namesFree(w, s, name)
		require.True(w, a.Alive())
		require.NoError(w, proc.Register(s, name, b.Pid))

		a.Kill() // it has nothing to do with the name any more
		namesIs(w, s, name, b.ID)
	})
}

// However a process ends, all its names are free then, and another one can have them.
func TestL8_EndFreesAllNames(t *testing.T) {
	actorEachEnding(t, func(w *harness.World, e actorEnding) {
		s := w.System()
		spawned, given := proc.NewName[actorOrder]("spawned"), proc.NewName[actorOrder]("given")
		a := newActor(w, s, proc.Registered(spawned))
		require.NoError(w, proc.Register(s, given, a.Pid))
		a.ends(e)
		namesFree(w, s, spawned)
		namesFree(w, s, given)
		b := newActor(w, s, proc.Registered(spawned))
		require.NoError(w, proc.Register(s, given, b.Pid))
		namesIs(w, s, spawned, b.ID)
		namesIs(w, s, given, b.ID)
	})
}

// Each system has names of its own.
func TestL8_NamesAreOfOneSystem(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		here, there := w.System(), w.System()
		name := proc.NewName[actorOrder]("worker")
		a := newActor(w, here, proc.Registered(name))
		namesFree(w, there, name)
		b := newActor(w, there, proc.Registered(name))
		namesIs(w, here, name, a.ID)
		namesIs(w, there, name, b.ID)
	})
}

// Of many that register one name at once, one gets it; the others are told who.
func TestL8_OneOfManyGetsTheName(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for round := range 20 {
			name := proc.NewName[actorOrder](fmt.Sprint("worker", round))
			const many = 8
			type outcome struct {
				id  proc.ID
				err error
			}
			outcomes := make(chan outcome, many)
			for range many {
				newActor(w, s).tell(func(self *proc.Self[actorOrder]) {
					outcomes <- outcome{self.ID(), proc.Register(self, name, self.Pid())}
				})
			}
			var winners []proc.ID
			var losers []error
			for range many {
				if o := harness.Value(w, outcomes); o.err == nil {
					winners = append(winners, o.id)
				} else {
					losers = append(losers, o.err)
				}
			}
			require.Len(w, winners, 1)
			for _, err := range losers {
				namesTaken(w, err, fmt.Sprint("worker", round), winners[0])
			}
		}
	})
}

// A process may have several names; Info tells the first.
func TestDecided_SeveralNames(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		one, two, three := proc.NewName[actorOrder]("one"), proc.NewName[actorOrder]("two"), proc.NewName[actorOrder]("a")
		a := newActor(w, s, proc.Registered(one))
		require.NoError(w, proc.Register(s, two, a.Pid))
		require.NoError(w, proc.Register(s, three, a.Pid))
		for _, name := range []proc.Name[actorOrder]{one, two, three} {
			namesIs(w, s, name, a.ID)
		}
		require.Equal(w, "one", a.info().Name)

		proc.Unregister(s, two)
		namesFree(w, s, two)
		namesIs(w, s, one, a.ID)
		namesIs(w, s, three, a.ID)
		require.Equal(w, "one", a.info().Name)
	})
}

// Registering a process again under its own name is no error; registering a dead one is OtherProcessNotRunning.
func TestDecided_RegisterAgainOrDead(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("worker")
		a := newActor(w, s, proc.Registered(name))
		require.NoError(w, proc.Register(s, name, a.Pid))
		namesIs(w, s, name, a.ID)

		a.Kill()
		err := proc.Register(s, name, a.Pid)
		gone, ok := errors.AsType[proc.OtherProcessNotRunning](err)
		require.True(w, ok, "%v", err)
		require.Equal(w, a.ID, gone.ID)
		require.Equal(w, proc.ExitKilled{}, gone.Reason)
		namesFree(w, s, name)

		require.Error(w, proc.Register(s, name, proc.Pid[actorOrder]{}))
		namesFree(w, s, name)
	})
}

// A Named or Via pid is resolved when it is registered: the new name stays with that process.
func TestDecided_RegisteringResolves(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		role, byName, byVia := proc.NewName[actorOrder]("role"), proc.NewName[actorOrder]("a"), proc.NewName[actorOrder]("b")
		first := newActor(w, s, proc.Registered(role))
		var post namesPost[actorOrder]
		post.put(first.Pid)
		require.NoError(w, proc.Register(s, byName, proc.Named(s, role)))
		require.NoError(w, proc.Register(s, byVia, proc.Via(s, post.find)))
		require.NoError(w, proc.Register(s, role, proc.Named(s, role)), "under its own name")

		proc.Unregister(s, role)
		second := newActor(w, s, proc.Registered(role))
		post.put(second.Pid)
		namesIs(w, s, byName, first.ID)
		namesIs(w, s, byVia, first.ID)
		first.Kill()
		namesFree(w, s, byName)
		namesFree(w, s, byVia)
		namesTaken(w, proc.Register(s, role, newActor(w, s).Pid), "role", second.ID)
	})
}

// One text has one holder, whatever the types; nobody gets a Pid of the wrong type.
func TestDecided_OneTextTwoTypes(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		texts, orders := proc.NewName[string]("worker"), proc.NewName[actorOrder]("worker")
		a := newActor(w, s, proc.Registered(orders))
		other := proc.Spawn(s, func(self *proc.Self[string]) error {
			_, err := self.Receive()
			return err
		})
		namesTaken(w, proc.Register(s, texts, other), "worker", a.ID)
		namesFree(w, s, texts)
		namesIs(w, s, orders, a.ID)

		named := proc.Named(s, texts)
		before := actorDead(s)
		named.Send("wrong")
		require.Equal(w, before+1, actorDead(s))
		require.Error(w, named.TrySend("wrong"))
		b := newActor(w, s)
		b.monitor(named.ID)
		_, downs := b.got()
		require.Len(w, downs, 1)
		require.Equal(w, proc.ExitUnknown{}, downs[0].Reason)
		_, err := proc.Call(w.Context(), named, func(proc.ReplyTo[int]) string { return "wrong" })
		require.IsType(w, proc.OtherProcessNotRunning{}, err)
		a.catchUp()
		require.True(w, a.Alive())
	})
}

// PidOf wants exactly the type that the process was spawned with, and resolves what stands for a process.
func TestDecided_PidOf(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[int]("numbers")
		got := make(chan int, 10)
		body := func(self *proc.Self[int]) error {
			for n, err := range self.Messages() {
				if err != nil {
					return err
				}
				got <- n
			}
			return nil
		}
		first := proc.Spawn(s, body, proc.Registered(name))
		var post namesPost[int]
		post.put(first)
		via := proc.Via(s, post.find)

		for _, id := range []proc.ID{first.ID, proc.Named(s, name).ID, via.ID} {
			pid, ok := proc.PidOf[int](id)
			require.True(w, ok)
			require.Equal(w, first.ID, pid.ID)
			pid.Send(7)
			require.Equal(w, 7, harness.Value(w, got))
			_, ok = proc.PidOf[any](id)
			require.False(w, ok)
			_, ok = proc.PidOf[int64](id)
			require.False(w, ok)
		}

		// What it returns stands for that process, no other one.
		byName, _ := proc.PidOf[int](proc.Named(s, name).ID)
		byVia, _ := proc.PidOf[int](via.ID)
		first.Kill()
		post.put(proc.Spawn(s, body, proc.Registered(name)))
		require.False(w, byName.Alive())
		require.False(w, byVia.Alive())

		for _, id := range []proc.ID{{}, proc.Named(s, proc.NewName[int]("nobody")).ID} {
			_, ok := proc.PidOf[int](id)
			require.False(w, ok)
		}
	})
}

// PidOf takes a process of an interface type for that type only.
func TestDecided_PidOfAnInterfaceType(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan error, 1)
		p := proc.Spawn(s, func(self *proc.Self[error]) error {
			message, err := self.Receive()
			got <- message
			return err
		})
		_, ok := proc.PidOf[*proc.NameTaken](p.ID)
		require.False(w, ok)
		pid, ok := proc.PidOf[error](p.ID)
		require.True(w, ok)
		pid.Send(namesError{})
		require.Equal(w, namesError{}, harness.Value(w, got))
	})
}

// namesError is some error.
type namesError struct{}

func (namesError) Error() string { return "42" }
