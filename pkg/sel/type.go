package sel

import (
	"reflect"
	"unsafe"
)

// Type identifies a Go type as cheaply as the runtime itself does. It is what
// mailboxes are indexed by; reflect.Type says the same at three times the cost.
// The zero Type is that of a nil message.
type Type struct{ descriptor unsafe.Pointer }

// eface is how the runtime lays out an any.
type eface struct {
	descriptor unsafe.Pointer
	data       unsafe.Pointer
}

// TypeOf is the dynamic type of a message.
func TypeOf(message any) Type {
	return Type{(*eface)(unsafe.Pointer(&message)).descriptor}
}

// TypeFor is the type T itself, which may be an interface.
func TypeFor[T any]() Type {
	return typeOf(reflect.TypeOf((*T)(nil)).Elem())
}

// typeOf takes the descriptor out of a reflect.Type: an interface that holds a
// pointer to it.
func typeOf(t reflect.Type) Type {
	return Type{(*eface)(unsafe.Pointer(&t)).data}
}

// Reflect is t as the reflect package has it; nil for the zero Type.
func (t Type) Reflect() reflect.Type {
	if t.descriptor == nil {
		return nil
	}
	// Of a value whose descriptor is t, reflect only reads the descriptor.
	e := eface{descriptor: t.descriptor}
	return reflect.TypeOf(*(*any)(unsafe.Pointer(&e)))
}

// String is the type as reflect writes it, "<nil>" for the zero Type.
func (t Type) String() string {
	if r := t.Reflect(); r != nil {
		return r.String()
	}
	return "<nil>"
}
