package proc_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// killState is a state to be killed in, and how to get there.
type killState struct {
	name string
	body func(p *proc.Self[string], rig *killRig) error
	get  func(w *harness.World, id proc.ID, rig *killRig) // after ready
	busy bool                                             // its goroutine unwinds only when the gate is open
	spin bool                                             // it is never blocked
}

// killRig is what a body under test and the test share.
type killRig struct {
	peers   interruptPeers
	ready   chan struct{} // the body has come to where it is to be killed
	gate    chan struct{} // closed to let a busy body go on
	unwound chan bool     // the body's goroutine has unwound: had its operation returned?
}

func newKillRig(w *harness.World, s *proc.System) *killRig {
	return &killRig{
		peers: newInterruptPeers(w, s), ready: make(chan struct{}, 1), gate: make(chan struct{}), unwound: make(chan bool, 1),
	}
}

// spawn starts state's body under rig.
func (state killState) spawn(s *proc.System, rig *killRig, opts ...proc.SpawnOption) proc.Pid[string] {
	return proc.Spawn(s, func(p *proc.Self[string]) error {
		returned := false
		defer func() { rig.unwound <- returned }()
		err := state.body(p, rig)
		returned = true
		return err
	}, opts...)
}

// reach waits until the process is in the state.
func (state killState) reach(w *harness.World, id proc.ID, rig *killRig) {
	harness.Value(w, rig.ready)
	if state.get != nil {
		state.get(w, id, rig)
	}
	if !state.busy {
		interruptOp{spins: state.spin}.park(w)
	}
}

// killWhile is the state of being in op.
func killWhile(op interruptOp) killState {
	return killState{name: op.name, spin: op.spins, body: func(p *proc.Self[string], rig *killRig) error {
		rig.ready <- struct{}{}
		return op.run(p, rig.peers)
	}}
}

// killDeferred is the state of running f in a deferred function.
func killDeferred(name string, busy bool, f func(p *proc.Self[string], rig *killRig)) killState {
	return killState{
		name: name,
		busy: busy,
		body: func(p *proc.Self[string], rig *killRig) error {
			defer func() { rig.ready <- struct{}{}; f(p, rig) }()
			rig.ready <- struct{}{}
			return p.Sleep(1000 * time.Hour)
		},
		get: func(w *harness.World, id proc.ID, rig *killRig) {
			id.Shutdown(shutdownWith("a moment before"))
			harness.Value(w, rig.ready)
		},
	}
}

var killStates = func() []killState {
	states := []killState{
		{name: "busy", busy: true, body: func(p *proc.Self[string], rig *killRig) error {
			rig.ready <- struct{}{}
			<-rig.gate
			return p.Yield()
		}},
		{name: "busy, shutdown pending", busy: true, body: func(p *proc.Self[string], rig *killRig) error {
			rig.ready <- struct{}{}
			<-rig.gate
			return p.Yield()
		}, get: func(_ *harness.World, id proc.ID, _ *killRig) { id.Shutdown(shutdownWith("a moment before")) }},
		{name: "busy, interrupt pending", busy: true, body: func(p *proc.Self[string], rig *killRig) error {
			rig.ready <- struct{}{}
			<-rig.gate
			return p.Yield()
		}, get: func(_ *harness.World, id proc.ID, _ *killRig) { id.Interrupt(interruptBy(1)) }},
		killDeferred("shutting down, busy", true, func(p *proc.Self[string], rig *killRig) {
			<-rig.gate
			p.AwaitEnd(rig.peers.silent.ID, -1)
		}),
		killDeferred("shutting down, AwaitEnd", false, func(p *proc.Self[string], rig *killRig) {
			p.AwaitEnd(rig.peers.silent.ID, -1)
		}),
		{name: "busy in a deferred function", busy: true, body: func(p *proc.Self[string], rig *killRig) error {
			defer func() {
				rig.ready <- struct{}{}
				<-rig.gate
				_ = p.Yield()
			}()
			return nil
		}},
	}
	for _, op := range shutdownOps {
		states = append(states, killWhile(op))
	}
	return states
}()

