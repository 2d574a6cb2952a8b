package log

import (
	"time"
)

// Option changes how [JSON], [Console], [NewConsoleWriter] and [NewAsync] work.
// An option that does not concern what it is given to has no effect.
type Option func(*options)

type options struct {
	now         func() time.Time // nil: lines carry no time
	color       *bool            // nil: by looking at the writer
	timeLayout  string
	location    *time.Location
	pidColumn   int
	titleColumn int
}

func optionsOf(opts []Option) options {
	o := options{
		now:         time.Now,
		timeLayout:  "15:04:05.000",
		location:    time.Local,
		pidColumn:   6,
		titleColumn: 16,
	}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithClock makes lines carry now's time instead of time.Now's: that of a
// simulation, or a fixed one. A nil clock is [WithoutTime].
func WithClock(now func() time.Time) Option {
	return func(o *options) { o.now = now }
}

// WithoutTime makes lines carry no time, for places that add their own.
func WithoutTime() Option {
	return func(o *options) { o.now = nil }
}

// WithColor says whether the console uses colours, instead of finding out
// whether it writes to a terminal. NO_COLOR in the environment outranks it.
func WithColor(on bool) Option {
	return func(o *options) { o.color = &on }
}

// WithTimeFormat sets how the console shows a line's time: the layout, as in
// [time.Time.Format], and the zone; a nil zone is the local one. The default is
// "15:04:05.000" in local time.
func WithTimeFormat(layout string, zone *time.Location) Option {
	return func(o *options) {
		if zone == nil {
			zone = time.Local
		}
		o.timeLayout, o.location = layout, zone
	}
}

// WithColumns sets the widths of the console's pid and title columns, by default
// 6 and 16. What is longer than its column is shown in full all the same.
func WithColumns(pid, title int) Option {
	return func(o *options) { o.pidColumn, o.titleColumn = pid, title }
}
