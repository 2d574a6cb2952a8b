package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// gate is a writer whose every write waits until it is let through.
type gate struct {
	Capture
	pass   chan struct{}
	levels []zerolog.Level
}

func newGate() *gate { return &gate{pass: make(chan struct{})} }

func (g *gate) Write(p []byte) (int, error) { return g.WriteLevel(zerolog.NoLevel, p) }

func (g *gate) WriteLevel(l zerolog.Level, p []byte) (int, error) {
	<-g.pass
	g.levels = append(g.levels, l)
	return g.Capture.Write(p)
}

func (g *gate) let(n int) {
	for range n {
		g.pass <- struct{}{}
	}
	synctest.Wait()
}

func write(t testing.TB, w io.Writer, line string) {
	t.Helper()
	n, err := w.Write([]byte(line + "\n"))
	require.NoError(t, err)
	require.Equal(t, len(line)+1, n)
}

func texts(c *Capture) []string {
	var s []string
	for _, l := range c.Lines() {
		s = append(s, l.Raw)
	}
	return s
}

const threeDropped = `{"level":"warn","dropped":3,"message":"log lines dropped"}`

func TestD20_DropsAreCountedAndSaidInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate()
		a := NewAsync(sink, 2, WithoutTime())
		for _, line := range []string{"1", "2", "3", "4", "5"} {
			write(t, a, line)
		}
		assert.EqualValues(t, 3, a.Dropped())
		synctest.Wait()
		sink.let(1) // there is room for one more
		write(t, a, "6")
		assert.EqualValues(t, 3, a.Dropped())
		sink.let(3)
		require.NoError(t, a.Close())
		assert.Equal(t, []string{"1", "2", threeDropped, "6"}, texts(&sink.Capture), "said where they are missing")
		assert.EqualValues(t, 3, a.Dropped(), "what the writer says itself is not counted")
	})
}

func TestD20_UnderLastingOverloadReportsAreRare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const capacity, rounds = 8, 200
		sink := newGate()
		a := NewAsync(sink, capacity, WithoutTime())
		for range rounds {
			for range 3 {
				write(t, a, "line")
			}
			synctest.Wait()
			sink.let(1)
		}
		close(sink.pass)
		require.NoError(t, a.Close())
		reports := len(sink.Find("message", "log lines dropped"))
		lines := len(sink.Lines()) - reports
		assert.LessOrEqual(t, reports, lines/capacity+1)
		assert.Equal(t, a.Dropped(), reported(&sink.Capture))
		assert.EqualValues(t, 3*rounds, uint64(lines)+a.Dropped())
	})
}

func TestD20_CloseDrainsAndSaysWhatWasDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate()
		a := NewAsync(sink, 2, WithoutTime())
		for _, line := range []string{"1", "2", "3", "4", "5"} {
			write(t, a, line)
		}
		closed := make(chan error)
		for range 2 {
			go func() { closed <- a.Close() }()
		}
		sink.let(2)
		select {
		case <-closed:
			t.Fatal("closed before the last line was written")
		default:
		}
		sink.let(1)
		require.NoError(t, <-closed)
		require.NoError(t, <-closed)
		require.NoError(t, a.Close())
		assert.Equal(t, []string{"1", "2", threeDropped}, texts(&sink.Capture))
	})
}

func TestAsync_NoGoroutineWhileIdleNorAfterClose(t *testing.T) {
	// A bubble fails if a goroutine of it is left blocked at its end, so that the
	// absence of a Close is what shows it.
	synctest.Test(t, func(t *testing.T) {
		var c Capture
		a := NewAsync(&c, 8)
		write(t, a, "1")
		synctest.Wait()
		write(t, a, "2")
		synctest.Wait()
		assert.Equal(t, []string{"1", "2"}, texts(&c))
		require.NoError(t, NewAsync(&c, 8).Close(), "one that was never used")
	})
}

func TestAsync_ALineAfterCloseIsWrittenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate()
		a := NewAsync(sink, 1, WithoutTime())
		write(t, a, "1")
		closed := make(chan error)
		go func() { closed <- a.Close() }()
		synctest.Wait()
		written := make(chan struct{})
		for range 2 { // more than the capacity
			go func() { write(t, a, "late"); written <- struct{}{} }()
		}
		synctest.Wait()
		assert.Empty(t, sink.Lines())
		sink.let(3)
		require.NoError(t, <-closed)
		<-written
		<-written
		assert.Equal(t, []string{"1", "late", "late"}, texts(&sink.Capture))
		assert.Zero(t, a.Dropped())
	})
}

