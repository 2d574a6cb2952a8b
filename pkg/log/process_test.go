package log

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
)

type pid uint64

func (p pid) String() string { return "!" + strconv.FormatUint(uint64(p), 10) }

func TestForProcess_CarriesPidAndTitle(t *testing.T) {
	var b bytes.Buffer
	l := ForProcess(JSON(&b, WithoutTime()), pid(7), "db/pool")
	l.Info().Int("n", 1).Msg("hello")
	assert.Equal(t, `{"level":"info","n":1,"pid":"!7","title":"db/pool","message":"hello"}`+"\n", b.String())
}

func TestForProcess_ItsTitleOutranksAFieldOfThatName(t *testing.T) {
	var c Capture
	l := ForProcess(zerolog.New(&c), pid(7), "db/pool")
	l.Info().Str("title", "Dr").Msg("hello")
	assert.Equal(t, "db/pool", c.Lines()[0].Title)
}

func TestForProcess_DoesNotChangeTheLoggerItCameFrom(t *testing.T) {
	var c Capture
	base := JSON(&c, WithoutTime())
	a, b := ForProcess(base, pid(1), "a"), ForProcess(base, pid(2), "b")
	a.Info().Msg("")
	b.Info().Msg("")
	base.Info().Msg("")
	assert.Equal(t, []string{
		`{"level":"info","pid":"!1","title":"a"}`,
		`{"level":"info","pid":"!2","title":"b"}`,
		`{"level":"info"}`,
	}, texts(&c))
}

func TestS5_WithTheLevelOffNothingIsAllocated(t *testing.T) {
	base := JSON(NewAsync(io.Discard, 1)).Level(zerolog.InfoLevel)
	l := ForProcess(base, pid(7), "db/pool")
	err := fmt.Errorf("a: %w", io.EOF)
	allocs := testing.AllocsPerRun(1000, func() {
		l.Debug().Str("k", "v").Int("n", 1).Err(err).Msg("hello")
		Reasons(l.Debug(), err).Msg("hello")
	})
	assert.Zero(t, allocs)
}
