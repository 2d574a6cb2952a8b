package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// idles describes a server that tells on a channel when it is idle.
func idles(d time.Duration, times chan<- time.Time, clauses ...Clause) Server {
	return describe(append(clauses, server.OnIdle(d, func(_ *State, self *Self) error {
		times <- self.System().Now()
		return nil
	}))...)
}

// The idle time runs from when the server began to wait, and again after each: to
// the nanosecond, whether it hibernates meanwhile or not.
func TestV9_TheIdleTimeIsExact(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		for _, d := range []time.Duration{time.Nanosecond, 30 * time.Millisecond, 100 * time.Millisecond, 150 * time.Millisecond, 7 * time.Second, 48 * time.Hour} {
			times := make(chan time.Time)
			began := time.Now()
			pid, _ := start(w, w.System(), idles(d, times))
			for range 3 {
				at := harness.Value(w, times)
				require.Equal(w, d, at.Sub(began))
				began = at
			}
			pid.Kill()
			select { // it may be about to tell
			case <-times:
			case <-time.After(2 * d):
			}
		}
	})
}

// What the server handles begins it anew; what waits for another phase, or is
// refused, does not: none of it keeps an idle server alive.
func TestV9_WhatCounts(t *testing.T) {
	const d = time.Second
	for name, c := range map[string]struct {
		send   func(pid proc.Pid[Message])
		counts bool
	}{
		"handled":     {func(pid proc.Pid[Message]) { pid.Send(Red{}) }, true},
		"a call":      {func(pid proc.Pid[Message]) { _, _ = server.Call(context.Background(), pid, new(Ask)) }, true},
		"interrupt":   {func(pid proc.Pid[Message]) { pid.Interrupt(proc.NormalExitRequested{}) }, true},
		"other phase": {func(pid proc.Pid[Message]) { pid.Send(Green{}) }, false},
		"refused":     {func(pid proc.Pid[Message]) { pid.Send(Blue{}) }, false},
		"refused call": {func(pid proc.Pid[Message]) {
			_, _ = server.Call(context.Background(), pid, new(Odd))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Virtually(t, func(w *harness.World) {
				times := make(chan time.Time, 1)
				of := idles(d, times, server.On((*State).red), server.OnCall((*State).ask),
					server.OnInterrupt(func(*State, *Self, proc.NormalExitRequested) error { return nil }),
					server.In[State, Message]("first"), server.In("never", server.On((*State).green)))
				began := time.Now()
				pid, _ := start(w, w.System(), of)
				// At intervals in which it stays warm, and in which it hibernates.
				for _, gap := range []time.Duration{20, 20, 150, 300, 500} {
					time.Sleep(gap * time.Millisecond)
					c.send(pid)
				}
				want := began.Add(d)
				if c.counts {
					want = began.Add(990*time.Millisecond + d)
				}
				require.Equal(w, want.Sub(began), harness.Value(w, times).Sub(began))
			})
		})
	}
}

// The idle time of a phase takes the place of the common one. Each phase begins with
// its own.
func TestV9_IdleTimesOfPhases(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		type idle struct {
			who string
			at  time.Duration
		}
		all := make(chan idle, 10)
		began := time.Now()
		tell := func(who string, next error) func(*State, *Self) error {
			return func(*State, *Self) error { all <- idle{who, time.Since(began)}; return next }
		}
		of := describe(
			server.OnIdle(time.Second, tell("common", server.To("short"))),
			server.In[State, Message]("plain"),
			server.In("short", server.OnIdle(time.Millisecond, tell("short", server.To("long")))),
			server.In("long", server.OnIdle(time.Hour, tell("long", server.Stop))))
		pid, _ := start(w, w.System(), of)
		harness.Ended(w, pid.ID)
		close(all)
		var got []idle
		for i := range all {
			got = append(got, i)
		}
		require.Equal(w, []idle{{"common", time.Second}, {"short", time.Second + time.Millisecond}, {"long", time.Hour + time.Second + time.Millisecond}}, got)
	})
}

// The time that a handler takes is not idle time.
func TestV9_ABusyServerIsNotIdle(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		times := make(chan time.Time, 10)
		pid, _ := start(w, w.System(), idles(time.Second, times))
		harness.Value(w, order(pid, func(_ *State, self *Self) error { return self.Sleep(time.Minute) }))
		done := time.Now()
		require.Equal(w, done.Add(time.Second), harness.Value(w, times))
	})
}

// An idle server that stops, as sessions do, and with real timers too.
func TestV9_StopWhenIdle(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		of := describe(server.OnIdle(10*time.Millisecond, func(*State, *Self) error { return server.Stop })).Finally((*State).finally)
		pid, trace := start(w, w.System(), of)
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
		require.Equal(w, []string{"finally"}, trace.Take())
	})
}

// An interrupt that looks like the end of the idle time is an interrupt.
func TestV9_ATimeoutInterruptIsNoIdleTime(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		called := make(chan string, 1)
		pid, _ := start(w, w.System(), describe(
			server.OnIdle(time.Hour, func(*State, *Self) error { called <- "idle"; return nil }),
			server.OnInterrupt(func(*State, *Self, proc.TimeoutInterrupt) error { called <- "interrupt"; return nil })))
		pid.Interrupt(proc.TimeoutInterrupt{After: time.Hour})
		require.Equal(w, "interrupt", harness.Value(w, called))
	})
}