func TestAsync_FatalAndPanicLinesAreWrittenBeforeTheWriteReturns(t *testing.T) {
	for _, level := range []zerolog.Level{zerolog.FatalLevel, zerolog.PanicLevel} {
		synctest.Test(t, func(t *testing.T) {
			sink := newGate()
			a := NewAsync(sink, 2, WithoutTime())
			l := zerolog.New(a)
			l.Info().Msg("1")
			l.Info().Msg("2")
			l.Info().Msg("dropped")
			done := make(chan struct{})
			go func() { l.WithLevel(level).Msg("last"); close(done) }()
			synctest.Wait()
			sink.let(1)
			l.Info().Msg("after") // there is room again, and it comes behind the last one
			sink.let(1)
			select {
			case <-done:
				t.Fatal("returned before its line was written")
			default:
			}
			sink.let(2)
			<-done
			assert.Equal(t, "last", sink.Lines()[3].Message)
			sink.let(1)
			assert.Equal(t, "after", sink.Lines()[4].Message)
			assert.Equal(t, []zerolog.Level{zerolog.InfoLevel, zerolog.InfoLevel, zerolog.WarnLevel, level, zerolog.InfoLevel},
				sink.levels, "levels are passed on")
		})
	}
}

func TestAsync_ALineThatWaitsKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate()
		a := NewAsync(sink, 8)
		write(t, a, "1")
		synctest.Wait() // it has been fetched, the next ones will be together
		write(t, a, "2")
		go zerologWrite(a, zerolog.PanicLevel, "3")
		synctest.Wait()
		write(t, a, "4")
		close(sink.pass)
		require.NoError(t, a.Close())
		assert.Equal(t, []string{"1", "2", "3", "4"}, texts(&sink.Capture))
	})
}

func TestAsync_FlushWaitsForTheLinesBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate()
		a := NewAsync(sink, 8)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 {
			require.NoError(t, a.Flush(ended), "nothing waits")
		}
		write(t, a, "1")
		flushed := make(chan error)
		go func() { flushed <- a.Flush(t.Context()) }()
		synctest.Wait()
		write(t, a, "2")
		sink.let(1)
		require.NoError(t, <-flushed, "the second line came later")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, a.Flush(ctx), context.DeadlineExceeded)
		sink.let(1)
		require.NoError(t, a.Close())
	})
}

// faulty fails, panics or ends its goroutine as the line says.
type faulty struct{ Capture }

var errDisk = errors.New("disk full")

func (f *faulty) Write(p []byte) (int, error) {
	switch strings.TrimSpace(string(p)) {
	case "fail":
		return 0, errDisk
	case "short":
		return 1, nil
	case "panic":
		panic("writer's own")
	case "exit":
		runtime.Goexit()
	}
	return f.Capture.Write(p)
}

func TestAsync_FailuresAreDropsAndTheFirstIsKept(t *testing.T) {
	for _, tt := range []struct{ line, says string }{
		{"fail", "log: 2 lines could not be written, the first because: disk full"},
		{"short", "log: 2 lines could not be written, the first because: short write"},
		{"panic", "log: 2 lines could not be written, the first because: the writer panicked: writer's own"},
		{"exit", "log: 2 lines could not be written, the first because: the writer ended its goroutine"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sink faulty
				a := NewAsync(&sink, 8, WithoutTime())
				for _, line := range []string{"1", tt.line, tt.line, "2", "3"} {
					write(t, a, line)
				}
				require.EqualError(t, a.Close(), tt.says)
				require.EqualError(t, a.Close(), tt.says, "again")
				assert.EqualValues(t, 2, a.Dropped())
				assert.Equal(t, []string{"1", "2", `{"level":"warn","dropped":2,"message":"log lines dropped"}`, "3"},
					texts(&sink.Capture))

				_, err := a.Write([]byte(tt.line))
				require.Error(t, err, "after Close a line tells its own error")
				_, err = zerologWrite(a, zerolog.FatalLevel, tt.line)
				require.Error(t, err)
				assert.EqualValues(t, 4, a.Dropped())
			})
		})
	}
}

func zerologWrite(w zerolog.LevelWriter, l zerolog.Level, s string) (int, error) {
	return w.WriteLevel(l, []byte(s))
}

func TestAsync_AFailingWriterIsNotAskedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		a := NewAsync(writerFunc(func([]byte) (int, error) { calls++; return 0, errDisk }), 4)
		for range 3 {
			write(t, a, "x")
		}
		require.ErrorIs(t, a.Close(), errDisk)
		assert.Equal(t, 3, calls)
		assert.EqualValues(t, 3, a.Dropped())
	})
}

