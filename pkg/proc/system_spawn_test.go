package proc_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// systemNotStarted holds that reason is that of a process spawned during a stop.
func systemNotStarted(w *harness.World, reason proc.ShutdownReason) {
	w.Helper()
	require.IsType(w, proc.ExitNotStarted{}, reason)
	require.ErrorIs(w, reason, proc.ErrStopping)
	require.Equal(w, proc.Crash, reason.Severity())
}

// S3: during Stop a spawn fails cleanly: the new process is already dead, its
// reason says why, its body never runs, its name is not taken; whoever spawns it
// from wherever. Afterwards it is the same.
func TestS3_SpawnDuringStop(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[string]("system_spawn_test")
		ran := make(chan string, 10)
		body := func(self *proc.Self[string]) error {
			ran <- "a body has run"
			return systemIdle(self)
		}
		type spawned struct {
			pid  proc.Pid[string]
			dead bool
		}
		spawn := func(host proc.Host, opts ...proc.SpawnOption) spawned {
			pid := proc.Spawn(host, body, opts...)
			return spawned{pid, !pid.Alive()}
		}
		ready, stopping, release := make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{})
		fromInside := make(chan spawned, 4)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			defer func() {
				fromInside <- spawn(self)
				fromInside <- spawn(s)
				fromInside <- spawn(self, proc.Owned())
				fromInside <- spawn(self, proc.Registered(name))
				stopping <- struct{}{}
				<-release
			}()
			ready <- struct{}{}
			return systemIdle(self)
		})
		harness.Value(w, ready)
		result := make(chan error, 1)
		go func() { result <- s.Stop(context.Background()) }()
		harness.Value(w, stopping)
		all := []spawned{
			spawn(s), spawn(s, proc.Owned()), spawn(s, proc.Registered(name)), spawn(s, proc.Bounded(1, proc.Reject)),
		}
		for range 4 {
			all = append(all, harness.Value(w, fromInside))
		}
		_, taken := proc.Whereis(s, name)
		require.False(w, taken)
		close(release)
		require.NoError(w, harness.Value(w, result))
		all = append(all, spawn(s), spawn(s, proc.Registered(name)))
		for i, p := range all {
			require.True(w, p.dead, "spawn %d", i)
			systemNotStarted(w, harness.Ended(w, p.pid.ID))
		}
		require.Empty(w, ran)
		for range s.Processes() {
			require.Fail(w, "a process is left")
		}
	})
}

// S3, L7: the monitor of such a process says why, and so does its link.
func TestS3_MonitorSaysWhy(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ran := make(chan struct{}, 2)
		body := func(*proc.Self[string]) error { ran <- struct{}{}; return nil }
		type report struct {
			ref  proc.MonitorRef
			pid  proc.ID
			down proc.ProcessDown
			err  error
		}
		reports, links, ready := make(chan report, 1), make(chan error, 1), make(chan struct{}, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			// an owned process is left to its owner, so this one can still receive
			child := proc.Spawn(self, func(child *proc.Self[string]) error {
				if _, err := child.Receive(); err != nil {
					return err
				}
				pid, ref := proc.SpawnMonitor(child, body)
				down, err := proc.Receive(child, proc.SelectDown(ref))
				reports <- report{ref, pid.ID, down, err}
				linked := proc.SpawnLink(child, body)
				_, err = proc.Receive(child, sel.None[string]())
				if crash, ok := err.(proc.LinkedProcessCrashed); !ok || crash.ID != linked.ID {
					links <- nil
					return err
				}
				links <- err
				return nil
			}, proc.Owned())
			defer func() {
				child.Send("now")
				self.AwaitEnd(child.ID, -1)
			}()
			ready <- struct{}{}
			return systemIdle(self)
		})
		harness.Value(w, ready)
		require.NoError(w, s.Stop(context.Background()))
		got := harness.Value(w, reports)
		require.NoError(w, got.err)
		require.Equal(w, got.pid, got.down.ID)
		require.Equal(w, got.ref, got.down.Ref)
		systemNotStarted(w, got.down.Reason)
		crash, ok := harness.Value(w, links).(proc.LinkedProcessCrashed)
		require.True(w, ok)
		systemNotStarted(w, crash.Reason)
		require.Empty(w, ran)
	})
}

// S3, D6: a storm of spawns during Stop, from inside and outside, leaves no
// process and no goroutine; each one that was spawned has ended.
func TestS3_SpawnStormDuringStop(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const spawners, each = 4, 300
		for range 5 {
			s := w.System(proc.WithStopTimeout(time.Hour)) // however slow the machine is, nobody need be killed
			ids := make(chan proc.ID, 3*spawners*each+3*spawners)
			breed := func(self *proc.Self[string]) error {
				ids <- proc.Spawn(self, systemIdle).ID
				ids <- proc.Spawn(self, systemIdle, proc.Owned()).ID
				return systemIdle(self)
			}
			started := make(chan struct{}, spawners)
			var outside sync.WaitGroup
			for range spawners {
				outside.Go(func() {
					for i := range each {
						ids <- proc.Spawn(s, breed).ID
						if i == each/10 {
							started <- struct{}{}
						}
					}
				})
			}
			for range spawners {
				harness.Value(w, started)
			}
			require.NoError(w, s.Stop(context.Background()))
			outside.Wait()
			for range s.Processes() {
				require.Fail(w, "a process is left")
			}
			w.Eventually("no goroutine is left", func() bool {
				for range s.Abandoned() {
					return false
				}
				return true
			})
			close(ids)
			for id := range ids {
				select {
				case <-id.Done():
				default:
					require.Fail(w, "a process has not ended")
				}
				switch reason := id.Reason().(type) {
				case proc.ExitNormallyWith:
				case proc.ExitNotStarted:
					systemNotStarted(w, reason)
				default:
					require.Fail(w, "ended otherwise", "%T: %v", reason, reason)
				}
			}
		}
	})
}

// S4: systems share nothing: neither names nor ids nor what they count; what
// goes through one, in or out of a bubble, is of no use to another.
func TestS4_SystemsShareNothing(t *testing.T) {
	work := func(w *harness.World) {
		name := proc.NewName[callAsk]("system_spawn_test")
		first, second := w.System(), w.System()
		for _, s := range []*proc.System{first, second} {
			proc.Spawn(s, callDouble, proc.Registered(name))
			for _, way := range callWays() { // calls, timers of calls, tasks
				require.Equal(w, 6, harness.Value(w, way.from(s, 0, proc.Named(s, name), 3)).value)
			}
			ticks := make(chan timerTick, 1)
			proc.Spawn(s, func(self *proc.Self[string]) error {
				proc.SendAfter(self, 1, proc.Spawn(self, timerCollect(ticks)), timerTick{1})
				return systemIdle(self)
			})
			harness.Value(w, ticks)
		}
		one, _ := proc.Whereis(first, name)
		other, _ := proc.Whereis(second, name)
		require.False(w, one.ID == other.ID)
		require.Equal(w, first.Counters().Spawned, second.Counters().Spawned)
		require.NoError(w, first.Stop(context.Background()))
		require.False(w, one.Alive())
		require.True(w, other.Alive())
	}
	for range 3 { // bubbles panic when something of another one is used in them
		harness.Everywhere(t, work)
	}
}
