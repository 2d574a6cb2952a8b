package log

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/rs/zerolog"
)

// Capture is a writer that keeps what is written, for tests. The zero Capture is
// empty and ready:
//
//	var lines log.Capture
//	logger := zerolog.New(&lines)
type Capture struct {
	mu      sync.Mutex
	lines   []Line
	changed chan struct{} // closed at the next line; nil if nobody waits
}

// Line is a captured line.
type Line struct {
	Level   zerolog.Level
	Pid     string
	Title   string
	Message string // what is no JSON object is all message
	// Fields are all the fields, those above included. Numbers are
	// json.Number, objects map[string]any.
	Fields map[string]any
	// Raw is the line as it was written, without the newline.
	Raw string
}

// String is l.Raw.
func (l Line) String() string { return l.Raw }

// Has reports whether the line has the field with that value. Values are compared
// as what they are in JSON, so that any type of number will do; an error is
// compared by its text, and so is a fmt.Stringer that has no JSON form of its own.
func (l Line) Has(field string, value any) bool {
	got, ok := l.Fields[field]
	return ok && reflect.DeepEqual(got, inLine(value))
}

func (c *Capture) concurrent() {}

// Write keeps a line, the level of which is the one that is written in it. If p
// has several lines they are kept one by one.
func (c *Capture) Write(p []byte) (int, error) {
	n := len(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(p) > 0 {
		line, rest, _ := bytes.Cut(p, []byte("\n"))
		c.lines = append(c.lines, newLine(line))
		p = rest
	}
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
	return n, nil
}

func newLine(raw []byte) Line {
	l := Line{Raw: string(raw), Level: zerolog.NoLevel}
	if decode(raw, &l.Fields) != nil || l.Fields == nil {
		l.Message, l.Fields = l.Raw, nil
		return l
	}
	l.Pid, _ = l.Fields[PidField].(string)
	l.Title, _ = l.Fields[TitleField].(string)
	l.Message, _ = l.Fields[zerolog.MessageFieldName].(string)
	if name, ok := l.Fields[zerolog.LevelFieldName].(string); ok {
		if level, err := zerolog.ParseLevel(name); err == nil {
			l.Level = level
		}
	}
	return l
}

// Lines are all lines so far.
func (c *Capture) Lines() []Line { return c.find(func(Line) bool { return true }) }

// Find is the lines that have a field with that value; see [Line.Has].
func (c *Capture) Find(field string, value any) []Line {
	return c.find(func(l Line) bool { return l.Has(field, value) })
}

func (c *Capture) find(want func(Line) bool) []Line {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []Line
	for _, l := range c.lines {
		if want(l) {
			found = append(found, l)
		}
	}
	return found
}

// Wait is the first line that has a field with that value; see [Line.Has]. It
// waits until there is one. If ctx ends before that, the error says which lines
// there were instead.
func (c *Capture) Wait(ctx context.Context, field string, value any) (Line, error) {
	for {
		c.mu.Lock()
		for _, l := range c.lines {
			if l.Has(field, value) {
				c.mu.Unlock()
				return l, nil
			}
		}
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return Line{}, fmt.Errorf("log: no line with %s=%v: %w; there are:\n%s", field, value, context.Cause(ctx), c)
		}
	}
}

// Reset forgets all lines.
func (c *Capture) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = nil
}

// String is all lines as they were written.
func (c *Capture) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, l := range c.lines {
		b.WriteString(l.Raw)
		b.WriteByte('\n')
	}
	return b.String()
}

func decode(p []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(p))
	d.UseNumber()
	return d.Decode(to)
}

// inLine is value as it would come out of a line.
func inLine(value any) any {
	switch v := value.(type) {
	case json.Marshaler, encoding.TextMarshaler:
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var decoded any
	if err := decode(b, &decoded); err != nil {
		return err
	}
	return decoded
}
