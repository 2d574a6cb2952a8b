package proc

import (
	"errors"
	"iter"
	"maps"
	"reflect"
	"slices"
	"sync"
)

// Name is a typed name. A Name made once, as a package-level variable, is the
// way to address a process that may be restarted.
type Name[M any] struct {
	_    [0]*M
	text string
}

// NewName returns a name. Names are equal if their texts and types are.
func NewName[M any](name string) Name[M] { return Name[M]{text: name} }

func (n Name[M]) String() string { return n.text }

// NameTaken is the error of registering, or spawning under, a name in use.
type NameTaken struct {
	Name   string
	Holder ID
}

func (e NameTaken) Error() string {
	return "the name " + e.Name + " is taken by process " + e.Holder.String()
}

var errNoName = errors.New("a process cannot be registered under an empty name")

// names are the names of a system. Their lock is taken before that of a process.
type names struct {
	mu      sync.RWMutex
	holders map[string]holder
}

type holder struct {
	process *Process
	pid     any // a Pid of the name's type
}

// Register gives pid's process a name; it may have several. A name in use is a
// NameTaken, unless pid's own. A process that has ended, or is of another
// system, is an OtherProcessNotRunning. A Named or Via pid is looked up now.
func Register[M any](c Host, name Name[M], pid Pid[M]) error {
	s := c.system()
	s.step()
	s.touched()
	settled, ok := pid.settle(0)
	p := settled.process()
	if !ok || p == nil || p.sys != s {
		return OtherProcessNotRunning{ID: pid.ID, Reason: ExitUnknown{}}
	}
	return s.names.register(name.text, p, settled)
}

func (n *names) register(name string, p *Process, pid any) error {
	if name == "" {
		return errNoName
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if h, taken := n.holders[name]; taken && h.process.phase.Load() < phaseDead {
		if h.process == p && reflect.TypeOf(h.pid) == reflect.TypeOf(pid) {
			return nil
		}
		return NameTaken{Name: name, Holder: idOf(h.process)}
	}
	p.Lock()
	defer p.Unlock()
	if p.phase.Load() >= phaseDead {
		return OtherProcessNotRunning{ID: idOf(p), Reason: p.reason()}
	}
	n.add(p, name, pid)
	return nil
}

// available says why a new process cannot have a name. The lock must be held.
func (n *names) available(name string) error {
	if name == "" {
		return errNoName
	}
	if h, taken := n.holders[name]; taken && h.process.phase.Load() < phaseDead {
		return NameTaken{Name: name, Holder: idOf(h.process)}
	}
	return nil
}

// add adds a name. Its lock and that of p must be held.
func (n *names) add(p *Process, name string, pid any) {
	if n.holders == nil {
		n.holders = make(map[string]holder)
	}
	n.holders[name] = holder{p, pid}
	m := p.extra()
	m.names = append(m.names, name)
}

// Unregister frees a name. One that is not in use, or in use with another type,
// is left alone.
func Unregister[M any](c Host, name Name[M]) {
	s := c.system()
	s.step()
	s.touched()
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	h, ok := s.names.holders[name.text]
	if !ok {
		return
	}
	if _, ok := h.pid.(Pid[M]); !ok {
		return
	}
	delete(s.names.holders, name.text)
	h.process.Lock()
	defer h.process.Unlock()
	if m := h.process.more.Load(); m != nil {
		m.names = slices.DeleteFunc(m.names, func(n string) bool { return n == name.text })
	}
}

// Names lists the names in use, in alphabetical order, and who had them when the loop
// began. One that ends meanwhile may still be there.
func (s *System) Names() iter.Seq2[string, ID] {
	return func(yield func(string, ID) bool) {
		s.touched()
		s.names.mu.RLock()
		all := maps.Clone(s.names.holders)
		s.names.mu.RUnlock()
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !yield(name, idOf(all[name].process)) {
				return
			}
		}
	}
}

// release frees the names of a dead process.
func (n *names) release(p *Process, held []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, name := range held {
		if n.holders[name].process == p {
			delete(n.holders, name)
		}
	}
}

// Whereis finds the process that has the name, if it accepts M and is alive.
func Whereis[M any](c Host, name Name[M]) (Pid[M], bool) {
	s := c.system()
	s.touched()
	s.names.mu.RLock()
	h := s.names.holders[name.text]
	s.names.mu.RUnlock()
	pid, ok := h.pid.(Pid[M])
	if !ok || h.process.phase.Load() >= phaseDead {
		return Pid[M]{}, false
	}
	return pid, true
}

// Named is a Pid that looks the name up at each send, call, link or monitor:
// it stays good when the process behind it is restarted. While nobody has the
// name, a send is a dead letter, and a call fails.
func Named[M any](c Host, name Name[M]) Pid[M] {
	s := c.system()
	return lookedUp(s, "named "+name.text, func() (Pid[M], bool) { return Whereis(s, name) })
}

// Via is Named with a registry of the program's own: find is asked at each use.
// It runs in the caller, may run at any time, and must not block. A find that
// returns a zero pid, or leads back to itself, has found nobody.
func Via[M any](c Host, find func() (Pid[M], bool)) Pid[M] {
	return lookedUp(c.system(), "via a registry", find)
}

func lookedUp[M any](s *System, text string, find func() (Pid[M], bool)) Pid[M] {
	settle := func(depth int) (Pid[M], bool) {
		if depth > maxResolutions {
			return Pid[M]{}, false
		}
		found, ok := find()
		if !ok {
			return Pid[M]{}, false
		}
		return found.settle(depth + 1)
	}
	r := &resolver{
		handle: handle{kind: resolved},
		system: s,
		text:   text,
		find: func(depth int) *Process {
			found, ok := settle(depth)
			if !ok {
				return nil
			}
			return found.ID.resolve(depth)
		},
	}
	return Pid[M]{ID: r.id(), via: &conduit[M]{
		settle: settle,
		route: func(m M, depth int) (*Process, any) {
			found, ok := settle(depth)
			if !ok {
				return nil, m
			}
			return found.route(m, depth)
		},
	}}
}
