package sup_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

type world = harness.World

// as demands that err is an E or wraps one.
func as[E error](w *world, err error) E {
	w.Helper()
	e, ok := errors.AsType[E](err)
	require.True(w, ok, "%T: %v", err, err)
	return e
}

type order = harness.Order

// keeper is the process whose supervisors a test looks at. Interrupts do not end
// it: it keeps them for the test.
type keeper struct {
	proc.Pid[order]
	w          *world
	interrupts chan error
}

func newKeeper(w *world, s *proc.System) *keeper {
	k := &keeper{w: w, interrupts: make(chan error, 100)}
	k.Pid = proc.Spawn(s, func(self *proc.Self[order]) error {
		for o, err := range self.Messages() {
			if err != nil {
				k.interrupts <- err
				continue
			}
			if e := o(self); e != nil {
				return e.Err
			}
		}
		return nil
	}, proc.Titled("keeper"))
	return k
}

// undisturbed demands that no interrupt has reached the keeper.
func (k *keeper) undisturbed() {
	k.w.Helper()
	k.w.Settle()
	select {
	case err := <-k.interrupts:
		require.Fail(k.w, "an interrupt reached the parent", "%v", err)
	default:
	}
}

// started is what sup.Start has returned.
type started struct {
	ref sup.Ref
	err error
}

// begin has the keeper start a supervisor.
func (k *keeper) begin(spec sup.Spec, opts ...proc.SpawnOption) <-chan started {
	return harness.Begin(k.Pid, func(self *proc.Self[order]) started {
		ref, err := sup.Start(self, spec, opts...)
		return started{ref, err}
	})
}

// start has the keeper start a supervisor, which must succeed.
func (k *keeper) start(spec sup.Spec, opts ...proc.SpawnOption) sup.Ref {
	k.w.Helper()
	got := harness.Value(k.w, k.begin(spec, opts...))
	require.NoError(k.w, got.err)
	return got.ref
}

// start starts a supervisor under a keeper of its own in a system of its own.
func start(w *world, spec sup.Spec, opts ...proc.SpawnOption) sup.Ref {
	w.Helper()
	return newKeeper(w, w.System()).start(spec, opts...)
}

// list is what Children lists, each child as "id state".
func list(w *world, ref sup.Ref) []string {
	w.Helper()
	all := []string{}
	for _, s := range statuses(w, ref) {
		all = append(all, s.Child+" "+stateName(s.State))
	}
	return all
}

func statuses(w *world, ref sup.Ref) []sup.Status {
	w.Helper()
	type answer struct {
		all []sup.Status
		err error
	}
	got := harness.Value(w, harness.Async(w, func() answer {
		all, err := ref.Children(context.Background())
		return answer{all, err}
	}))
	require.NoError(w, got.err)
	return got.all
}

// status is how Children lists one child.
func status(w *world, ref sup.Ref, child string) sup.Status {
	w.Helper()
	for _, s := range statuses(w, ref) {
		if s.Child == child {
			return s
		}
	}
	w.Fatalf("no child %q in %v", child, list(w, ref))
	panic("unreachable")
}

func stateName(s sup.ChildState) string {
	names := map[sup.ChildState]string{
		sup.Running: "running", sup.Stopped: "stopped", sup.Restarting: "restarting",
		sup.Starting: "starting", sup.Stopping: "stopping",
	}
	if name, ok := names[s]; ok {
		return name
	}
	return fmt.Sprint(int(s))
}

// words splits a text at its commas, for lists in tests.
func words(text string) []string {
	if text == "" {
		return []string{}
	}
	all := strings.Split(text, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}
