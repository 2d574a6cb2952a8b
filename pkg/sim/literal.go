package sim

import (
	"cmp"
	"reflect"
	"slices"
	"unsafe"
)

// A message as a report shows it: a literal of its value, with the fields of structs in
// their order and without their names, cut where it becomes long:
//
//	account.Transfer{"ada" "bob" 7}
//
// It depends on nothing but the value, or two reports of one run would differ, and does
// nothing to the run. So it calls no method of the program: a String or an Error may wait,
// panic, ask a process, or read what somebody else writes. What is only an address has no
// text but its type: functions, channels, and what contents does not look into either. The
// entries of a map are sorted. A field that says nothing, such as a proc.ReplyTo, is left
// out.
//
// The walk of contents is another one: a hash needs no names and no order, need not end
// early, and is taken of the messages of all runs. What they share is which types are not
// looked into.

const (
	literalWidth   = 72 // characters; what would come after them is not looked at
	literalDepth   = 12 // of values in values
	literalEntries = 200
)

// literalOf is the text of a message. Types that are shared are not looked into.
func literalOf(message any, shared map[reflect.Type]bool) string {
	if message == nil {
		return "nil"
	}
	l := literal{shared: shared, room: literalWidth, entries: literalEntries}
	l.value(reflect.ValueOf(message), true, 0)
	return string(l.text)
}

// literal is a text that grows until it is as long as it may be.
type literal struct {
	shared  map[reflect.Type]bool
	text    []byte
	room    int              // for so many characters
	cut     bool             // there was not enough
	entries int              // that maps may have, the product of all that are in each other
	path    []unsafe.Pointer // to the present value
}

// write appends text, or its beginning and a mark.
func (l *literal) write(text string) {
	if l.cut {
		return
	}
	for i := range text {
		if l.room == 0 {
			l.text = append(append(l.text, text[:i]...), "…"...)
			l.cut = true
			return
		}
		l.room--
	}
	l.text = append(l.text, text...)
}

// value writes v, which is not read-only. It is named if its type is to be told.
func (l *literal) value(v reflect.Value, named bool, depth int) {
	t := v.Type()
	switch text, ok := textOf(v); {
	case l.cut:
	case depth > literalDepth:
		l.write("…")
	case ok:
		l.write(text)
	case l.closed(t):
		l.write(shortName(t))
	case t.Kind() == reflect.Struct:
		l.structure(addressable(v), named, depth)
	case t.Kind() == reflect.Map:
		l.entriesOf(v, named, depth)
	case t.Kind() == reflect.Array, t.Kind() == reflect.Slice:
		l.elements(addressable(v), named, depth)
	case t.Kind() == reflect.Pointer:
		l.pointer(v, named, depth)
	case t.Kind() == reflect.Interface:
		if v.IsNil() {
			l.write("nil")
		} else {
			l.value(v.Elem(), true, depth+1)
		}
	default:
		l.scalar(v, named)
	}
}

// closed reports whether values of a type are not looked into. Those of the library's own
// packages are when they are sent, as an end or a reply is: nobody changes them.
func (l *literal) closed(t reflect.Type) bool {
	return l.shared[t] || lookAt(t).guarded && (hasLock(t) || !ownPackage(t.PkgPath()))
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

func (l *literal) structure(v reflect.Value, named bool, depth int) {
	if named {
		l.write(shortName(v.Type()))
	}
	before, room := len(l.text), l.room
	l.write("{")
	inner, between := len(l.text), ""
	for i := 0; i < v.NumField() && !l.cut; i++ {
		if v.Type().Field(i).Name == "_" {
			continue
		}
		at, roomAt := len(l.text), l.room
		l.write(between)
		f, begin := v.Field(i), len(l.text)
		if l.value(reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem(), false, depth+1); len(l.text) == begin && !l.cut {
			l.text, l.room = l.text[:at], roomAt
		} else {
			between = " "
		}
	}
	if len(l.text) == inner && !l.cut {
		l.text, l.room = l.text[:before], room
		return
	}
	l.write("}")
}

func (l *literal) elements(v reflect.Value, named bool, depth int) {
	t := v.Type()
	if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
		text := quoted(string(v.Bytes()[:min(v.Len(), longestQuoted)]))
		l.write(typed(text, t, named))
		return
	}
	l.begin(t, "[", named)
	for i := 0; i < v.Len() && !l.cut; i++ {
		if i > 0 {
			l.write(" ")
		}
		l.element(v.Index(i), false, depth)
	}
	l.end("]", named)
}

// element writes what cannot be left out, for others come after it.
func (l *literal) element(v reflect.Value, named bool, depth int) {
	begin := len(l.text)
	if l.value(v, named, depth+1); len(l.text) == begin {
		l.write("{}")
	}
}

func (l *literal) begin(t reflect.Type, text string, named bool) {
	if named {
		text = shortName(t) + "{"
	}
	l.write(text)
}

func (l *literal) end(text string, named bool) {
	if named {
		text = "}"
	}
	l.write(text)
}

// entriesOf writes a map. An order needs the texts of all entries, so how many there may
// be is limited, and by nothing that depends on which come first.
func (l *literal) entriesOf(v reflect.Value, named bool, depth int) {
	n := v.Len()
	l.begin(v.Type(), "map[", named)
	if n > l.entries {
		l.write(count(n, "entry", "entries"))
		l.end("]", named)
		return
	}
	type entry struct {
		key  reflect.Value
		text string
	}
	var all []entry
	for i := v.MapRange(); i.Next(); {
		in := literal{shared: l.shared, room: l.room, entries: l.entries / n, path: l.path}
		in.element(i.Key(), false, depth)
		in.write(": ")
		in.element(i.Value(), false, depth)
		all = append(all, entry{i.Key(), string(in.text)})
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(compareNumbers(a.key, b.key), cmp.Compare(a.text, b.text)) })
	for i, e := range all {
		if i > 0 {
			l.write(" ")
		}
		l.write(e.text)
	}
	l.end("]", named)
}

func (l *literal) pointer(v reflect.Value, named bool, depth int) {
	to := v.Type().Elem()
	switch at := v.UnsafePointer(); {
	case at == nil && named:
		l.write(shortName(v.Type()) + "(nil)")
	case at == nil:
		l.write("nil")
	case l.shared[to] || lookAt(to).guarded:
		l.write(shortName(v.Type()))
	case slices.Contains(l.path, at):
		l.write("&…")
	default:
		l.path = append(l.path, at)
		if _, ok := errorText(v.Elem()); !ok {
			l.write("&")
		}
		l.element(v.Elem(), named, depth)
		l.path = l.path[:len(l.path)-1]
	}
}
