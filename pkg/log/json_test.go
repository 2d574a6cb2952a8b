package log

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// noon is a clock for tests; its zone is not UTC.
func noon() time.Time {
	return time.Date(2026, 3, 1, 13, 0, 0, 7_999_999, time.FixedZone("", 3600))
}

func TestJSON_StampsInUTCToTheMillisecond(t *testing.T) {
	var b bytes.Buffer
	l := JSON(&b, WithClock(noon))
	l.Info().Msg("hello")
	assert.Equal(t, `{"level":"info","time":"2026-03-01T12:00:00.007Z","message":"hello"}`+"\n", b.String())
}

func TestJSON_WithoutTime(t *testing.T) {
	for _, opt := range []Option{WithoutTime(), WithClock(nil)} {
		var b bytes.Buffer
		l := JSON(&b, opt)
		l.Info().Msg("hello")
		assert.Equal(t, `{"level":"info","message":"hello"}`+"\n", b.String())
	}
}

func TestJSON_TakesABubblesTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Capture
		l := JSON(&c)
		time.Sleep(time.Hour)
		l.Info().Msg("")
		assert.Equal(t, "2000-01-01T01:00:00.000Z", c.Lines()[0].Fields["time"])
	})
}

func TestJSON_ManyGoroutinesMayLogToAnyWriter(t *testing.T) {
	var b bytes.Buffer // not safe by itself: the race detector would tell
	filter, err := NewFilter(&b, Levels{})
	require.NoError(t, err)
	for _, l := range []zerolog.Logger{JSON(&b), Console(&b), JSON(filter)} {
		b.Reset()
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() {
				for range 100 {
					l.Info().Msg("hello")
				}
			})
		}
		done.Wait()
		assert.Equal(t, 800, strings.Count(b.String(), "hello\n")+strings.Count(b.String(), "\"hello\"}\n"))
	}
}

func TestJSON_ANilWriterDiscards(t *testing.T) {
	for _, w := range []io.Writer{nil, io.Discard} {
		l := JSON(w)
		l.Info().Msg("hello")
	}
}
