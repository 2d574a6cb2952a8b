package log

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/rs/zerolog"
)

// NewHandler is an slog.Handler whose records become lines of l, for code that
// logs with slog.
//
// Levels keep their meaning: below slog.LevelDebug is trace, from
// slog.LevelError on is error; a level between two is the lower one. Groups
// are objects. The line's time is the record's, also where l stamps its lines
// itself as a logger made by [JSON] does; one that has zerolog's own Timestamp
// will write both. l's sampling and hooks apply as to any of its lines.
//
// zerolog has a handler of its own, which writes the attributes given before a
// group as if they were in it, and times by whole seconds.
func NewHandler(l zerolog.Logger) slog.Handler {
	return &handler{logger: l.Hook(recordTime{})}
}

type handler struct {
	logger zerolog.Logger // with the attributes that are in no group
	groups []slogGroup    // the open ones, from the outermost on
}

type slogGroup struct {
	name  string
	attrs []slog.Attr
}

// recordContext carries a record's time to the hook that writes it: l's own stamp
// if it has one, else the handler's, which is the last.
type recordContext struct {
	context.Context
	time  time.Time
	taken bool
}

// take is true the first time, if there is a time to take.
func (r *recordContext) take() bool {
	first := !r.taken && !r.time.IsZero()
	r.taken = true
	return first
}

type recordTime struct{}

func (recordTime) Run(e *zerolog.Event, _ zerolog.Level, _ string) {
	if r, ok := e.GetCtx().(*recordContext); ok && r.take() {
		appendTime(e, r.time)
	}
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	l := fromSlogLevel(level)
	return l >= h.logger.GetLevel() && l >= zerolog.GlobalLevel()
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	e := h.logger.WithLevel(fromSlogLevel(r.Level))
	if e == nil {
		return nil
	}
	if ctx == nil {
		ctx = context.Background()
	}
	e = e.Ctx(&recordContext{Context: ctx, time: r.Time})
	h.appendRecord(e, h.groups, r)
	e.Msg(r.Message)
	return nil
}

// appendRecord adds the groups, and in the innermost the record's attributes. It
// reports whether there was anything to add: an empty group is left out.
func (h *handler) appendRecord(e *zerolog.Event, groups []slogGroup, r slog.Record) bool {
	added := false
	if len(groups) == 0 {
		r.Attrs(func(a slog.Attr) bool {
			added = appendAttr(e, a) || added
			return true
		})
		return added
	}
	dict := e.CreateDict()
	for _, a := range groups[0].attrs {
		added = appendAttr(dict, a) || added
	}
	if h.appendRecord(dict, groups[1:], r) || added {
		e.Dict(groups[0].name, dict)
		return true
	}
	return false
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	if len(h.groups) == 0 {
		return &handler{logger: h.logger.With().EmbedObject(slogAttrs(attrs)).Logger()}
	}
	last := len(h.groups) - 1
	groups := append([]slogGroup(nil), h.groups...)
	groups[last].attrs = append(append([]slog.Attr(nil), groups[last].attrs...), attrs...)
	return &handler{h.logger, groups}
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	groups := append([]slogGroup(nil), h.groups...)
	return &handler{h.logger, append(groups, slogGroup{name: name})}
}

type slogAttrs []slog.Attr

func (attrs slogAttrs) MarshalZerologObject(e *zerolog.Event) {
	for _, a := range attrs {
		appendAttr(e, a)
	}
}

// appendAttr reports whether there was anything to add.
func appendAttr(e *zerolog.Event, a slog.Attr) bool {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		return appendGroup(e, a.Key, v.Group())
	}
	if a.Key == "" && v.Kind() == slog.KindAny && v.Any() == nil {
		return false // the empty attribute
	}
	switch v.Kind() {
	case slog.KindString:
		e.Str(a.Key, v.String())
	case slog.KindInt64:
		e.Int64(a.Key, v.Int64())
	case slog.KindUint64:
		e.Uint64(a.Key, v.Uint64())
	case slog.KindFloat64:
		e.Float64(a.Key, v.Float64())
	case slog.KindBool:
		e.Bool(a.Key, v.Bool())
	case slog.KindDuration:
		e.Dur(a.Key, v.Duration())
	case slog.KindTime:
		e.Str(a.Key, v.Time().Format(time.RFC3339Nano))
	default:
		appendAny(e, a.Key, v.Any())
	}
	return true
}

func appendGroup(e *zerolog.Event, name string, attrs []slog.Attr) bool {
	to := e
	if name != "" {
		to = e.CreateDict()
	}
	added := false
	for _, a := range attrs {
		added = appendAttr(to, a) || added
	}
	if added && name != "" {
		e.Dict(name, to)
	}
	return added
}

// appendAny adds a value in the form it has chosen for itself. A value that
// panics while it is asked is shown as the panic, as slog's own handlers do.
func appendAny(e *zerolog.Event, key string, value any) {
	defer func() {
		if p := recover(); p != nil {
			if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && v.IsNil() {
				e.Interface(key, nil)
				return
			}
			e.Str(key, fmt.Sprintf("!PANIC: %v", p))
		}
	}()
	switch v := value.(type) {
	case zerolog.LogObjectMarshaler:
		e.Object(key, v)
	case error:
		e.Str(key, v.Error())
	case json.Marshaler, encoding.TextMarshaler:
		e.Interface(key, v)
	case fmt.Stringer:
		e.Str(key, v.String())
	default:
		e.Interface(key, v)
	}
}

func fromSlogLevel(l slog.Level) zerolog.Level {
	switch {
	case l < slog.LevelDebug:
		return zerolog.TraceLevel
	case l < slog.LevelInfo:
		return zerolog.DebugLevel
	case l < slog.LevelWarn:
		return zerolog.InfoLevel
	case l < slog.LevelError:
		return zerolog.WarnLevel
	default:
		return zerolog.ErrorLevel
	}
}
