package log

import (
	"io"
	"log/slog"
	"os"
	"sync"
	"testing"

	"github.com/rs/zerolog"
)

func BenchmarkLevelOff(b *testing.B) {
	l := ForProcess(JSON(io.Discard).Level(zerolog.InfoLevel), pid(7), "db/pool")
	b.ReportAllocs()
	for b.Loop() {
		l.Debug().Str("k", "v").Int("n", 1).Msg("hello")
	}
}

// A line with pid and title: as this package writes them, and its rival, fields
// in zerolog's context.
func BenchmarkLine(b *testing.B) {
	base := JSON(io.Discard)
	run := func(name string, l zerolog.Logger) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Info().Str("k", "v").Int("n", 1).Msg("hello")
			}
		})
	}
	run("ForProcess", ForProcess(base, pid(7), "db/pool"))
	run("With", base.With().Stringer(PidField, pid(7)).Str(TitleField, "db/pool").Logger())
}

// What a logger for a process costs to make.
func BenchmarkMakeLogger(b *testing.B) {
	base := JSON(io.Discard)
	var kept zerolog.Logger
	b.Run("ForProcess", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			kept = ForProcess(base, pid(7), "db/pool")
		}
	})
	b.Run("With", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			kept = base.With().Str(PidField, "!7").Str(TitleField, "db/pool").Logger()
		}
	})
	_ = kept
}

var benchLine = []byte(`{"level":"info","k":"v","n":1,"time":"2026-03-01T12:00:00.000Z","pid":"!7","title":"db/pool","message":"hello"}` + "\n")

// What the one who logs pays for writing a line to a file: directly; under a
// lock; through an Async, in bursts that it has room for; and through one that
// cannot keep up, so that it drops.
func BenchmarkWrite(b *testing.B) {
	const burst = 1024
	run := func(name string, wrap func(io.Writer) io.Writer, flush bool) {
		b.Run(name, func(b *testing.B) {
			f, err := os.Create(b.TempDir() + "/log")
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			out := leveled(wrap(f))
			b.ReportAllocs()
			for i := 1; b.Loop(); i++ {
				out.WriteLevel(zerolog.InfoLevel, benchLine)
				if flush && i%burst == 0 {
					b.StopTimer()
					out.(*Async).Flush(b.Context())
					b.StartTimer()
				}
			}
			if a, ok := out.(*Async); ok {
				b.ReportMetric(float64(a.Dropped())/float64(b.N), "dropped/op")
				if err := a.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	async := func(w io.Writer) io.Writer { return NewAsync(w, burst) }
	run("direct", func(w io.Writer) io.Writer { return w }, false)
	run("locked", zerolog.SyncWriter, false)
	run("async", async, true)
	run("async overloaded", async, false)
}

// The same from as many goroutines as there are processors.
func BenchmarkWriteParallel(b *testing.B) {
	for name, wrap := range map[string]func(io.Writer) io.Writer{
		"direct":           func(w io.Writer) io.Writer { return w },
		"async overloaded": func(w io.Writer) io.Writer { return NewAsync(w, 1024) },
	} {
		b.Run(name, func(b *testing.B) {
			f, err := os.Create(b.TempDir() + "/log")
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			out := wrap(f)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					out.Write(benchLine)
				}
			})
			if a, ok := out.(*Async); ok {
				a.Close()
			}
		})
	}
}

// A line that comes when nothing waits: the goroutine starts for it, and ends.
func BenchmarkAsyncIdle(b *testing.B) {
	var written sync.WaitGroup
	a := NewAsync(writerFunc(func(p []byte) (int, error) { written.Done(); return len(p), nil }), 16)
	b.ReportAllocs()
	for b.Loop() {
		written.Add(1)
		a.WriteLevel(zerolog.InfoLevel, []byte("line\n"))
		written.Wait()
	}
}

func BenchmarkFilter(b *testing.B) {
	f, err := NewFilter(io.Discard, Levels{Default: zerolog.Disabled, ByTitle: []TitleLevel{{"db/**", zerolog.DebugLevel}, {"web/*", zerolog.InfoLevel}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.WriteLevel(zerolog.InfoLevel, benchLine)
	}
}

func BenchmarkConsole(b *testing.B) {
	l := ForProcess(Console(io.Discard), pid(7), "db/pool")
	b.ReportAllocs()
	for b.Loop() {
		l.Info().Str("k", "v").Int("n", 1).Msg("hello")
	}
}

// slog's own JSON handler is the rival of NewHandler, and of FromSlog onto it.
func BenchmarkSlog(b *testing.B) {
	run := func(name string, body func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				body()
			}
		})
	}
	own := slog.New(slog.NewJSONHandler(io.Discard, nil))
	ours := slog.New(NewHandler(JSON(io.Discard)))
	theirs := slog.New(zerolog.NewSlogHandler(zerolog.New(io.Discard).With().Timestamp().Logger()))
	from := FromSlog(own)
	run("slog", func() { own.Info("hello", "k", "v", "n", 1) })
	run("NewHandler", func() { ours.Info("hello", "k", "v", "n", 1) })
	run("zerolog's", func() { theirs.Info("hello", "k", "v", "n", 1) })
	run("FromSlog", func() { from.Info().Str("k", "v").Int("n", 1).Msg("hello") })
}
