package literal

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/harkgo/hark/pkg/proc"
)

// What of a literal has no parts.

func (w *writer) scalar(v reflect.Value, named bool) {
	text, t := "", v.Type()
	switch t.Kind() {
	case reflect.String:
		text = w.size.quote(v.String())
	case reflect.Bool:
		text = strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		text = strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		text = strconv.FormatUint(v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		text = strconv.FormatFloat(v.Float(), 'g', -1, t.Bits())
	case reflect.Complex64, reflect.Complex128:
		text = strconv.FormatComplex(v.Complex(), 'g', -1, t.Bits())
	case reflect.UnsafePointer:
		if named {
			text, named = TypeName(t), false
		}
	default: // a function, a channel, or a number that may be an address
		if text = TypeName(t); v.Kind() != reflect.Uintptr && v.IsNil() {
			text = "nil"
		}
		named = false
	}
	w.write(typed(text, t, named))
}

// typed is text with its type, unless that is plain from the text.
func typed(text string, t reflect.Type, named bool) string {
	switch {
	case !named, t == reflect.TypeFor[int](), t == reflect.TypeFor[bool](), t == reflect.TypeFor[string]():
		return text
	}
	return TypeName(t) + "(" + text + ")"
}

// looked is how many bytes of a string are looked at.
func (z size) looked() int { return z.quoted*utf8.UTFMax + 1 }

// quote is s, or as much of it as is short.
func (z size) quote(s string) string {
	short := s[:min(len(s), z.looked())]
	if !z.lines {
		short, _, _ = strings.Cut(short, "\n")
	}
	n := 0
	for i := range short {
		if n++; n > z.quoted {
			short = short[:i]
			break
		}
	}
	text := strconv.Quote(short)
	if len(short) < len(s) {
		text += "…"
	}
	return text
}

// textOf is what says more of some values than what they are made of. These methods of
// String are the library's and Go's own, and read what never changes.
func (z size) textOf(v reflect.Value) (text string, ok bool) {
	switch t := v.Type(); {
	case t == reflect.TypeFor[time.Duration]():
		return time.Duration(v.Int()).String(), true
	case t == reflect.TypeFor[time.Time]():
		return v.Interface().(time.Time).UTC().Format(time.RFC3339Nano), true
	case t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[proc.ID]().PkgPath() && !hasLock(t):
		if who, is := v.Interface().(fmt.Stringer); is { // an ID, a Pid, a reference
			return who.String(), true
		}
	}
	return z.errorText(v)
}

// errorText is the text of an error that errors.New or fmt.Errorf has made.
func (z size) errorText(v reflect.Value) (text string, ok bool) {
	t := v.Type()
	if path := t.PkgPath(); path != "errors" && path != "fmt" || t.Kind() != reflect.Struct {
		return "", false
	}
	if t.NumField() == 0 || t.Field(0).Type.Kind() != reflect.String {
		return "", false
	}
	return z.quote(v.Field(0).String()), true
}

// compareNumbers puts 9 before 10; it is 0 for what are no numbers.
func compareNumbers(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	}
	return 0
}
