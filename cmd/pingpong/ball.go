package main

// newBall makes a ball with room for a payload of that many bytes.
func newBall(payload int) *Ball { return &Ball{Payload: make([]byte, payload)} }

// stamp numbers the ball and writes its payload anew. All contenders do it, so
// that a payload costs the same on processes and on channels.
func (b *Ball) stamp(number uint64) {
	b.Number = number
	for i := range b.Payload {
		b.Payload[i] = byte(number)
	}
}

// intact reads the whole payload and tells whether it is the number's.
func (b *Ball) intact() bool {
	for _, c := range b.Payload {
		if c != byte(b.Number) {
			return false
		}
	}
	return true
}
