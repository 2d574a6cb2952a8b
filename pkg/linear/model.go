package linear

import (
	"reflect"

	"github.com/anishathalye/porcupine"
)

// Model is what a service does when operations come one after the other. S is its
// state, I are the inputs of operations, O their outputs. States are values: a
// function must return a new one, and not change the one that it is given, nor what
// that refers to.
//
// One of Apply and Next is to be set.
type Model[S, I, O any] struct {
	// Init is the state at the beginning.
	Init S

	// Apply performs an operation. The output must be the recorded one, if
	// that is known; of an operation that was cut off it is not looked at. So a model
	// need not do anything about those.
	Apply func(state S, input I) (next S, output O)

	// Next is for services that have a choice: it returns all states that the
	// operation may lead to, with that output; none, if it cannot have that output.
	// If the operation was cut off, output is nil, and all states are meant that it
	// can lead to with any output; the one in which it has had no effect need not be
	// among them.
	Next func(state S, input I, output *O) []S

	// Key partitions the operations: those of different keys have nothing to do with
	// each other, and are checked on their own, with a state each, which makes the
	// search much shorter. The keys must be comparable, and not
	// NaN, or there is no verdict. Nil: all belong together.
	Key func(input I) any

	// Equal compares states, if reflect.DeepEqual is not right, or too slow.
	Equal func(a, b S) bool

	// Same compares the output of Apply with the recorded one, if
	// reflect.DeepEqual is not right.
	Same func(model, recorded O) bool
}

// complete is m with its defaults.
func (m Model[S, I, O]) complete() Model[S, I, O] {
	if (m.Apply == nil) == (m.Next == nil) {
		panic("linear: one of Apply and Next of a Model must be set")
	}
	if m.Equal == nil {
		m.Equal = equality[S]()
	}
	if m.Same == nil {
		m.Same = equality[O]()
	}
	return m
}

// equality is what compares Ts: ==, where that says the same as DeepEqual.
func equality[T any]() func(a, b T) bool {
	if plain(reflect.TypeFor[T]()) {
		return func(a, b T) bool { return any(a) == any(b) }
	}
	return func(a, b T) bool { return reflect.DeepEqual(a, b) }
}

func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return plain(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if !plain(field.Type) {
				return false
			}
		}
		return true
	case reflect.String:
		return true
	default:
		return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128
	}
}

// porcupine is the model as the checker takes it: inputs are *Operations, which have
// all that is to be known; the checker's outputs are not used.
func (m Model[S, I, O]) porcupine() porcupine.Model {
	describe := func(input, _ any) string { return describe(input.(*Operation[I, O])) }
	equal := func(a, b any) bool { return m.Equal(unboxed[S](a), unboxed[S](b)) }
	if m.Apply != nil {
		return porcupine.Model{
			Init: func() any { return m.Init },
			Step: func(state, input, _ any) (bool, any) {
				op := input.(*Operation[I, O])
				next, output := m.Apply(unboxed[S](state), op.Input)
				return op.Outcome != Known || m.Same(output, op.Output), next
			},
			Equal:             equal,
			DescribeOperation: describe,
			DescribeState:     func(state any) string { return text(state) },
		}
	}
	model := (&porcupine.NondeterministicModel{
		Init:              func() []any { return []any{m.Init} },
		Step:              func(state, input, _ any) []any { return m.choices(unboxed[S](state), input.(*Operation[I, O])) },
		Equal:             equal,
		DescribeOperation: describe,
		DescribeState:     func(state any) string { return text(state) },
	}).ToModel()
	return model
}

func (m Model[S, I, O]) choices(state S, op *Operation[I, O]) []any {
	var output *O
	if op.Outcome == Known {
		output = &op.Output
	}
	var all []any
	for _, next := range m.Next(state, op.Input, output) {
		all = append(all, next)
	}
	if output == nil && len(all) == 0 {
		return []any{state}
	}
	return all
}

// unboxed is an S that was made an any. A nil interface is none.
func unboxed[S any](state any) S {
	s, _ := state.(S)
	return s
}
