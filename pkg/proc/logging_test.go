package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
)

// loggingOf returns the lines of the process with this title.
func loggingOf(w *harness.World, title string) (lines []log.Line) {
	for _, line := range w.Logs.Lines() {
		if line.Title == title {
			lines = append(lines, line)
		}
	}
	return lines
}

// loggingWith returns the lines that contain every one of parts.
func loggingWith(w *harness.World, parts ...string) (lines []log.Line) {
next:
	for _, line := range w.Logs.Lines() {
		for _, part := range parts {
			if !strings.Contains(line.Raw, part) {
				continue next
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// loggingIs holds that line is at one of levels and names the process.
func loggingIs(w *harness.World, line log.Line, id proc.ID, title string, levels ...string) {
	w.Helper()
	require.Contains(w, levels, line.Level.String(), "%v", line)
	require.Equal(w, title, line.Title, "%v", line)
	pid := strings.TrimPrefix(line.Pid, "!")
	require.Equal(w, strings.TrimPrefix(id.String(), "!"), pid, "%v", line)
}

// loggingLines waits for n lines of the process and returns them.
func loggingLines(w *harness.World, title string, n int) []log.Line {
	w.Helper()
	w.Eventually(fmt.Sprintf("%d lines of %s", n, title), func() bool { return len(loggingOf(w, title)) >= n })
	lines := loggingOf(w, title)
	require.Len(w, lines, n, "%v", lines)
	return lines
}

// S5: the start of a process is one line at debug, so is its normal end; a crash
// is one at error, with the whole chain of its reason.
func TestS5_StartAndEndAreOneLineEach(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for i, c := range []struct {
			end  func(self *proc.Self[string]) error
			says []string // in the line of a crash
		}{
			{func(*proc.Self[string]) error { return nil }, nil},
			{func(*proc.Self[string]) error { return proc.NormalExitRequested{} }, nil},
			{func(self *proc.Self[string]) error { self.Exit(proc.ExitNormally{}); return nil }, nil},
			{func(*proc.Self[string]) error { return fmt.Errorf("db ping: %w", io.EOF) }, []string{"db ping: EOF"}},
			{func(*proc.Self[string]) error { panic("broken handler") }, []string{"broken handler"}},
			{func(self *proc.Self[string]) error {
				self.Exit(proc.ExitUnhandledError{Err: errCallBroken})
				return nil
			}, []string{errCallBroken.Error()}},
			{func(self *proc.Self[string]) error {
				inner := proc.Spawn(self, func(*proc.Self[string]) error { return fmt.Errorf("replica 3: %w", io.ErrUnexpectedEOF) })
				self.AwaitEnd(inner.ID, -1)
				return self.Link(inner.ID)
			}, []string{"replica 3: unexpected EOF"}},
			{func(self *proc.Self[string]) error { self.ID().Kill(); return self.Yield() }, []string{}},
			{func(self *proc.Self[string]) error {
				self.ID().Shutdown(proc.ExitUnhandledError{Err: errors.New("no longer wanted")})
				return self.Yield()
			}, []string{"no longer wanted"}},
		} {
			title := fmt.Sprintf("logged-%d", i)
			release := make(chan struct{})
			pid := proc.Spawn(s, func(self *proc.Self[string]) error { <-release; return c.end(self) }, proc.Titled(title))
			start := loggingLines(w, title, 1)[0]
			loggingIs(w, start, pid.ID, title, "debug")
			close(release)
			reason := harness.Ended(w, pid.ID)
			end := loggingLines(w, title, 2)[1]
			if c.says == nil {
				require.Equal(w, proc.ExitSuccess, reason.Severity())
				loggingIs(w, end, pid.ID, title, "debug")
				continue
			}
			require.Equal(w, proc.Crash, reason.Severity())
			loggingIs(w, end, pid.ID, title, "error")
			var says []string // each reason what it adds
			for _, text := range end.Fields["reasons"].([]any) {
				says = append(says, text.(string))
			}
			for _, text := range c.says {
				require.Contains(w, strings.Join(says, ": "), text)
			}
		}
		w.Settle()
		for i := range 9 {
			require.Len(w, loggingOf(w, fmt.Sprintf("logged-%d", i)), 2)
		}
	})
}

// S5, D12: a stop is logged at info; nothing of it is a warning or an error.
func TestS5_StopIsInfo(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := systemAlone(w)
		pid := proc.Spawn(s, systemIdle, proc.Titled("stopped"))
		loggingLines(w, "stopped", 1)
		require.NoError(w, s.Stop(context.Background()))
		end := loggingLines(w, "stopped", 2)[1]
		loggingIs(w, end, pid.ID, "stopped", "debug", "info")
		info := 0
		for _, line := range w.Logs.Lines() {
			switch line.Level.String() {
			case "info":
				info++
			case "debug":
			default:
				require.Fail(w, "a stop is nothing to worry about", "%v", line)
			}
		}
		require.Equal(w, 1, info, "%v", &w.Logs)
	})
}