// A report that cannot be written is made again, once writing works.
func TestAsync_AFailedReportIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Capture
		pass := make(chan struct{})
		failed := false
		a := NewAsync(writerFunc(func(p []byte) (int, error) {
			<-pass
			if bytes.Contains(p, []byte("dropped")) && !failed {
				failed = true
				return 0, errDisk
			}
			return c.Write(p)
		}), 1, WithoutTime())
		write(t, a, "1")
		write(t, a, "lost")
		pass <- struct{}{} // 1
		pass <- struct{}{} // the report, which fails
		synctest.Wait()
		write(t, a, "2")
		write(t, a, "lost too")
		close(pass)
		require.ErrorIs(t, a.Close(), errDisk)
		assert.Equal(t, []string{"1", "2", `{"level":"warn","dropped":2,"message":"log lines dropped"}`}, texts(&c))
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Whatever is written and however slowly it goes out: a line is dropped if and
// only if the capacity's number of lines wait, the others arrive in order, and the
// reports add up to the drops and stand where lines are missing.
func TestAsync_Model(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		capacity := rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(mostFetched, 2*mostFetched)).Draw(rt, "capacity")
		steps := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(-4, 6), rapid.IntRange(-80, 100)), 1, 30).Draw(rt, "steps")
		var problem string
		synctest.Test(t, func(t *testing.T) { problem = modelRun(capacity, steps) })
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

// modelRun writes as many lines as a positive step says, and lets as many go out
// as a negative one says.
func modelRun(capacity int, steps []int) string {
	sink := newGate()
	a := NewAsync(sink, capacity, WithoutTime())
	var accepted []string
	missingAt := map[int]bool{} // after how many lines some are missing
	dropped, sent := 0, 0
	out := func() (lines []string) {
		for _, l := range sink.Lines() {
			if l.Fields["dropped"] == nil {
				lines = append(lines, l.Raw)
			}
		}
		return lines
	}
	for _, step := range steps {
		for range step {
			synctest.Wait()
			line := "line" + strconv.Itoa(sent)
			sent++
			if len(accepted)-len(out()) == capacity {
				dropped++
				missingAt[len(accepted)] = true
			} else {
				accepted = append(accepted, line)
			}
			if n, err := a.Write([]byte(line + "\n")); n != len(line)+1 || err != nil {
				return fmt.Sprint("write: ", n, err)
			}
		}
		for range -step {
			select {
			case sink.pass <- struct{}{}:
			default: // nothing waits
			}
			synctest.Wait()
		}
		if got := a.Dropped(); got != uint64(dropped) {
			return fmt.Sprintf("dropped %d, want %d", got, dropped)
		}
	}
	close(sink.pass)
	if err := a.Close(); err != nil {
		return err.Error()
	}
	if got, want := fmt.Sprint(out()), fmt.Sprint(accepted); got != want {
		return fmt.Sprintf("got  %s\nwant %s", got, want)
	}
	lines := 0
	for _, l := range sink.Lines() {
		if l.Fields["dropped"] == nil {
			lines++
		} else if !missingAt[lines] {
			return fmt.Sprintf("a report after %d lines, where none is missing", lines)
		}
	}
	if got := reported(&sink.Capture); got != uint64(dropped) {
		return fmt.Sprintf("reported %d, want %d", got, dropped)
	}
	return ""
}

func reported(c *Capture) (sum uint64) {
	for _, l := range c.Lines() {
		if n, ok := l.Fields["dropped"]; ok {
			u, _ := strconv.ParseUint(fmt.Sprint(n), 10, 64)
			sum += u
		}
	}
	return sum
}

