package log

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slogNames are zerolog's field names as slogtest wants them.
func slogNames(line []byte) map[string]any {
	var m map[string]any
	if err := json.Unmarshal(line, &m); err != nil {
		panic(err)
	}
	if msg, ok := m[zerolog.MessageFieldName]; ok {
		m[slog.MessageKey] = msg
	}
	return m
}

func TestHandler_Slogtest(t *testing.T) {
	for _, stamped := range []bool{false, true} {
		t.Run(fmt.Sprintf("stamped=%v", stamped), func(t *testing.T) {
			var b bytes.Buffer
			slogtest.Run(t, func(t *testing.T) slog.Handler {
				b.Reset()
				if stamped && !strings.Contains(t.Name(), "zero-time") { // there the logger's own time is right
					return NewHandler(JSON(&b))
				}
				return NewHandler(zerolog.New(&b))
			}, func(*testing.T) map[string]any { return slogNames(b.Bytes()) })
		})
	}
}

func slogLine(log func(*slog.Logger)) string {
	var b bytes.Buffer
	log(slog.New(NewHandler(zerolog.New(&b))))
	line := b.String()
	if i := strings.Index(line, `,"time":"`); i >= 0 {
		line = line[:i] + line[i+len(`,"time":"2006-01-02T15:04:05.000Z"`):]
	}
	return strings.TrimSuffix(line, "\n")
}

type valuer struct{ v slog.Value }

func (v valuer) LogValue() slog.Value { return v.v }

type panics struct{}

func (*panics) String() string { panic("no text") }

type object struct{ N int }

func (o object) MarshalZerologObject(e *zerolog.Event) { e.Int("n", o.N) }

func TestHandler_Values(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 1234567, time.UTC)
	for want, value := range map[string]any{
		`"s"`:                              "s",
		`-7`:                               -7,
		`18446744073709551615`:             uint64(math.MaxUint64),
		`1.5`:                              1.5,
		`true`:                             true,
		`1500`:                             1500 * time.Millisecond, // zerolog's unit
		`"2026-03-01T12:00:00.001234567Z"`: at,
		`null`:                             nil,
		`[1,2]`:                            []int{1, 2},
		`"!7"`:                             pid(7),
		`"a: EOF"`:                         fmt.Errorf("a: %w", io.EOF),
		`"10.0.0.1"`:                       netip.MustParseAddr("10.0.0.1"),
		`"!PANIC: no text"`:                &panics{},
		`{"n":3}`:                          object{3},
		`"resolved"`:                       valuer{slog.AnyValue(valuer{slog.StringValue("resolved")})},
		`{"x":1}`:                          valuer{slog.GroupValue(slog.Int("x", 1))},
	} {
		got := slogLine(func(l *slog.Logger) { l.Info("m", "k", value) })
		assert.Equal(t, `{"level":"info","k":`+want+`,"message":"m"}`, got)
	}
	type onNil struct{ pid }
	assert.Equal(t, `{"level":"info","k":null,"message":"m"}`, slogLine(func(l *slog.Logger) { l.Info("m", "k", (*onNil)(nil)) }))
	assert.Equal(t, `{"level":"info","":1,"message":"m"}`, slogLine(func(l *slog.Logger) { l.Info("m", "", 1) }))
}

func TestHandler_GroupsAndAttributesKeepTheirPlaces(t *testing.T) {
	got := slogLine(func(l *slog.Logger) {
		base := l.With("a", 1).WithGroup("g").With("b", 2)
		_ = base.With("sibling", 1)                // changes nothing in base
		_ = base.WithGroup("h").With("sibling", 2) // neither does this
		_ = base.WithGroup("").With()              // and these are nothing
		base.WithGroup("h").Info("m", "c", 3, slog.Group("i", "d", 4, slog.Group("empty")))
	})
	assert.Equal(t, `{"level":"info","a":1,"g":{"b":2,"h":{"c":3,"i":{"d":4}}},"message":"m"}`, got)
}

func TestHandler_NothingToAddIsNothingAdded(t *testing.T) {
	empty := slog.Group("empty", slog.Group("too"))
	for _, log := range []func(*slog.Logger){
		func(l *slog.Logger) { l.With(empty).Info("m") },
		func(l *slog.Logger) { l.With(slog.Attr{}).Info("m", empty) },
		func(l *slog.Logger) { l.WithGroup("g").With(empty).WithGroup("h").Info("m", empty) },
	} {
		assert.Equal(t, `{"level":"info","message":"m"}`, slogLine(log))
	}
}

func TestHandler_Levels(t *testing.T) {
	var c Capture
	l := slog.New(NewHandler(zerolog.New(&c)))
	for _, level := range []slog.Level{-8, -5, slog.LevelDebug, -1, slog.LevelInfo, 3, slog.LevelWarn, 7, slog.LevelError, 12} {
		l.Log(t.Context(), level, "")
	}
	var got []string
	for _, line := range c.Lines() {
		got = append(got, line.Level.String())
	}
	assert.Equal(t, "trace trace debug debug info info warn warn error error", strings.Join(got, " "))
}

func TestHandler_EnabledFollowsTheLogger(t *testing.T) {
	h := NewHandler(zerolog.New(io.Discard).Level(zerolog.WarnLevel))
	assert.False(t, h.Enabled(t.Context(), slog.LevelInfo))
	assert.True(t, h.Enabled(t.Context(), slog.LevelWarn))
	assert.False(t, NewHandler(zerolog.Nop()).Enabled(t.Context(), slog.LevelError))
	l := slog.New(h)
	assert.Zero(t, testing.AllocsPerRun(100, func() { l.LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Int("n", 1)) }))
	require.NoError(t, h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelDebug, "", 0)), "not asked before")
}

func TestHandler_TheTimeIsTheRecordsAndWrittenOnce(t *testing.T) {
	r := slog.NewRecord(noon(), slog.LevelInfo, "m", 0)
	for _, l := range []func(io.Writer) zerolog.Logger{
		func(w io.Writer) zerolog.Logger { return JSON(w) },
		func(w io.Writer) zerolog.Logger { return zerolog.New(w) },
	} {
		var b bytes.Buffer
		require.NoError(t, NewHandler(l(&b)).Handle(t.Context(), r))
		assert.Equal(t, `{"level":"info","time":"2026-03-01T12:00:00.007Z","message":"m"}`+"\n", b.String())
	}
}

type key struct{}

func TestHandler_HooksSeeTheContext(t *testing.T) {
	var c Capture
	l := zerolog.New(&c).Hook(zerolog.HookFunc(func(e *zerolog.Event, _ zerolog.Level, _ string) {
		if v, ok := e.GetCtx().Value(key{}).(string); ok {
			e.Str("trace", v)
		}
	}))
	slog.New(NewHandler(l)).InfoContext(context.WithValue(t.Context(), key{}, "abc"), "m")
	assert.Len(t, c.Find("trace", "abc"), 1)
	//lint:ignore SA1012 a nil context does no harm
	require.NoError(t, NewHandler(l).Handle(nil, slog.Record{}))
}
