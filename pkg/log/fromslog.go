package log

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/rs/zerolog"
)

// FromSlog is a logger whose lines become records of l, for programs that have
// decided on slog. It panics if l is nil.
//
// Levels keep their meaning: trace is slog.LevelDebug-4, fatal slog.LevelError+4,
// panic slog.LevelError+8. What l's handler has not enabled is not made into a line, and
// costs no allocation. The fields become attributes in their order, objects groups;
// a time in RFC 3339 becomes the record's.
//
// Each line is made by zerolog and then taken apart again, which costs some
// microseconds.
func FromSlog(l *slog.Logger) zerolog.Logger {
	if l == nil {
		panic("log: FromSlog: the logger is nil")
	}
	h := l.Handler()
	return zerolog.New(slogWriter{h}).Sample(slogEnabled{h})
}

// slogEnabled asks the handler before a line is made. It takes a sampler's place
// because a handler may change its mind; a logger's level may not.
type slogEnabled struct{ h slog.Handler }

func (s slogEnabled) Sample(l zerolog.Level) bool {
	return s.h.Enabled(context.Background(), toSlogLevel(l))
}

type slogWriter struct{ h slog.Handler }

func (w slogWriter) concurrent() {}

func (w slogWriter) Write(p []byte) (int, error) { return w.WriteLevel(zerolog.NoLevel, p) }

func (w slogWriter) WriteLevel(l zerolog.Level, p []byte) (int, error) {
	ctx, level := context.Background(), toSlogLevel(l)
	if !w.h.Enabled(ctx, level) { // the logger's sampler may have been replaced
		return len(p), nil
	}
	var at time.Time
	var message string
	attrs, err := slogFields(p)
	if err != nil { // better an odd record than none
		message, attrs = string(bytes.TrimRight(p, "\n")), nil
	}
	kept := attrs[:0]
	for _, a := range attrs {
		switch isString := a.Value.Kind() == slog.KindString; {
		case a.Key == zerolog.LevelFieldName:
			continue
		case a.Key == zerolog.MessageFieldName && isString:
			message = a.Value.String()
			continue
		case a.Key == zerolog.TimestampFieldName && isString:
			if t, err := time.Parse(time.RFC3339Nano, a.Value.String()); err == nil {
				at = t
				continue
			}
		}
		kept = append(kept, a)
	}
	if at.IsZero() {
		at = time.Now()
	}
	r := slog.NewRecord(at, level, message, 0)
	r.AddAttrs(kept...)
	if err := w.h.Handle(ctx, r); err != nil {
		return 0, err
	}
	return len(p), nil
}

// slogFields is a line as attributes, in the order in which they are written.
func slogFields(line []byte) ([]slog.Attr, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, fmt.Errorf("log: a line begins with %v, not with an object", t)
	}
	return slogObject(d)
}

// slogObject is the object of which d has just read the opening brace.
func slogObject(d *json.Decoder) ([]slog.Attr, error) {
	var attrs []slog.Attr
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := slogValue(d)
		if err != nil {
			return nil, err
		}
		attrs = append(attrs, slog.Attr{Key: key.(string), Value: v})
	}
	_, err := d.Token()
	return attrs, err
}

func slogValue(d *json.Decoder) (slog.Value, error) {
	t, err := d.Token()
	if err != nil {
		return slog.Value{}, err
	}
	switch t := t.(type) {
	case json.Number:
		return slogNumber(t), nil
	case json.Delim:
		if t == '{' {
			attrs, err := slogObject(d)
			return slog.GroupValue(attrs...), err
		}
		list := []any{}
		for d.More() {
			v, err := slogValue(d)
			if err != nil {
				return slog.Value{}, err
			}
			list = append(list, slogAny(v))
		}
		_, err := d.Token()
		return slog.AnyValue(list), err
	default:
		return slog.AnyValue(t), nil
	}
}

// slogAny is v as an element of an array, where slog knows no groups.
func slogAny(v slog.Value) any {
	if v.Kind() != slog.KindGroup {
		return v.Any()
	}
	m := map[string]any{}
	for _, a := range v.Group() {
		m[a.Key] = slogAny(a.Value)
	}
	return m
}

func slogNumber(n json.Number) slog.Value {
	if i, err := n.Int64(); err == nil {
		return slog.Int64Value(i)
	}
	var u uint64
	if json.Unmarshal([]byte(n), &u) == nil {
		return slog.Uint64Value(u)
	}
	f, err := n.Float64()
	if err != nil {
		return slog.StringValue(n.String())
	}
	return slog.Float64Value(f)
}

func toSlogLevel(l zerolog.Level) slog.Level {
	switch {
	case l == zerolog.NoLevel:
		return slog.LevelInfo
	case l >= zerolog.PanicLevel:
		return slog.LevelError + 8
	default: // zerolog's levels are 1 apart, slog's 4; debug is 0 and -4
		return slog.LevelDebug + 4*slog.Level(l)
	}
}