// Kill makes the process dead before it returns, in whatever state it is: its
// reason, its name, its links and its monitors say so; its goroutine unwinds at
// its next operation, and until then it is listed as abandoned.
func TestI5_KillMakesTheProcessDeadBeforeItReturns(t *testing.T) {
	for _, state := range killStates {
		t.Run(state.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				rig := newKillRig(w, s)
				name := proc.NewName[string]("victim")
				pid := state.spawn(s, rig, proc.Registered(name))
				downs, crashes := make(chan proc.ProcessDown, 4), make(chan error, 4)
				watcher := proc.Spawn(s, func(p *proc.Self[proc.ProcessDown]) error {
					p.Monitor(pid.ID)
					if err := p.Link(pid.ID); err != nil {
						return err
					}
					crashes <- nil
					for down, err := range p.Messages() {
						if err != nil {
							crashes <- err
							continue
						}
						downs <- down
					}
					return nil
				})
				require.NoError(w, harness.Value(w, crashes))
				state.reach(w, pid.ID, rig)
				before := s.Counters()

				pid.Kill()

				require.False(w, pid.Alive())
				require.Equal(w, proc.ExitKilled{}, pid.Reason())
				requireKillDone(w, pid.ID)
				_, found := proc.Whereis(s, name)
				require.False(w, found)
				next := proc.Spawn(s, shutdownIdle, proc.Registered(name))
				require.True(w, next.Alive(), "the name is free")
				for info := range s.Processes() {
					require.False(w, info.ID == pid.ID, "a killed process is listed as living")
				}
				down := harness.Value(w, downs)
				require.True(w, down.ID == pid.ID)
				require.Equal(w, proc.ExitKilled{}, down.Reason)
				crashed, ok := harness.Value(w, crashes).(proc.LinkedProcessCrashed)
				require.True(w, ok)
				require.True(w, crashed.ID == pid.ID)
				require.Equal(w, proc.ExitKilled{}, crashed.Reason)

				abandoned := killAbandoned(s)
				if state.busy {
					require.Len(w, abandoned, 1)
					require.True(w, abandoned[0] == pid.ID)
				}
				close(rig.gate)
				require.False(w, harness.Value(w, rig.unwound), "the operation returned")
				w.Eventually("it is not listed any more", func() bool { return len(killAbandoned(s)) == 0 })

				after := s.Counters()
				require.EqualValues(w, before.Ended+1, after.Ended)
				require.EqualValues(w, before.Crashed+1, after.Crashed)
				require.EqualValues(w, before.Spawned+1, after.Spawned)
				require.Equal(w, proc.ExitKilled{}, pid.Reason())
				watcher.Shutdown(proc.ExitNormally{})
				harness.Ended(w, watcher.ID)
				require.Empty(w, downs)
				require.Empty(w, crashes)
			})
		})
	}
}

// requireKillDone checks that id's Done is closed already.
func requireKillDone(w *harness.World, id proc.ID) {
	w.Helper()
	select {
	case <-id.Done():
	default:
		require.FailNow(w, "Done is not closed")
	}
}

// killAbandoned lists the ids of the abandoned processes.
func killAbandoned(s *proc.System) []proc.ID {
	var ids []proc.ID
	for info := range s.Abandoned() {
		ids = append(ids, info.ID)
	}
	return ids
}

// A killed process that unwinds is out of every operation: AwaitEnd too, and in deferred functions.
func TestI5_EveryOperationOfAKilledProcessUnwinds(t *testing.T) {
	for _, op := range shutdownOps {
		t.Run(op.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				rig := newKillRig(w, s)
				passed := make(chan string, 4)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					defer func() { passed <- "outer" }()
					if op.name != "Await" { // its task has ended with the process
						defer func() {
							_ = op.run(p, rig.peers)
							passed <- "returned in a deferred function"
						}()
					}
					rig.ready <- struct{}{}
					<-rig.gate
					err := op.run(p, rig.peers)
					passed <- "returned"
					return err
				})
				harness.Value(w, rig.ready)
				pid.Interrupt(interruptBy(1))
				pid.Kill()
				close(rig.gate)
				require.Equal(w, "outer", harness.Value(w, passed))
				require.Equal(w, proc.ExitKilled{}, pid.Reason())
			})
		})
	}
}

