package proc

// Entered reports whether err is what the Enter of a [Loop] has returned, and with
// which state: a pointer to it, for reading.
func Entered(err error) (state any, ok bool) {
	in, ok := err.(*inLoop)
	if !ok || in.kind == nil || in.kind.state == nil { // the latter of a Loop that NewLoop has not made
		return nil, ok
	}
	return in.kind.state(in), true
}

// LoopState is a pointer to the state of p in the [Loop] in which it is, or nil: for
// functions of a program that are given a process, and nothing of its loop.
func LoopState(p Receiver) any {
	self := p.process()
	self.Lock()
	in := self.in
	self.Unlock()
	if in == nil || in.kind.state == nil {
		return nil
	}
	return in.kind.state(in)
}
