// Package sel builds message selectors: typed descriptions of which message to
// take out of a mailbox, and what to make of it.
//
// A selector is data, not an opaque function: a list of alternatives, each of
// which knows the dynamic type that it can accept, may have a predicate, and
// has a projection. That is what lets a mailbox find a match without looking at
// the messages of other types; [MessageSelector.Index] is what it reads.
//
// Rule of choice: the first message in arrival order that any alternative
// accepts is taken; for that message the first accepting alternative wins.
//
// Predicates and projections must be pure: they may run more than once for a
// message, and for messages that are not taken in the end. They run on the
// goroutine that receives.
//
// Selectors are values, safe for concurrent use. Building one allocates only
// where it has a function or several alternatives; [Message] never does.
package sel
