package sim

// Boundary is where the test says that something lies between processes which may
// lose or repeat what is sent: a network, say. Between the processes of one program
// there is none.
//
// Messages, requests of calls and replies cross it; interrupts, shutdowns, the news of
// an end, and what a process sends to itself do not, nor do timers, and TrySend and
// SendContext, which say what has become of the message. A task is on the side of its
// process.
type Boundary struct {
	from, to Who
	both     bool
}

// Between is a boundary between two sides, in both directions.
func Between(a, b Who) Boundary { return Boundary{a, b, true} }

// OneWay is a boundary for what goes from one side to the other one.
func OneWay(from, to Who) Boundary { return Boundary{from: from, to: to} }

// crossed reports whether what goes from one party to another one crosses b.
func (b Boundary) crossed(from, to *party) bool {
	from, to = from.principal(), to.principal()
	return from != to && (b.from.includes(from) && b.to.includes(to) || b.both && b.to.includes(from) && b.from.includes(to))
}
