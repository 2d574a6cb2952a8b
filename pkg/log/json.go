package log

import (
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
)

// timeLayout is RFC 3339 with milliseconds. Times are in UTC, so that lines of
// several machines sort as text.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// JSON is a logger for machines: one JSON object a line, with the time in UTC to
// the millisecond (2006-01-02T15:04:05.000Z). It logs every level; use
// [zerolog.Logger.Level] on it to log less.
//
// Each line is one Write of w. Writes come one at a time, unless w is a *os.File
// or a writer of this package: those take care of that themselves.
func JSON(w io.Writer, opts ...Option) zerolog.Logger {
	o := optionsOf(opts)
	l := zerolog.New(serial(w))
	if o.now != nil {
		l = l.Hook(stamp{o.now})
	}
	return l
}

// stamp is the hook that writes a line's time. zerolog's own would write whole
// seconds, or what its package-level settings say.
type stamp struct{ now func() time.Time }

func (s stamp) Run(e *zerolog.Event, _ zerolog.Level, _ string) {
	if r, ok := e.GetCtx().(*recordContext); ok && r.take() {
		appendTime(e, r.time)
		return
	}
	appendTime(e, s.now())
}

func appendTime(e *zerolog.Event, t time.Time) {
	var b [len(timeLayout) + 8]byte
	e.Bytes(zerolog.TimestampFieldName, t.UTC().AppendFormat(b[:0], timeLayout))
}

// concurrent marks the writers of this package, which may be used by many
// goroutines at once.
type concurrent interface{ concurrent() }

// serial is w made safe for the use by many goroutines.
func serial(w io.Writer) io.Writer {
	switch w.(type) {
	case nil:
		return io.Discard
	case *os.File, concurrent:
		return w
	}
	if w == io.Discard {
		return w
	}
	return zerolog.SyncWriter(w)
}

// leveled is w as a writer that is told levels.
func leveled(w io.Writer) zerolog.LevelWriter {
	if lw, ok := w.(zerolog.LevelWriter); ok {
		return lw
	}
	return zerolog.LevelWriterAdapter{Writer: w}
}

// closeBeneath closes w if it can be closed and is none of the program's
// standard streams, which are not a logger's to close.
func closeBeneath(w io.Writer) error {
	if a, ok := w.(zerolog.LevelWriterAdapter); ok {
		w = a.Writer
	}
	if w == os.Stdout || w == os.Stderr {
		return nil
	}
	if c, ok := w.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
