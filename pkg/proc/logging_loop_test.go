package proc_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

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
	everywhere(t, func(w *world) {
		s := loopSystem(w)
		title := 0
		line := func(rests bool, leave func(pid proc.Pid[end])) map[string]any {
			title++
			name := fmt.Sprint("told-", title)
			pid := loopEnter(s, first, 6, proc.Titled(name))
			if rests {
				loopRests(w, pid.ID)
			}
			leave(pid)
			ended(w, pid.ID)
			return loggingLines(w, name, 2)[1]
		}
		for _, rests := range []bool{true, false} {
			for _, f := range []end{func() error { return errBroken }, func() error { panic(errBroken) }} {
				got := line(rests, func(pid proc.Pid[end]) { pid.Send(f) })
				require.Equal(w.T, "process crashed", got["message"])
				require.EqualValues(w.T, 7, got["count"])
			}
			got := line(rests, func(pid proc.Pid[end]) { pid.Send(func() error { return nil }) })
			require.Equal(w.T, "process ended", got["message"])
			require.NotContains(w.T, got, "count")
			got = line(rests, func(pid proc.Pid[end]) { pid.Kill() })
			require.Equal(w.T, "process crashed", got["message"])
			require.NotContains(w.T, got, "count")
			got = line(rests, func(pid proc.Pid[end]) {
				pid.Send(func() error { return second.Enter(70) })
				pid.Send(func() error { return errBroken })
			})
			require.EqualValues(w.T, 71, got["recount"])
			require.NotContains(w.T, got, "count")
		}
	})
}
