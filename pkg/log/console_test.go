package log

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func console(w io.Writer, opts ...Option) zerolog.Logger {
	return Console(w, append([]Option{WithClock(noon), WithTimeFormat("15:04:05.000", time.UTC)}, opts...)...)
}

func TestConsole_PidAndTitleColumnsAreAligned(t *testing.T) {
	var b bytes.Buffer
	l := console(&b)
	p := ForProcess(l, pid(7), "db")
	q := ForProcess(l, pid(1234567), "a/title/longer/than/its/column")
	r := ForProcess(l, pid(12), "größe")
	p.Info().Int("attempt", 2).Str("to", "a b").Msg("connected")
	l.Warn().Msg("of no process")
	q.Debug().Msg("hello")
	r.Error().Err(io.EOF).Str("a", "1").Msg("")
	assert.Equal(t, strings.TrimLeft(`
12:00:00.007 INF !7     db               connected attempt=2 to="a b"
12:00:00.007 WRN                         of no process
12:00:00.007 DBG !1234567 a/title/longer/than/its/column hello
12:00:00.007 ERR !12    größe            error=EOF a=1
`, "\n"), b.String())
}

func TestConsole_Columns(t *testing.T) {
	var b bytes.Buffer
	l := ForProcess(console(&b, WithColumns(3, 5), WithoutTime()), pid(7), "db")
	l.Info().Msg("hello")
	assert.Equal(t, "INF !7  db    hello\n", b.String())
}

func TestConsole_TextOfSeveralLinesIsSetIn(t *testing.T) {
	var b bytes.Buffer
	l := ForProcess(console(&b), pid(7), "db")
	Reasons(l.Error(), fmt.Errorf("db: %w", errors.Join(io.EOF, os.ErrClosed))).
		Str("stack", "goroutine 1 [running]:\nmain.main()\n\tmain.go:7\n").Int("n", 1).Msg("crashed\nbadly")
	l.Info().Msg("on")
	assert.Equal(t, strings.TrimLeft(`
12:00:00.007 ERR !7     db               crashed
    badly n=1
    reasons:
        - db
        - EOF
          file already closed
        - EOF
        - file already closed
    stack:
        goroutine 1 [running]:
        main.main()
        	main.go:7
12:00:00.007 INF !7     db               on
`, "\n"), b.String())
}

func TestConsole_NoTextCanFakeALineOrCommandTheTerminal(t *testing.T) {
	const evil = "x\x1b[2J\r\n12:00:00.007 INF !1 root fine\x07\u009b31m"
	var b bytes.Buffer
	l := ForProcess(console(&b), pid(7), evil)
	l.Error().Str("k", evil).Str(evil, evil).Strs("list", []string{evil}).Str(blocksKey, evil).
		Interface("obj", map[string]string{"k": evil}).Err(errors.New(evil)).Msg(evil)
	raw := strings.TrimSuffix(b.String(), "\n")
	for i, line := range strings.Split(raw, "\n") {
		if i > 0 {
			assert.Regexp(t, `^( |12:00:00.007 ERR )`, line)
		}
		assert.NotContains(t, line, "\x1b")
		assert.NotContains(t, line, "\x07")
		assert.NotContains(t, line, "\r")
	}
	assert.Equal(t, 1, strings.Count("\n"+raw, "\n12:00:00.007"), "one line only begins like one:\n%s", raw)
}

func TestConsole_OtherReasonsFieldsStayAsTheyAre(t *testing.T) {
	var b bytes.Buffer
	l := console(&b, WithoutTime())
	l.Info().Ints(ReasonsField, []int{1, 2}).Msg("a")
	l.Info().Strs("list", []string{"x", "y"}).Msg("b")
	l.Info().Int(PidField, 7).Int(TitleField, 8).Msg("c")
	assert.Equal(t, strings.TrimLeft(`
INF                         a reasons=[1,2]
INF                         b list=["x","y"]
INF 7      8                c
`, "\n"), b.String())
}

