package sel

import (
	"reflect"
	"slices"
)

// Message accepts every message whose dynamic type is T or, where T is an
// interface, implements T. It never accepts nil; see [Deliverable].
func Message[T any]() MessageSelector[T] {
	t := reflect.TypeOf((*T)(nil)).Elem()
	p := Pattern{Type: typeOf(t), Kind: Exactly, Certain: true}
	if t.Kind() == reflect.Interface {
		p.Kind = Implements
	}
	return MessageSelector[T]{one: p}
}

// Deliverable accepts every message that is an M, as [Message] does, and where
// M is an interface nil too: all that can be sent as an M.
func Deliverable[M any]() MessageSelector[M] {
	s := Message[M]()
	if s.one.Kind == Implements {
		s.one.Kind = NilOr
	}
	return s
}

// Raw accepts what [Message] accepts, and leaves it the any that was sent: to take
// a value out of an any and to make it one again costs an allocation.
func Raw[T any]() MessageSelector[any] {
	return MessageSelector[any]{one: Message[T]().one}
}

// RawDeliverable accepts what [Deliverable] accepts, and leaves it the any that was
// sent.
func RawDeliverable[M any]() MessageSelector[any] {
	return MessageSelector[any]{one: Deliverable[M]().one}
}

// Except accepts every message, nil included, that none of the patterns could
// accept, judged by its type alone; see [MessageSelector.Index].
func Except(patterns ...Pattern) MessageSelector[any] {
	return MessageSelector[any]{one: except(slices.Clone(patterns))}
}

// Equal accepts messages equal to value. For an interface T that means: of the
// same dynamic type and equal; a message whose type cannot be compared is never
// equal to anything.
func Equal[T comparable](value T) MessageSelector[T] {
	boxed := any(value)
	if boxed == nil {
		return single(Pattern{Kind: Everything}, func(message any) (T, bool) {
			return value, message == nil
		})
	}
	// The value's own type, also where T is an interface: nothing else can be
	// equal to it. A value that cannot be compared equals nothing.
	if !reflect.ValueOf(value).Comparable() {
		return MessageSelector[T]{}
	}
	always := alwaysComparable(reflect.TypeOf(boxed))
	return single(Pattern{Type: TypeOf(boxed), Kind: Exactly}, func(message any) (T, bool) {
		return value, (always || reflect.ValueOf(message).Comparable()) && message == boxed
	})
}

// alwaysComparable reports whether no two values of type t can panic when they
// are compared: those with an interface in them may.
func alwaysComparable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return false
	case reflect.Array:
		return alwaysComparable(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !alwaysComparable(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return t.Comparable()
}

// With accepts a message of type A for which f reports true, as f's value.
func With[A, T any](f func(A) (T, bool)) MessageSelector[T] {
	return single(Message[A]().uncertain(), func(message any) (T, bool) {
		return f(message.(A))
	})
}

// Dynamic accepts whatever f accepts, of any type. It cannot be indexed: a
// receive with it looks at every queued message. Prefer [With].
func Dynamic[T any](f func(message any) (T, bool)) MessageSelector[T] {
	return single(Pattern{Kind: Everything}, f)
}

// Any accepts every message, nil included.
func Any() MessageSelector[any] {
	return MessageSelector[any]{one: Pattern{Kind: Everything, Certain: true}}
}

// None accepts no message: the unit of [Or].
func None[T any]() MessageSelector[T] {
	return MessageSelector[T]{}
}

// Where narrows s to the values for which keep reports true. A message whose
// value is not kept is not accepted, even if a later alternative of s would have
// made another value of it.
func (s MessageSelector[T]) Where(keep func(T) bool) MessageSelector[T] {
	return narrow(s, func(v T, _ any) (T, bool) { return v, keep(v) })
}

// Map applies f to what s selects.
func Map[A, B any](s MessageSelector[A], f func(A) B) MessageSelector[B] {
	if s.many == nil && s.one.Kind != Nothing {
		return single(s.uncertain(), func(message any) (B, bool) {
			v, _ := message.(A) // nil, where that is accepted, is a nil A
			return f(v), true
		})
	}
	return each(s, func(match func(any) (A, bool)) func(any) (B, bool) {
		return func(message any) (B, bool) {
			v, ok := match(message)
			if !ok {
				var none B
				return none, false
			}
			return f(v), true
		}
	})
}

// Case is Map(Message[A](), f): one arm of an [Or].
func Case[A, B any](f func(A) B) MessageSelector[B] {
	return single(Message[A]().uncertain(), func(message any) (B, bool) {
		return f(message.(A)), true
	})
}

// Or accepts what any alternative accepts. Of several that accept a message the
// first wins.
func Or[T any](selectors ...MessageSelector[T]) MessageSelector[T] {
	built := &alternatives[T]{}
	for _, s := range selectors {
		switch {
		case s.many != nil:
			built.patterns = append(built.patterns, s.many.patterns...)
			built.match = append(built.match, s.many.match...)
		case s.one.Kind != Nothing:
			built.patterns = append(built.patterns, s.one)
			built.match = append(built.match, nil)
		}
	}
	if len(built.patterns) == 0 {
		return MessageSelector[T]{}
	}
	if len(built.patterns) == 1 && built.match[0] == nil {
		return MessageSelector[T]{one: built.patterns[0]}
	}
	return MessageSelector[T]{many: built}
}

// Both accepts a message that a and b both accept, combined by f.
func Both[A, B, C any](a MessageSelector[A], b MessageSelector[B], f func(A, B) C) MessageSelector[C] {
	return narrow(a, func(va A, message any) (C, bool) {
		vb, ok := b.Match(message)
		if !ok {
			var none C
			return none, false
		}
		return f(va, vb), true
	})
}

// uncertain is the single pattern of s for an alternative with a function.
func (s MessageSelector[T]) uncertain() Pattern {
	s.one.Certain = false
	return s.one
}
