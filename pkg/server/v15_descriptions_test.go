package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
)

// What cannot be meant is found when the description is made.
func TestV15_WhatCannotBeMeant(t *testing.T) {
	type C = Clause
	red, green := server.On((*State).red), server.On((*State).green)
	idle := server.OnIdle(time.Second, func(*State, *Self) error { return nil })
	timeout := server.OnTimeout(time.Second, func(*State, *Self) error { return nil })
	varying := server.OnTimeoutFunc(func(*State, *Self) time.Duration { return 0 }, func(*State, *Self) error { return nil })
	each := server.On(func(*State, *Self, Message) error { return nil })
	anything := server.On(func(*State, *Self, any) error { return nil })
	reds := server.OnSelect(sel.Message[Red](), (*State).red)
	selected := server.OnSelect(sel.Any(), func(*State, *Self, any) error { return nil })
	interrupts := server.OnInterrupt(func(*State, *Self, proc.InterruptReason) error { return nil })
	errs := server.OnInterrupt(func(*State, *Self, error) error { return nil })
	asked := server.OnInterrupt(func(*State, *Self, proc.NormalExitRequested) error { return nil })
	redsOrGreens := server.OnSelect(sel.Or(sel.Map(sel.Message[Red](), func(Red) int { return 1 }), sel.Map(sel.Message[Green](), func(Green) int { return 2 })),
		func(*State, *Self, int) error { return nil })
	for name, c := range map[string]struct {
		clauses []Clause
		why     string
	}{
		"two for one type":            {[]C{red, red}, "server: New needs handlers that are reached: one for messages of type server_test.Red comes after another that takes them all"},
		"after an interface":          {[]C{server.On((*State).numbered), red}, "server_test.Red"},
		"interface after a wider one": {[]C{each, server.On((*State).numbered)}, "server_test.Numbered"},
		"after all":                   {[]C{anything, red}, "server_test.Red"},
		"each after all but nil":      {[]C{each, each}, "server_test.Message"},
		"selector after its type":     {[]C{red, reds}, "server_test.Red"},
		"all parts of a selector":     {[]C{red, green, redsOrGreens}, "server_test.Red"},
		"in a phase":                  {[]C{server.In("p", red), server.In("p", red)}, " in phase p"},
		"after an OnSelect of all":    {[]C{selected, red}, "messages of type server_test.Red"},
		"an OnSelect of all, twice":   {[]C{selected, selected}, "messages of any type"},
		"after an OnSelect of a type": {[]C{reds, red}, "server_test.Red"},
		"shadowed in every phase":     {[]C{red, server.In("p", red), server.In("q", anything)}, "New needs handlers that are reached in a phase: one for messages of type server_test.Red"},
		"interrupt after all":         {[]C{interrupts, asked}, "server: New needs handlers that are reached: one for interrupts of type proc.NormalExitRequested comes after another that takes them all"},
		"all interrupts, twice":       {[]C{interrupts, errs}, "interrupts of any type"},
		"interrupt, twice in a phase": {[]C{server.In("p", asked, asked)}, "reached in phase p: one for interrupts of type proc.NormalExitRequested"},
		"interrupt shadowed":          {[]C{asked, server.In("p", interrupts), server.In("q", asked)}, "reached in a phase: one for interrupts of type proc.NormalExitRequested"},
		"two idle times":              {[]C{idle, idle}, "server: New needs no more than one OnIdle"},
		"two in a phase":              {[]C{server.In("p", idle, idle)}, "server: New needs no more than one OnIdle in phase p"},
		"two timeouts":                {[]C{timeout, varying}, "server: New needs no more than one OnTimeout"},
		"two timeouts in a phase":     {[]C{server.In("p", varying), server.In("p", timeout)}, "server: New needs no more than one OnTimeout in phase p"},
		"an In in an In":              {[]C{server.In("p", server.In("q", red))}, "server: In needs to be a clause of New, not of another In"},
		"no name":                     {[]C{server.In("", red)}, "server: In needs a phase that is not empty"},
		"zero clause":                 {[]C{{}}, "server: New needs clauses that one of its functions has made"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() { require.Contains(t, recover(), c.why) }()
			server.New((*State).begin, c.clauses...)
		})
	}
	for name, f := range map[string]func(){
		"server: On needs a function":          func() { server.On[State, Message, Red](nil) },
		"server: OnCall needs a function":      func() { server.OnCall[State, Message, int, *Ask](nil) },
		"server: OnSelect needs a function":    func() { server.OnSelect[State, Message](sel.Message[Red](), nil) },
		"server: OnInterrupt needs a function": func() { server.OnInterrupt[State, Message, error](nil) },
		"server: OnInterrupt needs a type of interrupts, which proc.ExitNormally is not": func() {
			server.OnInterrupt(func(*State, *Self, proc.ExitNormally) error { return nil })
		},
		"server: OnEnter needs a function": func() { server.OnEnter[State, Message](nil) },
		"server: OnIdle needs a function":  func() { server.OnIdle[State, Message](1, nil) },
		"server: OnIdle needs a positive time, not 0s": func() {
			server.OnIdle(0, func(*State, *Self) error { return nil })
		},
		"server: OnTimeout needs a function": func() { server.OnTimeout[State, Message](1, nil) },
		"server: OnTimeout needs a positive time, not 0s": func() {
			server.OnTimeout(0, func(*State, *Self) error { return nil })
		},
		"server: OnTimeout needs a positive time, not -1ns": func() {
			server.OnTimeout(-1, func(*State, *Self) error { return nil })
		},
		"server: OnTimeoutFunc needs a function that tells the time": func() {
			server.OnTimeoutFunc(nil, func(*State, *Self) error { return nil })
		},
		"server: OnTimeoutFunc needs a function": func() {
			server.OnTimeoutFunc[State, Message](func(*State, *Self) time.Duration { return 1 }, nil)
		},
		"server: Unhandled needs one of the fallbacks that there are": func() { describe().Unhandled(17) },
	} {
		require.PanicsWithValue(t, name, f)
	}
	// These can be meant.
	for _, clauses := range [][]Clause{
		{server.OnSelect(sel.Message[Red]().Where(func(Red) bool { return false }), (*State).red), red, anything},
		{red, redsOrGreens},
		{each, server.In("p", each), server.In("q", red, each), server.In("r", red)},
		{asked, interrupts, server.In("p", asked), server.In[State, Message]("q")},
		{server.OnSelect(sel.None[Red](), (*State).red), red},
		{timeout, anything, idle, server.In("p", varying)},
	} {
		server.New((*State).begin, clauses...)
	}
}

