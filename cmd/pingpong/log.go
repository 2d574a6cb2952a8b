package main

import (
	"io"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
)

// newLogger writes log lines for people. They go where the progress line goes,
// so that standard output holds the report and nothing else.
func newLogger(level zerolog.Level, w io.Writer) zerolog.Logger {
	return log.Console(w).Level(level)
}
