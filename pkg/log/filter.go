package log

import (
	"io"

	"github.com/rs/zerolog"
)

// Filter is a writer that lets through what its levels allow, by the title that
// a line has: for a place that shall see certain processes only, or all but
// some. Where lines shall not be made in the first place, give the levels to the
// processes instead; that costs nothing for a line.
//
// A line without a title is one whose title is empty: the default level is for
// it, or that of the pattern "**". A line without a level passes unless its title
// is disabled.
//
// To find the title the line is skimmed, not decoded: a few hundred nanoseconds for a short one.
type Filter struct {
	out    zerolog.LevelWriter
	levels Levels
}

// NewFilter is a Filter onto w. It fails if a pattern is malformed.
func NewFilter(w io.Writer, levels Levels) (*Filter, error) {
	if err := levels.Check(); err != nil {
		return nil, err
	}
	return &Filter{leveled(serial(w)), levels}, nil
}

func (f *Filter) concurrent() {}

// Write passes a line on if the level that is written in it is enough.
func (f *Filter) Write(p []byte) (int, error) {
	level := zerolog.NoLevel
	if name, ok := stringField(p, zerolog.LevelFieldName); ok {
		if l, err := zerolog.ParseLevel(string(name)); err == nil {
			level = l
		}
	}
	return f.WriteLevel(level, p)
}

// WriteLevel passes a line on if its level is enough. It returns len(p) and nil
// if it does not.
func (f *Filter) WriteLevel(level zerolog.Level, p []byte) (int, error) {
	title, _ := stringField(p, TitleField)
	least := f.levels.For(string(title))
	if least == zerolog.Disabled || level < least {
		return len(p), nil
	}
	return f.out.WriteLevel(level, p)
}

// Close closes the writer beneath if that can be closed, but for the program's
// standard streams. zerolog does so before a fatal line ends the program.
func (f *Filter) Close() error { return closeBeneath(f.out) }
