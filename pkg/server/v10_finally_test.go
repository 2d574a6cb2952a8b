package server_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// Finally is called once for each ending but a kill: while the server hibernates,
// is warm, or is busy.
func TestV10_EveryEndingButKill(t *testing.T) {
	of := describe(server.In[State, Message]("first"), server.In[State, Message]("second")).Finally((*State).finally)
	ends := map[string]func(s *proc.System, pid proc.Pid[Message]){
		"Stop":  func(_ *proc.System, pid proc.Pid[Message]) { leave(pid, server.Stop) },
		"error": func(_ *proc.System, pid proc.Pid[Message]) { leave(pid, errBroken) },
		"panic": func(_ *proc.System, pid proc.Pid[Message]) {
			pid.Send(Order(func(*State, *Self) error { panic(io.EOF) }))
		},
		"To nowhere":   func(_ *proc.System, pid proc.Pid[Message]) { to(pid, "nowhere") },
		"interrupt":    func(_ *proc.System, pid proc.Pid[Message]) { pid.Interrupt(proc.NormalExitRequested{}) },
		"shutdown":     func(_ *proc.System, pid proc.Pid[Message]) { pid.Shutdown(proc.ExitNormally{}) },
		"system stops": func(s *proc.System, _ proc.Pid[Message]) { _ = s.Stop(context.Background()) },
		"kill":         func(_ *proc.System, pid proc.Pid[Message]) { pid.Kill() },
	}
	states := map[string]func(w *harness.World, pid proc.Pid[Message], before int){
		"new": func(*harness.World, proc.Pid[Message], int) {},
		"has worked": func(w *harness.World, pid proc.Pid[Message], _ int) {
			to(pid, "second")
			flush(w, pid)
		},
		"hibernates": func(w *harness.World, pid proc.Pid[Message], before int) {
			flush(w, pid)
			rest(w, before)
		},
		"busy": func(w *harness.World, pid proc.Pid[Message], _ int) {
			pid.Send(Order(func(_ *State, self *Self) error { return self.Sleep(3 * time.Millisecond) }))
		},
	}
	for end, f := range ends {
		t.Run(end, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				for state, get := range states {
					s := w.System()
					before := harness.Goroutines()
					pid, trace := start(w, s, of)
					get(w, pid, before)
					f(s, pid)
					harness.Ended(w, pid.ID)
					rest(w, before)
					if end == "kill" {
						require.Empty(w, trace.Take(), state)
					} else {
						require.Equal(w, []string{"finally"}, trace.Take(), state)
					}
				}
			})
		})
	}
}

// The end of its owner is one, too.
func TestV10_TheOwnerEnds(t *testing.T) {
	of := describe().Finally((*State).finally)
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a := harness.NewActor(w, s)
		trace := new(Trace)
		require.NoError(w, harness.Do(w, a, func(self *proc.Self[harness.Order]) error {
			_, err := of.Start(self, self, trace, proc.Owned())
			return err
		}))
		harness.Leave(a, nil)
		harness.Ended(w, a.ID)
		require.Equal(w, []string{"finally"}, trace.Take())
	})
}

// After a shutdown it has the reason, and cannot block; after other endings it is
// code like that of a handler.
func TestV10_WhatFinallyCanDo(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other, _ := start(w, s, describe(server.OnCall((*State).ask)))
		of := describe().Finally(func(s *State, self *Self) {
			s.trace.Add("cause: %v", context.Cause(self))
			other.Send(Order(func(*State, *Self) error { return nil }))
			n, err := server.Call(self, other, new(Ask))
			s.trace.Add("called: %d %v", n, err)
		})
		pid, trace := start(w, s, of)
		pid.Shutdown(proc.ExitNormallyWith{Detail: "so"})
		harness.Ended(w, pid.ID)
		require.Equal(w, []string{"cause: ended normally: so"}, trace.Take())

		pid, trace = start(w, s, of)
		leave(pid, errBroken)
		require.ErrorIs(w, harness.Ended(w, pid.ID), errBroken)
		require.Equal(w, []string{"cause: <nil>", "called: 42 <nil>"}, trace.Take())
	})
}

// A panic in Finally is that of a deferred function: the end of a server that had
// ended well.
func TestV10_APanicInFinally(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		of := describe().Finally(func(*State, *Self) { panic(io.EOF) })
		pid, _ := start(w, w.System(), of)
		leave(pid, server.Stop)
		require.ErrorIs(w, harness.Ended(w, pid.ID), io.EOF)
	})
}

// A kill that meets a busy server does not begin its Finally, not even while the
// kill is still at it.
func TestV10_KillsOfBusyServers(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		rounds := 300
		if testing.Short() {
			rounds = 50
		}
		s := w.Quiet()
		of := describe().Finally((*State).finally)
		all := w.Group()
		for range 4 {
			all.Go(func() {
				for range rounds {
					pid, trace := start(w, s, of)
					busy := make(chan struct{})
					pid.Send(Order(func(_ *State, self *Self) error {
						for range 20 { // to be killed before it is dead
							proc.Spawn(self, func(other *proc.Self[int]) error { _, err := other.Receive(); return err }, proc.Owned())
						}
						close(busy)
						for self.Yield() == nil { // each may be where the kill is noticed
						}
						return nil
					}))
					<-busy
					pid.Kill()
					<-pid.Done()
					if n := trace.Len(); n != 0 {
						w.Errorf("Finally was called %d times", n)
					}
				}
			})
		}
		all.Wait()
	})
}
