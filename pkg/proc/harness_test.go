package proc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// everywhere runs a semantics test under each runtime: with real goroutines
// and real timers, inside a synctest bubble with virtual time, and in schedules that
// a simulator chooses.
func everywhere(t *testing.T, test func(w *world)) {
	t.Helper()
	t.Run("production", func(t *testing.T) {
		before := runtime.NumGoroutine()
		w := &world{T: t, logs: &logs{}}
		t.Cleanup(func() {
			w.stopAll()
			w.eventually("all goroutines of the test have ended", func() bool {
				return runtime.NumGoroutine() <= before
			})
		})
		test(w)
	})
	t.Run("synctest", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := &world{T: t, bubble: true, logs: &logs{}}
			t.Cleanup(w.stopAll) // the bubble itself finds goroutines that are left
			test(w)
		})
	})
	t.Run("sim", func(t *testing.T) {
		// Instant: most of these tests look at once for what has just been sent.
		sim.Check(t, func(s *sim.Sim) {
			w := &world{T: t, bubble: true, sim: s, logs: &logs{}}
			test(w)
			w.stopAll()
		}, sim.Runs(simRuns), sim.Instant(), sim.Unrepeatable(), sim.StepLimit(1_000_000))
	})
}

// simRuns is in how many schedules a semantics test runs under the simulator.
const simRuns = 8

// world is what a semantics test runs in.
type world struct {
	*testing.T
	bubble  bool     // the time is virtual
	sim     *sim.Sim // nil: goroutines are
	systems []*proc.System
	logs    *logs
}

// system makes a system whose log goes to w.logs. At the end of the test it is
// stopped, and everything in it must then end.
func (w *world) system(opts ...proc.Option) *proc.System {
	opts = append([]proc.Option{proc.WithLogger(zerolog.New(w.logs))}, opts...)
	var s *proc.System
	if w.sim != nil {
		s = w.sim.System(opts...)
	} else {
		s = proc.NewSystem(opts...)
	}
	w.systems = append(w.systems, s)
	return s
}

// giveWay lets others run.
func (w *world) giveWay() {
	if w.sim != nil {
		w.sim.Settle()
	} else {
		runtime.Gosched()
	}
}

// Context ends with the test.
func (w *world) Context() context.Context {
	if w.sim != nil {
		return w.sim.Context()
	}
	return w.T.Context()
}

// Cleanup runs f when the test is over.
func (w *world) Cleanup(f func()) {
	if w.sim != nil {
		w.sim.Cleanup(f)
	} else {
		w.T.Cleanup(f)
	}
}

// wait returns when everything in the bubble is blocked.
func (w *world) wait() {
	if w.sim != nil {
		w.sim.Settle()
	} else {
		synctest.Wait()
	}
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
}

// settle returns when no process has anything left to do: all of them are
// blocked. Only for tests that run no goroutines of their own beside.
func (w *world) settle() {
	w.Helper()
	if w.bubble {
		w.wait()
		return
	}
	w.eventually("all processes are blocked", func() bool {
		for range 3 { // a process may wake another one behind the reader's back
			for _, s := range w.systems {
				for info := range s.Processes() {
					switch info.State {
					case proc.Receiving, proc.Sleeping, proc.Calling, proc.Awaiting:
					default:
						return false
					}
				}
			}
		}
		return true
	})
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
			w.wait()
		} else {
			time.Sleep(50 * time.Microsecond << min(i, 8))
		}
		if i > 1500 {
			buf := make([]byte, 1<<20)
			buf = buf[:runtime.Stack(buf, true)]
			w.Fatalf("never: %s\n%s", what, buf)
		}
	}
}

// value waits for something that a process under test passes to the test.
func value[T any](w *world, from <-chan T) T {
	w.Helper()
	limit := time.Minute
	if w.bubble {
		limit = 1000 * time.Hour
	}
	select {
	case v := <-from:
		return v
	case <-time.After(limit):
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		require.FailNow(w.T, "a process passed nothing to the test", "%s", buf)
		panic("unreachable")
	}
}

// ended waits until id has ended and returns its reason.
func ended(w *world, id proc.ID) proc.ShutdownReason {
	w.Helper()
	value(w, id.Done())
	return id.Reason()
}

// zerologTo is a logger onto l.
func zerologTo(l *logs) zerolog.Logger { return zerolog.New(l) }

// logs collects log lines.
type logs struct {
	mu    sync.Mutex
	lines []map[string]any
	text  bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	var line map[string]any
	if err := json.Unmarshal(b, &line); err != nil {
		return 0, fmt.Errorf("log line is no JSON: %w: %s", err, b)
	}
	l.lines = append(l.lines, line)
	return len(b), nil
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// all returns the lines logged so far.
func (l *logs) all() []map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]map[string]any(nil), l.lines...)
}

// with returns the lines whose text, as JSON, contains every one of parts.
func (l *logs) with(parts ...string) []map[string]any {
	var found []map[string]any
next:
	for _, line := range l.all() {
		text, _ := json.Marshal(line)
		for _, part := range parts {
			if !strings.Contains(string(text), part) {
				continue next
			}
		}
		found = append(found, line)
	}
	return found
}