// S5: an abandoned process is one line at warn.
func TestS5_AbandonedIsAWarning(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := systemAlone(w, proc.WithStopTimeout(5*time.Millisecond))
		release := make(chan struct{})
		one, other := systemStuck(s, "stuck-1", release), systemStuck(s, "stuck-2", release)
		loggingLines(w, "stuck-1", 1)
		loggingLines(w, "stuck-2", 1)
		w.Eventually("both are stuck", func() bool {
			a, _ := one.Info()
			b, _ := other.Info()
			return a.State == proc.Busy && b.State == proc.Busy
		})
		require.Error(w, s.Stop(context.Background()))
		for _, pid := range []proc.Pid[string]{one, other} {
			title := map[proc.ID]string{one.ID: "stuck-1", other.ID: "stuck-2"}[pid.ID]
			warnings := func() (found []log.Line) {
				for _, line := range loggingOf(w, title) {
					if line.Level.String() == "warn" {
						found = append(found, line)
					}
				}
				return found
			}
			w.Eventually("a warning", func() bool { return len(warnings()) > 0 })
			require.Len(w, warnings(), 1)
			loggingIs(w, warnings()[0], pid.ID, title, "warn")
		}
		close(release)
		systemEmpty(w, s)
	})
}

// S5: a process's own log carries its pid and title too.
func TestS5_LogOfAProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			self.Log().Info().Int("orders", 3).Msg("taken")
			return nil
		}, proc.Titled("writer"))
		harness.Ended(w, pid.ID)
		lines := loggingWith(w, "taken")
		require.Len(w, lines, 1)
		loggingIs(w, lines[0], pid.ID, "writer", "info")
		require.True(w, lines[0].Has("orders", 3))
	})
}

// S5: with the level off there is no line, and logging allocates nothing.
func TestS5_LevelOffCostsNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for level, want := range map[zerolog.Level]int{zerolog.InfoLevel: 0, zerolog.Disabled: 0, zerolog.DebugLevel: 2} {
			l := &log.Capture{}
			s := w.System(proc.WithLogger(zerolog.New(l).Level(level)))
			allocations := make(chan float64, 1)
			pid := proc.Spawn(s, func(self *proc.Self[string]) error {
				if want == 0 {
					allocations <- testing.AllocsPerRun(100, func() { self.Log().Debug().Msg("nobody reads this") })
				}
				return nil
			}, proc.Titled("quiet"))
			harness.Ended(w, pid.ID)
			if want == 0 {
				require.Zero(w, harness.Value(w, allocations))
			}
			w.Eventually("all lines are there", func() bool { return len(l.Lines()) >= want })
			require.Len(w, l.Lines(), want, "%v", l)
		}
	})
}

// S5: with the level off a crash is logged all the same, if that is not off.
func TestS5_CrashPassesTheLevel(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		l := &log.Capture{}
		s := w.System(proc.WithLogger(zerolog.New(l).Level(zerolog.ErrorLevel)))
		pid := proc.Spawn(s, func(*proc.Self[string]) error { return io.EOF }, proc.Titled("crashing"))
		harness.Ended(w, pid.ID)
		w.Eventually("the crash is logged", func() bool { return len(l.Lines()) > 0 })
		require.Len(w, l.Lines(), 1)
		loggingIs(w, l.Lines()[0], pid.ID, "crashing", "error")
	})
}

// Decided: a panic in a deferred function during a shutdown is logged; the
// shutdown stays the reason.
func TestDecided_PanicDuringAShutdownIsLogged(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ready := make(chan struct{}, 1)
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			defer func() { panic("broken clean-up") }()
			ready <- struct{}{}
			return systemIdle(self)
		}, proc.Titled("cleaning"))
		harness.Value(w, ready)
		pid.Shutdown(proc.ExitNormallyWith{Detail: "closing"})
		reason, ok := harness.Ended(w, pid.ID).(proc.ExitNormallyWith)
		require.True(w, ok)
		require.Equal(w, "closing", reason.Detail)
		w.Eventually("it is logged", func() bool { return len(loggingWith(w, "broken clean-up")) > 0 })
		line := loggingWith(w, "broken clean-up")[0]
		loggingIs(w, line, pid.ID, "cleaning", "warn", "error")
	})
}

// Decided: a panic in the dead-letter hook is logged and changes nothing.
func TestDecided_PanicInTheHookIsLogged(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithDeadLetters(func(proc.DeadLetter) { panic("broken hook") }))
		dead := proc.Spawn(s, func(*proc.Self[string]) error { return nil })
		harness.Ended(w, dead.ID)
		dead.Send("from the test")
		sender := proc.Spawn(s, func(self *proc.Self[string]) error {
			dead.Send("from a process")
			return nil
		})
		require.IsType(w, proc.ExitNormally{}, harness.Ended(w, sender.ID))
		w.Arrive()
		require.EqualValues(w, 2, callDeadLetters(s))
		require.GreaterOrEqual(w, len(loggingWith(w, "broken hook")), 1)
	})
}
