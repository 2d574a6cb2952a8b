package sup_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// everywhere runs a semantics test under each runtime: with real goroutines and
// real timers, and inside a synctest bubble with virtual time.
func everywhere(t *testing.T, test func(w *world)) {
	t.Helper()
	t.Run("production", func(t *testing.T) { production(t, test) })
	t.Run("synctest", func(t *testing.T) { virtually(t, test) })
}

// production runs a test with real goroutines and timers. When it is over all of
// its goroutines must end.
func production(t *testing.T, test func(w *world)) {
	t.Helper()
	before := runtime.NumGoroutine()
	w := &world{T: t}
	t.Cleanup(func() {
		w.stopAll()
		w.eventually("all goroutines of the test have ended", func() bool {
			return runtime.NumGoroutine() <= before
		})
	})
	test(w)
}

// virtually runs a test inside a bubble: time stands still while anybody has
// something to do, and jumps when all wait.
func virtually(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, bubble: true}
		t.Cleanup(w.stopAll) // the bubble itself finds goroutines that are left
		test(w)
	})
}

// world is what a semantics test runs in.
type world struct {
	*testing.T
	bubble  bool
	systems []*proc.System
	logs    log.Capture
}

// system makes a system that logs to w.logs. At the end of the test it is
// stopped, and everything in it must then end.
func (w *world) system(opts ...proc.Option) *proc.System {
	opts = append([]proc.Option{proc.WithLogger(zerolog.New(&w.logs))}, opts...)
	s := proc.NewSystem(opts...)
	w.systems = append(w.systems, s)
	return s
}

func (w *world) stopAll() {
	for _, s := range w.systems {
		require.NoError(w.T, s.Stop(context.Background()))
		w.eventually("every process has ended", func() bool {
			for range s.Processes() {
				return false
			}
			for range s.Abandoned() {
				return false
			}
			return true
		})
	}
	if w.Failed() {
		w.Logf("the log:\n%s", w.logs.String())
	}
}

// settle returns when nobody has anything left to do: all are blocked, if only
// until a timer fires.
func (w *world) settle() {
	w.Helper()
	if w.bubble {
		synctest.Wait()
		return
	}
	w.eventually("all goroutines are blocked", harness.AllBlocked)
}

// eventually polls until cond holds.
func (w *world) eventually(what string, cond func() bool) {
	w.Helper()
	for i := 0; ; i++ {
		if cond() {
			return
		}
		if w.bubble {
			if i > 0 {
				time.Sleep(time.Second) // virtual
			}
			synctest.Wait()
		} else {
			time.Sleep(50 * time.Microsecond << min(i, 8))
		}
		if i > 1500 {
			w.Fatalf("never: %s\n%s", what, stacks())
		}
	}
}

func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

// value waits for something that the test is told. In a bubble it fails when
// nothing at all happens any more, which the bubble notices, or after years.
func value[T any](w *world, from <-chan T) T {
	w.Helper()
	limit := 4 * time.Minute // a million restarts under the race detector take one
	if w.bubble {
		limit = 24 * 365 * 50 * time.Hour
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case v := <-from:
		return v
	case <-timer.C:
		w.Fatalf("the test waited in vain\n%s\n%s", stacks(), w.logs.String())
		panic("unreachable")
	}
}

// async runs f on a goroutine of its own, and passes on what it returns.
func async[T any](f func() T) <-chan T {
	got := make(chan T, 1)
	go func() { got <- f() }()
	return got
}

// pending demands that nothing has been told yet.
func pending[T any](w *world, from <-chan T, what string) {
	w.Helper()
	w.settle()
	select {
	case v := <-from:
		w.Fatalf("%s is over already: %v", what, v)
	default:
	}
}

// ended waits until id has ended and returns its reason.
func ended(w *world, id proc.ID) proc.ShutdownReason {
	w.Helper()
	value(w, id.Done())
	return id.Reason()
}

// as demands that err is an E or wraps one.
func as[E error](w *world, err error) E {
	w.Helper()
	e, ok := errors.AsType[E](err)
	require.True(w.T, ok, "%T: %v", err, err)
	return e
}

// order is what a test has a process do. If it returns an end, the body of the
// process ends with that.
type order func(self *proc.Self[order]) *end

type end struct{ err error }

// do has p run f, and returns what that returns.
func do[T any](w *world, p proc.Pid[order], f func(self *proc.Self[order]) T) T {
	w.Helper()
	return value(w, begin(p, f))
}

// begin has p run f, and passes on what that returns.
func begin[T any](p proc.Pid[order], f func(self *proc.Self[order]) T) <-chan T {
	got := make(chan T, 1)
	p.Send(func(self *proc.Self[order]) *end { got <- f(self); return nil })
	return got
}

// leave has the body of p return err.
func leave(p proc.Pid[order], err error) {
	p.Send(func(*proc.Self[order]) *end { return &end{err} })
}

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
				return e.err
			}
		}
		return nil
	}, proc.Titled("keeper"))
	return k
}

// undisturbed demands that no interrupt has reached the keeper.
func (k *keeper) undisturbed() {
	k.w.Helper()
	k.w.settle()
	select {
	case err := <-k.interrupts:
		require.Fail(k.w.T, "an interrupt reached the parent", "%v", err)
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
	return begin(k.Pid, func(self *proc.Self[order]) started {
		ref, err := sup.Start(self, spec, opts...)
		return started{ref, err}
	})
}

// start has the keeper start a supervisor, which must succeed.
func (k *keeper) start(spec sup.Spec, opts ...proc.SpawnOption) sup.Ref {
	k.w.Helper()
	got := value(k.w, k.begin(spec, opts...))
	require.NoError(k.w.T, got.err)
	return got.ref
}

// start starts a supervisor under a keeper of its own in a system of its own.
func (w *world) start(spec sup.Spec, opts ...proc.SpawnOption) sup.Ref {
	w.Helper()
	return newKeeper(w, w.system()).start(spec, opts...)
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
	got := value(w, async(func() answer {
		all, err := ref.Children(context.Background())
		return answer{all, err}
	}))
	require.NoError(w.T, got.err)
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
