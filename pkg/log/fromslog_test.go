package log

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFromSlog_LevelsAndFields(t *testing.T) {
	var b bytes.Buffer
	l := FromSlog(slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug - 4})))
	p := ForProcess(l, pid(7), "db")
	p.Warn().Str("s", "x").Int("n", -1).Uint64("u", math.MaxUint64).Float64("f", 1.5).Bool("b", true).
		Interface("nil", nil).Interface("list", []any{1, "a", map[string]any{"k": []int{2}}}).
		Dict("d", p.Info().CreateDict().Int("k", 1)).Str("e", "1e400").Err(io.EOF).Msg("hello")
	_, rest, _ := strings.Cut(b.String(), `"level"`)
	assert.Equal(t, `:"WARN","msg":"hello","s":"x","n":-1,"u":18446744073709551615,"f":1.5,"b":true,"nil":null,`+
		`"list":[1,"a",{"k":[2]}],"d":{"k":1},"e":"1e400","error":"EOF","pid":"!7","title":"db"}`+"\n", rest)

	var got []string
	l = FromSlog(slog.New(recorder{func(r slog.Record) error { got = append(got, r.Level.String()); return nil }}))
	for _, level := range []zerolog.Level{zerolog.TraceLevel, zerolog.DebugLevel, zerolog.InfoLevel, zerolog.WarnLevel,
		zerolog.ErrorLevel, zerolog.FatalLevel, zerolog.PanicLevel, zerolog.NoLevel} {
		l.WithLevel(level).Msg("")
	}
	assert.Equal(t, "DEBUG-4 DEBUG INFO WARN ERROR ERROR+4 ERROR+8 INFO", strings.Join(got, " "))
}

// recorder is an slog.Handler that is a function.
type recorder struct{ handle func(slog.Record) error }

func (r recorder) Enabled(context.Context, slog.Level) bool           { return true }
func (r recorder) Handle(_ context.Context, record slog.Record) error { return r.handle(record) }
func (r recorder) WithAttrs([]slog.Attr) slog.Handler                 { return r }
func (r recorder) WithGroup(string) slog.Handler                      { return r }

func TestFromSlog_TheTimeIsTheLines(t *testing.T) {
	var at []time.Time
	var attrs int
	l := FromSlog(slog.New(recorder{func(r slog.Record) error {
		at = append(at, r.Time)
		attrs += r.NumAttrs()
		return nil
	}}))
	l.Info().Str("time", "2026-03-01T12:00:00.007Z").Msg("")
	l.Info().Msg("")
	assert.Equal(t, noon().UTC().Truncate(time.Millisecond), at[0])
	assert.False(t, at[1].IsZero())
	assert.Zero(t, attrs)
	l.Info().Str("time", "noon").Int("message", 7).Send()
	assert.Equal(t, 2, attrs, "what is none stays a field")
}

func TestFromSlog_FollowsTheHandlersLevel(t *testing.T) {
	var level slog.LevelVar
	var b bytes.Buffer
	l := FromSlog(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: &level})))
	l.Debug().Msg("no")
	assert.Zero(t, testing.AllocsPerRun(100, func() { l.Debug().Str("k", "v").Msg("no") }))
	assert.Empty(t, b.String())
	level.Set(slog.LevelDebug)
	l.Debug().Msg("yes")
	assert.Contains(t, b.String(), "msg=yes")

	b.Reset()
	level.Set(slog.LevelError)
	l = l.Sample(nil) // the sampler that asks is gone: the writer asks too
	l.Warn().Msg("no")
	assert.Empty(t, b.String())
}

func TestFromSlog_ALineThatIsNoneIsARecordAllTheSame(t *testing.T) {
	var got []string
	h := recorder{func(r slog.Record) error { got = append(got, r.Message); return nil }}
	for _, line := range []string{"hello", `{"a":`, `{"a"`, `{"a":[1,`, `{"a":{"b":`, `[1]`, ``} {
		write(t, slogWriter{h}, line)
	}
	assert.Equal(t, []string{"hello", `{"a":`, `{"a"`, `{"a":[1,`, `{"a":{"b":`, `[1]`, ``}, got)
}

func TestFromSlog_TellsTheHandlersError(t *testing.T) {
	h := recorder{func(slog.Record) error { return errDisk }}
	_, err := slogWriter{h}.Write([]byte(`{}`))
	require.ErrorIs(t, err, errDisk)
}

func TestFromSlog_ANilLogger(t *testing.T) {
	assert.PanicsWithValue(t, "log: FromSlog: the logger is nil", func() { FromSlog(nil) })
}

// There and back again, a record is what it was.
func TestFromSlog_RoundTrip(t *testing.T) {
	log := func(l *slog.Logger) {
		l.With("a", 1).WithGroup("g").Error("m", "b", []string{"x"}, slog.Group("h", "c", 2.5, "d", nil), "err", errors.New("e"))
	}
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	var direct, through bytes.Buffer
	log(slog.New(slog.NewJSONHandler(&direct, options)))
	log(slog.New(NewHandler(FromSlog(slog.New(slog.NewJSONHandler(&through, options))))))
	_, want, _ := strings.Cut(direct.String(), `"level"`)
	_, got, _ := strings.Cut(through.String(), `"level"`)
	assert.Equal(t, want, got)
}
