package proc

import (
	"strconv"
	"unsafe"
)

// ID identifies one life of one process. It is comparable and never reused. The
// ID in a [Named] or [Via] pid stands for whatever process is there at each
// use. The zero ID is that of no process.
//
// Comparing or printing IDs by reflection does not walk into the runtime.
type ID struct {
	// target points to a handle: the first field of a Process or of a resolver.
	// It is untyped to keep reflection out.
	target unsafe.Pointer
}

// handle begins everything that an ID can point to, and says what it is. It is
// where processes on other nodes will come in.
type handle struct{ kind handleKind }

type handleKind uint8

const (
	localProcess handleKind = iota
	resolved                // by a resolver, at each use
)

// resolver finds a process at each use of an ID.
type resolver struct {
	handle
	system *System
	text   string
	find   func(depth int) *Process
}

// maxResolutions is how often one resolver may lead to another one before that
// is taken for a circle.
const maxResolutions = 32

func (id ID) handle() *handle { return (*handle)(id.target) }

// local is the process that id points to, or nil if it is to be looked up.
func (id ID) local() *Process {
	if h := id.handle(); h == nil || h.kind != localProcess {
		return nil
	}
	return (*Process)(id.target)
}

// process is the process that id means now, or nil.
func (id ID) process() *Process { return id.resolve(0) }

func (id ID) resolve(depth int) *Process {
	switch h := id.handle(); {
	case h == nil || depth > maxResolutions:
		return nil
	case h.kind == localProcess:
		return (*Process)(id.target)
	default:
		return (*resolver)(id.target).find(depth + 1)
	}
}

// host is the system that id belongs to; nil for the zero ID.
func (id ID) host() *System {
	switch h := id.handle(); {
	case h == nil:
		return nil
	case h.kind == localProcess:
		return (*Process)(id.target).sys
	default:
		return (*resolver)(id.target).system
	}
}

// String is "!7" for the seventh process of a system, "!0" for the zero ID, and
// names what a Named or Via pid asks.
func (id ID) String() string {
	switch h := id.handle(); {
	case h == nil:
		return "!0"
	case h.kind == localProcess:
		return "!" + strconv.FormatUint((*Process)(id.target).number, 10)
	default:
		return (*resolver)(id.target).text
	}
}

// Alive reports whether the process has not ended yet. A process that is
// shutting down is alive.
func (id ID) Alive() bool {
	p := id.process()
	if p == nil {
		return false
	}
	p.touched()
	return p.phase.Load() < phaseDead
}

// Accepting reports whether the process still takes what it is sent: it has begun
// neither to unwind nor to end. When it does not, each send to it is a dead letter
// and each new call fails, though it may be [ID.Alive] for a while: its deferred
// functions may run, or its owned processes end. Whoever's call has failed because
// the process ended finds it accepting no more. Like Alive it asks nobody.
func (id ID) Accepting() bool {
	p := id.process()
	if p == nil {
		return false
	}
	p.touched()
	return p.phase.Load() < phaseUnwinding
}

// Done returns a channel that is closed once the process has ended and its
// links and monitors have fired; at once if there is none.
func (id ID) Done() <-chan struct{} {
	if p := id.process(); p != nil {
		return p.doneChannel()
	}
	done := make(chan struct{})
	close(done)
	return done
}

// Reason is why the process ended: nil while it lives, kept for ever,
// ExitUnknown for the zero ID and where a Named or Via pid finds nobody.
func (id ID) Reason() ShutdownReason {
	p := id.process()
	if p == nil {
		return ExitUnknown{}
	}
	p.touched()
	if p.phase.Load() < phaseDead {
		return nil
	}
	p.Lock()
	defer p.Unlock()
	return p.reason()
}

// Info describes the process, if it is alive. It does not wait for it.
func (id ID) Info() (Info, bool) {
	p := id.process()
	if p == nil {
		return Info{}, false
	}
	return p.info()
}

// Interrupt interrupts the process: its next blocking operation, or the one it
// is blocked in, returns reason as an error. Interrupts queue in order, none is
// lost or merged with another one, and each operation takes one. A nil reason is
// ignored, and so is an interrupt of a process that unwinds or has ended. It
// never blocks.
func (id ID) Interrupt(reason InterruptReason) {
	if p := id.process(); p != nil && reason != nil {
		p.interrupt(reason)
	}
}

// Shutdown makes the process end with reason: it unwinds at its next operation,
// at once if it is blocked in one, running its deferred functions. The first
// reason wins. A nil reason is ignored. It never blocks; use [Join] to wait.
func (id ID) Shutdown(reason ShutdownReason) {
	if p := id.process(); p != nil && reason != nil {
		p.shutdown(reason)
	}
}

// Kill makes the process dead before it returns: its links and monitors have
// fired with ExitKilled and its name is free. Its goroutine unwinds at its next
// operation; until then it is listed as abandoned.
func (id ID) Kill() {
	if p := id.process(); p != nil {
		p.sys.step()
		p.kill()
	}
}

func (r *resolver) id() ID { return ID{unsafe.Pointer(r)} }
