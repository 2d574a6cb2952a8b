package proc_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// The line about the crash of a process in a loop has what the loop tells of its state,
// as it was in the end. Other ends have none of it, and who kills does not ask.
func TestS5_WhatALoopTellsOfItsCrash(t *testing.T) {
	errBroken := errors.New("broken")
	type end func() error
	told := func(name string) *proc.Loop[end, int] {
		return proc.NewLoop(func(self *proc.Self[end], n *int) error {
			f, err := proc.ReceiveOrHibernate(self, -1, sel.Message[end](), nil)
			if err != nil {
				return err
			}
			*n++
			return f()
		}).Crashed(func(n *int, to *zerolog.Event) { to.Int(name, *n) })
	}
	first, second := told("count"), told("recount")
	harness.Everywhere(t, func(w *harness.World) {
		s := loopSystem(w)
		title := 0
		line := func(rests bool, leave func(pid proc.Pid[end])) log.Line {
			title++
			name := fmt.Sprint("told-", title)
			pid := loopEnter(s, first, 6, proc.Titled(name))
			if rests {
				loopRests(w, pid.ID)
			}
			leave(pid)
			harness.Ended(w, pid.ID)
			return loggingLines(w, name, 2)[1]
		}
		for _, rests := range []bool{true, false} {
			for _, f := range []end{func() error { return errBroken }, func() error { panic(errBroken) }} {
				got := line(rests, func(pid proc.Pid[end]) { pid.Send(f) })
				require.Equal(w, "process crashed", got.Message)
				require.True(w, got.Has("count", 7), "%v", got)
			}
			got := line(rests, func(pid proc.Pid[end]) { pid.Send(func() error { return nil }) })
			require.Equal(w, "process ended", got.Message)
			require.NotContains(w, got.Fields, "count")
			got = line(rests, func(pid proc.Pid[end]) { pid.Kill() })
			require.Equal(w, "process crashed", got.Message)
			require.NotContains(w, got.Fields, "count")
			got = line(rests, func(pid proc.Pid[end]) {
				pid.Send(func() error { return second.Enter(70) })
				pid.Send(func() error { return errBroken })
			})
			require.True(w, got.Has("recount", 71), "%v", got)
			require.NotContains(w, got.Fields, "count")
		}
	})
}
