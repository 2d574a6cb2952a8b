package proc

import (
	"slices"
	"time"
)

// State is what a process is doing.
type State int

const (
	Booting   State = iota // its goroutine has not begun
	Busy                   // running, or blocked in something of its own
	Receiving              // waiting for a message
	Sleeping
	Calling      // waiting for a reply, a task, or room in a mailbox
	Awaiting     // AwaitEnd, Join, or the end of its owned processes
	ShuttingDown // its deferred functions are running, or what follows them
)

var stateNames = [...]string{
	Booting: "booting", Busy: "busy", Receiving: "receiving", Sleeping: "sleeping",
	Calling: "calling", Awaiting: "awaiting", ShuttingDown: "shutting down",
}

func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return "unknown"
	}
	return stateNames[s]
}

// Info describes a process as it was at one moment.
//
// Since is good to a millisecond. The exception is a process whose state has
// just changed many times a millisecond, and that is then woken by a plain
// goroutine while everything else in the system is as quick or asleep: what is
// told first may be the time of one of the fifteen changes before.
type Info struct {
	ID       ID
	Parent   ID // zero if a system has spawned it, or the parent has been forgotten
	Title    string
	Name     string // the first one that it has
	Details  string // what it has set with SetDetails, or else what its Loop tells
	State    State
	Since    time.Time      // when it entered the state; see below
	Mailbox  int            // messages waiting, without one that it is looking at just now
	ByType   map[string]int // the same, by dynamic type as reflect.Type.String writes it
	Links    []ID
	Monitors int    // how many watch it
	Stack    string // of a process that Stop had to abandon
}

func (p *Process) info() (Info, bool) {
	p.touched()
	if p.phase.Load() >= phaseDead {
		return Info{}, false
	}
	info := p.describe()
	return info, p.phase.Load() < phaseDead
}

func (p *Process) describe() Info {
	p.sys.clock.observe()
	p.Lock()
	defer p.Unlock()
	info := Info{
		ID:     p.ID(),
		Title:  p.title(),
		State:  p.stateNow(),
		Since:  p.sys.clock.when(p.stamp),
		ByType: make(map[string]int),
	}
	if p.parent != nil {
		info.Parent = p.parent.ID()
	}
	for t, n := range p.box.Census() {
		info.ByType[t.String()] += n
		info.Mailbox += n
	}
	if in := p.in; in != nil && in.kind.details != nil {
		info.Details = in.kind.details(in)
	}
	if m := p.more.Load(); m != nil {
		if m.details != "" {
			info.Details = m.details
		}
		if len(m.names) > 0 {
			info.Name = m.names[0]
		}
		for other := range m.links {
			info.Links = append(info.Links, other.ID())
		}
		if p.sys.steps != nil {
			slices.SortFunc(info.Links, func(a, b ID) int { return byNumber(a.local(), b.local()) })
		}
		info.Monitors = m.watchers.len
	}
	return info
}

// stateNow is the state of p. The lock must be held.
func (p *Process) stateNow() State {
	switch {
	case p.parked:
		return State(p.state)
	case p.phase.Load() != phaseRunning || p.state == packed(ShuttingDown):
		return ShuttingDown
	case p.goroutine == notBegun:
		return Booting
	}
	return Busy
}
