// Package literal writes values for the reports of tests.
//
// A literal has the fields of structs in their order and without their names, and is cut
// where it becomes long:
//
//	account.Transfer{"ada" "bob" 7}
//
// It depends on nothing but the value, or two reports of one run would differ, and does
// nothing to the run. So it calls no method of the program: a String or an Error may wait,
// panic, ask a process, or read what somebody else writes. What is only an address has no
// text but its type: functions, channels, and what sees to its own safety (see [Look]). The
// entries of a map are sorted. A field that says nothing, such as a proc.ReplyTo, is left
// out.
package literal

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"unsafe"
)

// size is how much of a value is written. What would come after that is not looked at.
type size struct {
	width   int  // characters
	quoted  int  // of them in a string
	entries int  // of a map
	lines   bool // a string may have more than one
}

var (
	short = size{width: 72, quoted: 32, entries: 200}
	long  = size{width: 4000, quoted: 1000, entries: 200, lines: true}
)

const deepest = 12 // values in values

// Of is the text of a value, in one line that is short. Types that are shared are not looked
// into.
func Of(value any, shared map[reflect.Type]bool) string { return short.of(value, shared) }

// Whole is all of a value, unless that is very long.
func Whole(value any) string { return long.of(value, nil) }

func (z size) of(value any, shared map[reflect.Type]bool) string {
	if value == nil {
		return "nil"
	}
	w := writer{shared: shared, size: z, room: z.width, entries: z.entries}
	w.value(reflect.ValueOf(value), true, 0)
	return string(w.text)
}

// writer is a text that grows until it is as long as it may be.
type writer struct {
	shared  map[reflect.Type]bool
	size    size
	text    []byte
	room    int         // for so many characters
	cut     bool        // there was not enough
	entries int         // that maps may have, the product of all that are in each other
	path    []reference // to the present value
}

// reference is a pointer with its type: one to a struct is none to its first field.
type reference struct {
	to unsafe.Pointer
	of reflect.Type
}

// write appends text, or its beginning and a mark.
func (w *writer) write(text string) {
	if w.cut {
		return
	}
	for i := range text {
		if w.room == 0 {
			w.text = append(append(w.text, text[:i]...), "…"...)
			w.cut = true
			return
		}
		w.room--
	}
	w.text = append(w.text, text...)
}

// value writes v, which is not read-only. It is named if its type is to be told.
func (w *writer) value(v reflect.Value, named bool, depth int) {
	t := v.Type()
	switch text, ok := w.size.textOf(v); {
	case w.cut:
	case depth > deepest:
		w.write("…")
	case ok:
		w.write(text)
	case w.closed(t):
		w.write(TypeName(t))
	case t.Kind() == reflect.Struct:
		w.structure(addressable(v), named, depth)
	case t.Kind() == reflect.Map:
		w.entriesOf(v, named, depth)
	case t.Kind() == reflect.Array, t.Kind() == reflect.Slice:
		w.elements(addressable(v), named, depth)
	case t.Kind() == reflect.Pointer:
		w.pointer(v, named, depth)
	case t.Kind() == reflect.Interface:
		if v.IsNil() {
			w.write("nil")
		} else {
			w.value(v.Elem(), true, depth+1)
		}
	default:
		w.scalar(v, named)
	}
}

// closed reports whether values of a type are not looked into. Those of the library's own
// packages are when they are sent, as an end or a reply is: nobody changes them.
func (w *writer) closed(t reflect.Type) bool {
	return w.shared[t] || Look(t).Guarded && (hasLock(t) || !ownPackage(t.PkgPath()))
}

// addressable is v, or if it is none a copy of v that is, so that what is in its fields
// can be read.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() || v.Kind() == reflect.Slice {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

func (w *writer) structure(v reflect.Value, named bool, depth int) {
	if named {
		w.write(TypeName(v.Type()))
	}
	before, room := len(w.text), w.room
	w.write("{")
	inner, between := len(w.text), ""
	for i := 0; i < v.NumField() && !w.cut; i++ {
		if v.Type().Field(i).Name == "_" {
			continue
		}
		at, roomAt := len(w.text), w.room
		w.write(between)
		f, begin := v.Field(i), len(w.text)
		if w.value(reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem(), false, depth+1); len(w.text) == begin && !w.cut {
			w.text, w.room = w.text[:at], roomAt
		} else {
			between = " "
		}
	}
	if len(w.text) == inner && !w.cut {
		w.text, w.room = w.text[:before], room
		return
	}
	w.write("}")
}

func (w *writer) elements(v reflect.Value, named bool, depth int) {
	t := v.Type()
	if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
		text := w.size.quote(string(v.Bytes()[:min(v.Len(), w.size.looked())]))
		w.write(typed(text, t, named))
		return
	}
	w.begin(t, "[", named)
	for i := 0; i < v.Len() && !w.cut; i++ {
		if i > 0 {
			w.write(" ")
		}
		w.element(v.Index(i), false, depth)
	}
	w.end("]", named)
}

// element writes what cannot be left out, for others come after it.
func (w *writer) element(v reflect.Value, named bool, depth int) {
	begin := len(w.text)
	if w.value(v, named, depth+1); len(w.text) == begin {
		w.write("{}")
	}
}

func (w *writer) begin(t reflect.Type, text string, named bool) {
	if named {
		text = TypeName(t) + "{"
	}
	w.write(text)
}

func (w *writer) end(text string, named bool) {
	if named {
		text = "}"
	}
	w.write(text)
}

// entriesOf writes a map. An order needs the texts of all entries, so how many there may
// be is limited, and by nothing that depends on which come first.
func (w *writer) entriesOf(v reflect.Value, named bool, depth int) {
	n := v.Len()
	w.begin(v.Type(), "map[", named)
	if n > w.entries {
		w.write(entries(n))
		w.end("]", named)
		return
	}
	type entry struct {
		key  reflect.Value
		text string
	}
	var all []entry
	for i := v.MapRange(); i.Next(); {
		in := writer{shared: w.shared, size: w.size, room: w.room, entries: w.entries / n, path: w.path}
		in.element(i.Key(), false, depth)
		in.write(": ")
		in.element(i.Value(), false, depth)
		all = append(all, entry{i.Key(), string(in.text)})
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(compareNumbers(a.key, b.key), cmp.Compare(a.text, b.text)) })
	for i, e := range all {
		if i > 0 {
			w.write(" ")
		}
		w.write(e.text)
	}
	w.end("]", named)
}

func (w *writer) pointer(v reflect.Value, named bool, depth int) {
	to := v.Type().Elem()
	switch at := v.UnsafePointer(); {
	case at == nil && named:
		w.write(TypeName(v.Type()) + "(nil)")
	case at == nil:
		w.write("nil")
	case w.shared[to] || Look(to).Guarded:
		w.write(TypeName(v.Type()))
	case slices.Contains(w.path, reference{at, to}):
		w.write("&…")
	default:
		w.path = append(w.path, reference{at, to})
		if _, ok := w.size.errorText(v.Elem()); !ok {
			w.write("&")
		}
		w.element(v.Elem(), named, depth)
		w.path = w.path[:len(w.path)-1]
	}
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return strconv.Itoa(n) + " entries"
}
