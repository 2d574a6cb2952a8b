package log

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCapture_DecodesLines(t *testing.T) {
	var c Capture
	l := ForProcess(zerolog.New(&c), pid(7), "db")
	l.Warn().Int("n", 1<<60).Msg("hello")
	lines := c.Lines()
	require.Len(t, lines, 1)
	assert.Equal(t, zerolog.WarnLevel, lines[0].Level)
	assert.Equal(t, "!7", lines[0].Pid)
	assert.Equal(t, "db", lines[0].Title)
	assert.Equal(t, "hello", lines[0].Message)
	assert.Equal(t, `{"level":"warn","n":1152921504606846976,"pid":"!7","title":"db","message":"hello"}`, lines[0].String())
	assert.Equal(t, lines[0].Raw+"\n", c.String())
	c.Reset()
	assert.Empty(t, c.Lines())
	assert.Empty(t, c.String())
}

func TestCapture_KeepsWhatIsNoJSON(t *testing.T) {
	var c Capture
	n, err := io.WriteString(&c, "one\n{\"message\":\"two\"}\nnull\nlast")
	require.NoError(t, err)
	assert.Equal(t, 31, n)
	lines := c.Lines()
	require.Len(t, lines, 4)
	for i, want := range []string{"one", "two", "null", "last"} {
		assert.Equal(t, want, lines[i].Message)
		assert.Equal(t, zerolog.NoLevel, lines[i].Level)
	}
	assert.Nil(t, lines[0].Fields)
}

func TestCapture_FindsByValuesOfAnyType(t *testing.T) {
	var c Capture
	l := ForProcess(zerolog.New(&c), pid(7), "db")
	l.Error().Int("n", 3).Float64("f", 1.5).Bool("b", true).Strs("s", []string{"x"}).Err(io.EOF).
		Dict("d", l.Info().CreateDict().Int("k", 1)).Interface("nil", nil).Msg("hello")
	l.Info().Msg("other")
	for field, values := range map[string][]any{
		"n":     {3, uint8(3), int64(3)},
		"f":     {1.5, float32(1.5)},
		"b":     {true},
		"s":     {[]string{"x"}, []any{"x"}},
		"error": {"EOF", io.EOF},
		"d": {map[string]int{"k": 1}, struct {
			K int `json:"k"`
		}{1}},
		"nil":     {nil},
		"level":   {"error", zerolog.ErrorLevel},
		"message": {"hello"},
	} {
		for _, v := range values {
			found := c.Find(field, v)
			if assert.Len(t, found, 1, "%s=%#v", field, v) {
				assert.Equal(t, "hello", found[0].Message)
			}
		}
	}
	assert.Len(t, c.Find("pid", pid(7)), 2, "a Stringer by its text")
	assert.Empty(t, c.Find("n", 4))
	assert.Empty(t, c.Find("absent", nil))
	assert.Empty(t, c.Find("n", func() {}), "what has no JSON form equals nothing")
}

func TestCapture_WaitsForALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Capture
		l := zerolog.New(&c)
		type result struct {
			Line
			error
		}
		got := make(chan result)
		for range 2 {
			go func() {
				line, err := c.Wait(t.Context(), "n", 2)
				got <- result{line, err}
			}()
		}
		synctest.Wait()
		l.Info().Int("n", 1).Msg("")
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("took another line")
		default:
		}
		l.Info().Int("n", 2).Msg("this")
		for range 2 {
			r := <-got
			require.NoError(t, r.error)
			assert.Equal(t, "this", r.Message)
		}
		line, err := c.Wait(t.Context(), "n", 1)
		require.NoError(t, err, "it is there already")
		assert.True(t, line.Has("n", 1))

		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("too late"))
		defer cancel()
		_, err = c.Wait(ctx, "n", 3)
		require.EqualError(t, err, "log: no line with n=3: too late; there are:\n"+c.String())
	})
}

func TestCapture_ManyGoroutines(t *testing.T) {
	var c Capture
	l := zerolog.New(&c)
	var done sync.WaitGroup
	for w := range 8 {
		done.Go(func() {
			for i := range 100 {
				l.Info().Int("i", i).Msg(fmt.Sprint(w))
				if i%50 == 0 {
					c.Find("i", 0)
				}
			}
		})
	}
	_, err := c.Wait(t.Context(), "i", 99)
	require.NoError(t, err)
	done.Wait()
	assert.Len(t, c.Lines(), 800)
	assert.Len(t, c.Find("i", 7), 8)
}