// One description serves any number of servers, in several systems at a time.
func TestV15_OneDescriptionForAll(t *testing.T) {
	type tally struct{ n int }
	of := server.New(func(s *tally, _ *proc.Self[any], n int) error { s.n = n; return nil },
		server.OnCall(func(s *tally, _ *proc.Self[any], _ *Ask) (int, error) { s.n++; return s.n, server.To("odd") }),
		server.In[tally, any]("even"),
		server.In("odd", server.OnCall(func(s *tally, _ *proc.Self[any], _ *Ask) (int, error) { s.n += 10; return s.n, server.To("even") })))
	harness.Everywhere(t, func(w *harness.World) {
		all := w.Group()
		for range 4 {
			s := w.Quiet()
			for n := range 50 {
				all.Go(func() {
					pid, err := of.Start(context.Background(), s, n)
					if err != nil {
						w.Error(err)
					}
					for i, add := range []int{1, 11, 12, 22} {
						got, err := server.Call(context.Background(), pid, new(Ask))
						if err != nil || got != n+add {
							w.Errorf("%d: %d, not %d+%d: %v", i, got, n, add, err)
						}
					}
				})
			}
		}
		all.Wait()
	})
}

// Once a server has been started, its description stays as it is.
func TestV15_AStartedDescriptionCannotBeChanged(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		of := describe().Unhandled(server.Leave)
		start(w, w.System(), of)
		require.PanicsWithValue(w, "server: Unhandled needs a description of which no server has been started", func() { of.Unhandled(server.Crash) })
		require.PanicsWithValue(w, "server: Finally needs a description of which no server has been started", func() { of.Finally((*State).finally) })
	})
}
