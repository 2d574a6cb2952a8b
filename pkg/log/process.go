package log

import (
	"fmt"

	"github.com/rs/zerolog"
)

// The fields that tell whose line it is.
const (
	PidField   = "pid"
	TitleField = "title"
)

// ForProcess is l with the pid and the title of a process on every line.
//
// They are written when a line is, after the line's own fields. A process that
// logs nothing costs two small allocations, not zerolog's half a kilobyte for a
// logger with fields.
func ForProcess(l zerolog.Logger, pid fmt.Stringer, title string) zerolog.Logger {
	return l.Hook(process{pid: pid, title: title})
}

// process is the hook that writes the fields of ForProcess. Being the last to
// write, it also has the last word where a line has a "title" of its own:
// readers of JSON take the later of two fields of one name.
type process struct {
	pid   fmt.Stringer
	title string
}

func (p process) Run(e *zerolog.Event, _ zerolog.Level, _ string) {
	e.Stringer(PidField, p.pid).Str(TitleField, p.title)
}