// Many writers, a slow writer beneath, and a Close in their midst: each line
// arrives whole and in its writer's order, or is counted.
func TestAsync_Stress(t *testing.T) {
	const writers, each = 16, 2000
	for _, closing := range []bool{false, true} {
		t.Run(fmt.Sprintf("closing=%v", closing), func(t *testing.T) {
			var out bytes.Buffer
			a := NewAsync(writerFunc(func(p []byte) (int, error) {
				for range 3 {
					runtime.Gosched()
				}
				return out.Write(p)
			}), 64, WithoutTime())
			l := zerolog.New(a)
			padding := strings.Repeat("x", 100)
			var done sync.WaitGroup
			var begun atomic.Int64
			halfway := make(chan struct{})
			for w := range writers {
				done.Go(func() {
					for i := range each {
						l.Info().Int("writer", w).Int("i", i).Str("padding", padding[:i%100]).Msg("end")
						if begun.Add(1) == writers*each/2 {
							close(halfway)
						}
					}
				})
			}
			if closing {
				<-halfway
				require.NoError(t, a.Close())
			}
			done.Wait()
			require.NoError(t, a.Close())

			pattern := regexp.MustCompile(`^\{"level":"info","writer":(\d+),"i":(\d+),"padding":"(x*)","message":"end"}$`)
			last := map[string]int{}
			var written, said uint64
			for line := range strings.Lines(out.String()) {
				line = strings.TrimSuffix(line, "\n")
				if m := pattern.FindStringSubmatch(line); m != nil {
					i, _ := strconv.Atoi(m[2])
					require.Len(t, m[3], i%100, "torn: %s", line)
					if before, ok := last[m[1]]; ok {
						require.Greater(t, i, before)
					}
					last[m[1]] = i
					written++
					continue
				}
				l := newLine([]byte(line))
				require.Equal(t, "log lines dropped", l.Message, "torn: %s", line)
				n, err := strconv.ParseUint(fmt.Sprint(l.Fields["dropped"]), 10, 64)
				require.NoError(t, err)
				said += n
			}
			assert.EqualValues(t, writers*each, written+a.Dropped())
			assert.Equal(t, a.Dropped(), said)
		})
	}
}

func TestAsync_MemoryOfABurstIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate()
		a := NewAsync(sink, 4096)
		big := strings.Repeat("x", 4*keptBufferSize)
		for range 2000 {
			write(t, a, "small")
			write(t, a, big)
		}
		close(sink.pass)
		require.NoError(t, a.Close())
		assert.Len(t, a.free, keptBuffers)
		for _, b := range a.free {
			assert.LessOrEqual(t, cap(b), keptBufferSize)
		}
		for _, l := range append(a.ring, a.batch[:cap(a.batch)]...) {
			assert.Nil(t, l.text)
		}
	})
}

func TestAsync_ReportsCarryTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate()
		a := NewAsync(sink, 1)
		write(t, a, "1")
		write(t, a, "2")
		close(sink.pass)
		require.NoError(t, a.Close())
		assert.Equal(t, `{"level":"warn","dropped":1,"time":"2000-01-01T00:00:00.000Z","message":"log lines dropped"}`, sink.Lines()[1].Raw)
	})
}

func TestAsync_SaysNothingIfZerologMayNotWarn(t *testing.T) {
	before := zerolog.GlobalLevel()
	zerolog.SetGlobalLevel(zerolog.ErrorLevel)
	defer zerolog.SetGlobalLevel(before)
	synctest.Test(t, func(t *testing.T) {
		sink := newGate()
		a := NewAsync(sink, 1)
		write(t, a, "1")
		write(t, a, "2")
		close(sink.pass)
		require.NoError(t, a.Close())
		assert.Equal(t, []string{"1"}, texts(&sink.Capture))
		assert.EqualValues(t, 1, a.Dropped())
	})
}

func TestNewAsync_BadArguments(t *testing.T) {
	assert.PanicsWithValue(t, "log: NewAsync: the writer is nil", func() { NewAsync(nil, 1) })
	assert.PanicsWithValue(t, "log: NewAsync: the capacity is 0, must be at least 1", func() { NewAsync(io.Discard, 0) })
}

// D20 in a real program: it ends by Fatal, right after a hundred lines.
func TestD20_NothingIsLostWhenFatalEndsTheProgram(t *testing.T) {
	const child = "HARK_LOG_FATAL_CHILD"
	if os.Getenv(child) != "" {
		slow := writerFunc(func(p []byte) (int, error) {
			for range 100 {
				runtime.Gosched()
			}
			return os.Stdout.Write(p)
		})
		l := zerolog.New(NewAsync(slow, 200))
		if os.Getenv(child) == "console" {
			l = Console(NewAsync(slow, 200), WithoutTime())
		}
		for i := range 100 {
			l.Info().Int("i", i).Msg("line")
		}
		l.Fatal().Msg("the end")
	}
	for _, kind := range []string{"json", "console"} {
		t.Run(kind, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestD20_NothingIsLostWhenFatalEndsTheProgram$")
			cmd.Env = append(os.Environ(), child+"="+kind)
			out, err := cmd.Output()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			assert.Equal(t, 1, exit.ExitCode())
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			require.Len(t, lines, 101)
			assert.Contains(t, lines[99], "99")
			assert.Contains(t, lines[100], "the end")
		})
	}
}