func TestConsole_TimesOfOtherLoggersAreShownToo(t *testing.T) {
	var b bytes.Buffer
	c := NewConsoleWriter(&b, WithTimeFormat("15:04", time.UTC))
	for _, at := range []string{`"2026-03-01T13:00:00+01:00"`, `1772366400`, `"noon"`, `null`} {
		write(t, c, `{"level":"info","time":`+at+`,"message":"m"}`)
	}
	column := strings.Repeat(" ", 25)
	assert.Equal(t, "12:00 INF"+column+"m\n1772366400 INF"+column+"m\nnoon INF"+column+"m\nINF"+column+"m\n", b.String())
}

func TestConsole_WhatIsNoLineIsShownAsItIs(t *testing.T) {
	var b bytes.Buffer
	c := NewConsoleWriter(&b)
	write(t, c, "hello\n\x1bworld")
	write(t, c, `{"level":`)
	write(t, c, `[1]`)
	assert.Equal(t, "hello\n    \\x1bworld\n{\"level\":\n[1]\n", b.String())
}

func TestConsole_Colours(t *testing.T) {
	t.Setenv("TERM", "xterm")
	line := func(t *testing.T, w io.Writer, b *bytes.Buffer, opts ...Option) string {
		t.Helper()
		l := ForProcess(Console(w, append(opts, WithoutTime())...), pid(7), "db")
		l.Info().Msg("hello")
		return b.String()
	}
	t.Run("asked for", func(t *testing.T) {
		t.Setenv("NO_COLOR", "")
		var b bytes.Buffer
		assert.Equal(t, "\x1b[32mINF\x1b[0m \x1b[36m!7\x1b[0m     \x1b[34mdb\x1b[0m               \x1b[1mhello\x1b[0m\n",
			line(t, &b, &b, WithColor(true)))
	})
	t.Run("not on what is no terminal", func(t *testing.T) {
		t.Setenv("NO_COLOR", "")
		var b bytes.Buffer
		assert.NotContains(t, line(t, &b, &b), "\x1b")
	})
	t.Run("NO_COLOR outranks", func(t *testing.T) {
		t.Setenv("NO_COLOR", "1")
		var b bytes.Buffer
		assert.NotContains(t, line(t, &b, &b, WithColor(true)), "\x1b")
	})
	t.Run("a device, not a file", func(t *testing.T) {
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		require.NoError(t, err)
		defer null.Close()
		assert.True(t, isTerminal(null))
		file, err := os.Create(t.TempDir() + "/log")
		require.NoError(t, err)
		defer file.Close()
		assert.False(t, isTerminal(file))
		assert.False(t, isTerminal(&bytes.Buffer{}))
	})
}

func TestConsole_ErrorsOfTheWriterBeneath(t *testing.T) {
	for _, tt := range []struct {
		w    writerFunc
		says string
	}{
		{func([]byte) (int, error) { return 0, errDisk }, "log: console: disk full"},
		{func([]byte) (int, error) { return 1, nil }, "log: console: short write"},
	} {
		_, err := NewConsoleWriter(tt.w).Write([]byte(`{"level":"info"}`))
		require.EqualError(t, err, tt.says)
	}
}

type closer struct {
	bytes.Buffer
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestClose_ClosesWhatIsBeneathButNotTheStandardStreams(t *testing.T) {
	var c closer
	require.NoError(t, NewConsoleWriter(&c).Close())
	filter, err := NewFilter(&c, Levels{})
	require.NoError(t, err)
	require.NoError(t, filter.Close())
	assert.Equal(t, 2, c.closed)

	require.NoError(t, NewConsoleWriter(os.Stderr).Close())
	filter, err = NewFilter(os.Stdout, Levels{})
	require.NoError(t, err)
	require.NoError(t, filter.Close())
	_, err = os.Stderr.Stat()
	require.NoError(t, err)
	_, err = os.Stdout.Stat()
	require.NoError(t, err)
	require.NoError(t, NewConsoleWriter(io.Discard).Close())
}
