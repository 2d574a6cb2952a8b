package log

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
)

func TestReasons_TheWholeChainDownToTheFirstCause(t *testing.T) {
	wrapped := fmt.Errorf("db: %w", fmt.Errorf("ping: %w", io.EOF))
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, `{"level":"error"}`},
		{"one", io.EOF, `{"level":"error","reasons":["EOF"]}`},
		{"chain", wrapped, `{"level":"error","reasons":["db","ping","EOF"]}`},
		{"joined", errors.Join(wrapped, os.ErrClosed),
			`{"level":"error","reasons":["db: ping: EOF\nfile already closed","db","ping","EOF","file already closed"]}`},
		{"a text of its own", fmt.Errorf("EOF of %w", io.EOF), `{"level":"error","reasons":["EOF of EOF","EOF"]}`},
		{"twice the same", fmt.Errorf("db: %w", fmt.Errorf("db: %w", io.EOF)), `{"level":"error","reasons":["db","db","EOF"]}`},
		{"wraps itself", mirror{}, `{"level":"error","reasons":[` + strings.Repeat(`"I",`, mostReasons) + `"…"]}`},
		{"says the same", errors.Join(io.EOF), `{"level":"error","reasons":["EOF"]}`},
		{"its text panics", onlyText{(*os.PathError)(nil)},
			`{"level":"error","reasons":["(log.onlyText: its Error method panicked: runtime error: invalid memory address or nil pointer dereference)"]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			l := zerolog.New(&b)
			Reasons(l.Error(), tt.err).Msg("")
			assert.Equal(t, tt.want, strings.TrimSpace(b.String()))
		})
	}
}

// onlyText is an error without its causes.
type onlyText struct{ err error }

func (o onlyText) Error() string { return o.err.Error() }

type selfish struct{}

func (selfish) Error() string { return "I" }
func (s selfish) Unwrap() []error {
	return []error{errors.New("me"), s}
}

type mirror struct{}

func (mirror) Error() string   { return "I" }
func (m mirror) Unwrap() error { return m }

func TestReasons_AChainThatLeadsBackToItselfEnds(t *testing.T) {
	assert.Len(t, appendReasons(nil, selfish{}), mostReasons+1)
}
