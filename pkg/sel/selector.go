package sel

import (
	"slices"
	"unsafe"
)

// MessageSelector picks one message and turns it into a T.
// The zero value accepts nothing.
type MessageSelector[T any] struct {
	// one is the only alternative; where there are several, or one has a
	// function, they are in many and one is unused. A selector of one plain
	// type thus is a small value that needs no memory of its own.
	one  Pattern
	many *alternatives[T]
}

// alternatives are the parts of a selector. They are never changed.
type alternatives[T any] struct {
	patterns []Pattern
	match    []func(any) (T, bool) // nil: the message itself, as a T
}

// Pattern says what one alternative can accept, as far as the dynamic type of
// a message tells.
type Pattern struct {
	Type    Type // of Exactly, Implements and NilOr; of Others see Excluded
	Kind    Kind
	Certain bool // every message of that type is accepted, as it is: no predicate and no projection
}

// Kind is how a Pattern's Type is meant.
type Kind uint8

const (
	Nothing    Kind = iota // no message
	Exactly                // messages whose dynamic type is Type
	Implements             // messages whose dynamic type implements the interface Type
	NilOr                  // Implements, and the nil message
	Everything             // any message, nil included
	Others                 // messages that none of the patterns in Type admits, nil included
)

// Index describes the alternatives of s in order: many, or if that is empty
// the single one. It is for mailboxes; many must not be changed.
func (s *MessageSelector[T]) Index() (one Pattern, many []Pattern) {
	if s.many != nil {
		return Pattern{}, s.many.patterns
	}
	return s.one, nil
}

// MatchAlternative applies alternative i alone, as numbered by Index. Unlike
// Match it relies on the caller for the type: the message must be one that the
// pattern can accept.
func (s *MessageSelector[T]) MatchAlternative(i int, message any) (T, bool) {
	if s.many == nil || s.many.match[i] == nil {
		if message == nil { // only NilOr and Everything get here
			var nothing T
			return nothing, true
		}
		v, ok := message.(T)
		return v, ok
	}
	return s.many.match[i](message)
}

// Match applies the selector to one message outside any mailbox.
func (s MessageSelector[T]) Match(message any) (T, bool) {
	one, many := s.Index()
	if many == nil {
		many = []Pattern{one}
	}
	for i, p := range many {
		if !p.Admits(message) {
			continue
		}
		if v, ok := s.MatchAlternative(i, message); ok {
			return v, true
		}
	}
	var none T
	return none, false
}

// Admits reports whether p can accept message, judged by its type alone.
func (p Pattern) Admits(message any) bool {
	switch p.Kind {
	case Exactly:
		return TypeOf(message) == p.Type
	case Everything:
		return true
	case Implements:
		return message != nil && TypeOf(message).Implements(p.Type)
	case NilOr:
		return message == nil || TypeOf(message).Implements(p.Type)
	case Others:
		return !slices.ContainsFunc(p.Excluded(), func(x Pattern) bool { return x.Admits(message) })
	}
	return false
}

// Excluded are the patterns whose messages a pattern of kind Others does not
// admit. They must not be changed.
func (p Pattern) Excluded() []Pattern { return *(*[]Pattern)(p.Type.descriptor) }

// Implements reports whether t implements the interface type i.
func (t Type) Implements(i Type) bool {
	return t.Reflect().Implements(i.Reflect())
}

// except is the pattern of what no one of excluded admits.
func except(excluded []Pattern) Pattern {
	return Pattern{Type: Type{unsafe.Pointer(&excluded)}, Kind: Others}
}

// single is a selector of one alternative with a function.
func single[T any](p Pattern, match func(any) (T, bool)) MessageSelector[T] {
	lone := &struct { // of one piece: selectors like this are made for one receive, too
		alternatives[T]
		pattern  [1]Pattern
		function [1]func(any) (T, bool)
	}{
		pattern:  [1]Pattern{p},
		function: [1]func(any) (T, bool){match},
	}
	lone.patterns, lone.match = lone.pattern[:], lone.function[:]
	return MessageSelector[T]{many: &lone.alternatives}
}

// narrow builds a selector of what s accepts and then f does. Each alternative
// asks all of s: once s has accepted a message, a refusal by f is final, and no
// later alternative of s is to be tried.
func narrow[A, B any](s MessageSelector[A], f func(v A, message any) (B, bool)) MessageSelector[B] {
	if one, many := s.Index(); len(many) <= 1 {
		if many != nil {
			one = many[0]
		}
		if one.Kind == Nothing {
			return MessageSelector[B]{}
		}
		one.Certain = false
		return single(one, func(message any) (B, bool) {
			v, ok := s.MatchAlternative(0, message)
			if !ok {
				var none B
				return none, false
			}
			return f(v, message)
		})
	}
	return each(s, func(func(any) (A, bool)) func(any) (B, bool) {
		return func(message any) (B, bool) {
			v, ok := s.Match(message)
			if !ok {
				var none B
				return none, false
			}
			return f(v, message)
		}
	})
}

// each builds a selector from s, alternative by alternative: wrap gets the
// function of each. What it makes is not certain any more.
func each[A, B any](s MessageSelector[A], wrap func(func(any) (A, bool)) func(any) (B, bool)) MessageSelector[B] {
	one, many := s.Index()
	if many == nil {
		if one.Kind == Nothing {
			return MessageSelector[B]{}
		}
		many = []Pattern{one}
	}
	built := &alternatives[B]{
		patterns: make([]Pattern, len(many)),
		match:    make([]func(any) (B, bool), len(many)),
	}
	for i, p := range many {
		p.Certain = false
		built.patterns[i] = p
		built.match[i] = wrap(func(message any) (A, bool) { return s.MatchAlternative(i, message) })
	}
	return MessageSelector[B]{many: built}
}
