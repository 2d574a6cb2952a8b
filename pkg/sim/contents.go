package sim

import (
	"hash/maphash"
	"math"
	"reflect"
	"unsafe"

	"github.com/harkgo/hark/internal/literal"
)

// What a message holds, as a hash: all that can be reached from it, unexported fields
// too, and the entries of a map in any order. Not looked into is what may well be
// shared: channels and functions, which are compared by identity, and values that see
// to their own safety (see literal.Look). What the hash does not cover, for it has limits,
// may change unnoticed; it is never different when nothing has changed.

const (
	hashedValues = 1000    // in a message
	hashedDepth  = 32      // of references in references
	hashedBytes  = 1 << 14 // of a slice of numbers
)

var contentSeed = maphash.MakeSeed()

type contents struct {
	shared map[reflect.Type]bool // not looked into
	left   int                   // values
}

// contentsOf is the hash of all that message holds.
func contentsOf(message any, shared map[reflect.Type]bool) uint64 {
	c := contents{shared: shared, left: hashedValues}
	return c.of(reflect.ValueOf(message), 0)
}

func (c *contents) of(v reflect.Value, depth int) uint64 {
	if c.left--; c.left < 0 || depth > hashedDepth || !v.IsValid() {
		return 0
	}
	if c.shared[v.Type()] {
		return 0
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return 1
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return uint64(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return v.Uint()
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(v.Float())
	case reflect.Complex64, reflect.Complex128:
		n := v.Complex()
		return mix(math.Float64bits(real(n)), math.Float64bits(imag(n)))
	case reflect.String:
		return maphash.String(contentSeed, v.String())
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return uint64(v.Pointer())
	case reflect.Pointer:
		if !v.IsNil() {
			return mix(1, c.of(v.Elem(), depth+1))
		}
	case reflect.Interface:
		if !v.IsNil() {
			return mix(uint64(reflect.ValueOf(v.Elem().Type()).Pointer()), c.of(v.Elem(), depth+1))
		}
	case reflect.Struct:
		return c.ofStruct(v, depth)
	case reflect.Array:
		return c.ofElements(v, depth)
	case reflect.Slice:
		if size := v.Type().Elem().Size(); isNumber(v.Type().Elem()) && v.Len() > 0 {
			n := min(uintptr(v.Len())*size, hashedBytes)
			return mix(uint64(v.Len()), maphash.Bytes(contentSeed, unsafe.Slice((*byte)(v.UnsafePointer()), n)))
		}
		return c.ofElements(v, depth)
	case reflect.Map:
		return c.ofMap(v, depth)
	}
	return 0
}

func (c *contents) ofStruct(v reflect.Value, depth int) uint64 {
	if literal.Look(v.Type()).Guarded {
		return 0
	}
	h := uint64(v.NumField())
	for i := range v.NumField() {
		h = mix(h, c.of(v.Field(i), depth+1))
	}
	return h
}

func (c *contents) ofElements(v reflect.Value, depth int) uint64 {
	h := uint64(v.Len())
	for i := 0; i < v.Len() && c.left > 0; i++ {
		h = mix(h, c.of(v.Index(i), depth+1))
	}
	return h
}

// ofMap gives each entry the same part of what is left, whichever comes first.
func (c *contents) ofMap(v reflect.Value, depth int) uint64 {
	h, n := uint64(v.Len()), v.Len()
	if n == 0 || c.left < 2*n {
		return h
	}
	part, left := c.left/n, c.left
	for i := v.MapRange(); i.Next(); {
		c.left = part
		h += mix(c.of(i.Key(), depth+1), c.of(i.Value(), depth+1))
		left -= part - max(0, c.left)
	}
	c.left = left
	return h
}

// mix makes one hash of two, whose order matters.
func mix(a, b uint64) uint64 {
	h := (a ^ 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	h ^= h>>29 ^ b
	h *= 0x94d049bb133111eb
	return h ^ h>>32
}

func isNumber(t reflect.Type) bool {
	return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128
}

// identity is the address of what is in an interface: of the copy that was made for it,
// or the pointer that it is; of a slice, that of its elements.
func identity(message any) unsafe.Pointer {
	p := (*[2]unsafe.Pointer)(unsafe.Pointer(&message))[1]
	if t := reflect.TypeOf(message); t != nil && t.Kind() == reflect.Slice {
		return *(*unsafe.Pointer)(p)
	}
	return p
}