// What the goroutine of a killed process still does on its way out changes nothing and harms nobody.
func TestI5_WhatAKilledGoroutineDoesChangesNothing(t *testing.T) {
	for name, last := range map[string]func(p *proc.Self[string]) error{
		"return":         func(*proc.Self[string]) error { return nil },
		"return error":   func(*proc.Self[string]) error { return io.EOF },
		"return reason":  func(*proc.Self[string]) error { return proc.ExitNormally{} },
		"panic":          func(*proc.Self[string]) error { panic("killed before") },
		"exit":           func(p *proc.Self[string]) error { p.Exit(shutdownWith("other")); return nil },
		"shutdown":       func(p *proc.Self[string]) error { p.ID().Shutdown(shutdownWith("other")); return nil },
		"kill":           func(p *proc.Self[string]) error { p.ID().Kill(); return nil },
		"deferred panic": func(*proc.Self[string]) error { defer panic("killed before"); return nil },
		"unwind, panic": func(p *proc.Self[string]) error {
			defer func() { panic("killed before") }()
			return p.Yield()
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				ready, gate, unwound := make(chan struct{}, 1), make(chan struct{}), make(chan struct{}, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					defer func() { unwound <- struct{}{} }()
					ready <- struct{}{}
					<-gate
					return last(p)
				})
				harness.Value(w, ready)
				pid.Kill()
				require.Len(w, killAbandoned(s), 1)
				close(gate)
				harness.Value(w, unwound)
				w.Eventually("it is not listed any more", func() bool { return len(killAbandoned(s)) == 0 })
				require.Equal(w, proc.ExitKilled{}, pid.Reason())
				counters := s.Counters()
				require.EqualValues(w, 1, counters.Ended)
				require.EqualValues(w, 1, counters.Crashed)
			})
		})
	}
}

// A kill of a dead process changes nothing, whatever it died of; nor does one of nobody.
func TestI5_ADeadProcessCannotBeKilled(t *testing.T) {
	for name, body := range map[string]func(p *proc.Self[string]) error{
		"normally": func(*proc.Self[string]) error { return nil },
		"error":    func(*proc.Self[string]) error { return io.EOF },
		"panic":    func(*proc.Self[string]) error { panic("dead") },
		"shutdown": func(p *proc.Self[string]) error { p.Exit(shutdownWith("dead")); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				pid := proc.Spawn(s, body)
				reason := harness.Ended(w, pid.ID)
				before := s.Counters()
				pid.Kill()
				pid.Shutdown(shutdownWith("other"))
				pid.Interrupt(interruptBy(1))
				proc.ID{}.Kill()
				require.Equal(w, reason, pid.Reason())
				require.Equal(w, before, s.Counters())
				require.Empty(w, killAbandoned(s))
			})
		})
	}
}

// A process may kill itself: it is dead, and unwinds at its next operation.
func TestI5_AProcessMayKillItself(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		unwound, survived := make(chan struct{}, 1), make(chan error, 1)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() { unwound <- struct{}{} }()
			p.ID().Kill()
			survived <- p.Sleep(time.Hour)
			return nil
		})
		require.Equal(w, proc.ExitKilled{}, harness.Ended(w, pid.ID))
		harness.Value(w, unwound)
		require.Empty(w, survived)
	})
}

// Killing a process kills what it owns, however deep, before Kill returns.
func TestL9_KillingAnOwnerKillsTheOwnedFirst(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ids, gate := make(chan proc.ID, 3), make(chan struct{})
		var nest func(depth int) func(p *proc.Self[string]) error
		nest = func(depth int) func(p *proc.Self[string]) error {
			return func(p *proc.Self[string]) error {
				if depth > 1 {
					proc.Spawn(p, nest(depth-1), proc.Owned())
				}
				ids <- p.ID()
				<-gate
				return p.Sleep(time.Hour)
			}
		}
		pid := proc.Spawn(s, nest(3))
		family := []proc.ID{harness.Value(w, ids), harness.Value(w, ids), harness.Value(w, ids)}
		pid.Kill()
		for _, id := range family {
			require.Equal(w, proc.ExitKilled{}, id.Reason())
			requireKillDone(w, id)
		}
		require.ElementsMatch(w, family, killAbandoned(s))
		close(gate)
		w.Eventually("all have unwound", func() bool { return len(killAbandoned(s)) == 0 })
	})
}

// An owned process spawned by the unwinding goroutine of a killed parent is dead at once and never runs.
func TestDecided_AKilledParentSpawnsNothingOwned(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		children, ran := make(chan proc.Pid[string], 1), make(chan struct{}, 1)
		alive := make(chan bool, 1)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() {
				child := proc.Spawn(p, func(p *proc.Self[string]) error {
					ran <- struct{}{}
					return p.Sleep(time.Hour)
				}, proc.Owned())
				alive <- child.Alive()
				children <- child
			}()
			return p.Sleep(time.Hour)
		})
		w.Settle()
		pid.Kill()
		require.False(w, harness.Value(w, alive))
		child := harness.Value(w, children)
		require.NotNil(w, harness.Ended(w, child.ID))
		require.Empty(w, ran)
	})
}
