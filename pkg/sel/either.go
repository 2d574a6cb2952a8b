package sel

// Either is the value of [OneOf]: exactly one side is set. The zero Either has
// a zero Left.
type Either[A, B any] struct {
	left    A
	right   B
	isRight bool
}

// Left returns the value of the first selector, if that is the one that matched.
func (e Either[A, B]) Left() (A, bool) { return e.left, !e.isRight }

// Right returns the value of the second selector, if that is the one that matched.
func (e Either[A, B]) Right() (B, bool) { return e.right, e.isRight }

// OneOf accepts what a or b accepts and tells which. If both accept a message,
// a wins.
func OneOf[A, B any](a MessageSelector[A], b MessageSelector[B]) MessageSelector[Either[A, B]] {
	return Or(
		Map(a, func(v A) Either[A, B] { return Either[A, B]{left: v} }),
		Map(b, func(v B) Either[A, B] { return Either[A, B]{right: v, isRight: true} }),
	)
}
