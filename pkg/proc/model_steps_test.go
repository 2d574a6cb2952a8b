package proc_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/harkgo/hark/pkg/proc"
)

// What the "how" of a spawn says.
const (
	modelForm    = 3  // 1: linked, 2: monitored
	modelOwned   = 4  // owned by the doer
	modelGivesIn = 8  // it returns the interrupts that it gets
	modelFate    = 48 // 32: its body returns nil at once, 48: it crashes at once
)

// modelInterrupts are interrupts, and what they end a process with that gives in.
var modelInterrupts = []struct {
	reason proc.InterruptReason
	exit   proc.ShutdownReason
	crash  bool
}{
	{proc.NormalExitRequested{}, proc.ExitNormally{}, false},
	{proc.InterruptedBy{Value: 1}, proc.ExitUnhandledError{}, true},
	{proc.ErrorInterrupt{Err: io.EOF}, proc.ExitUnhandledError{}, true},
	{proc.OtherProcessNotRunning{Reason: proc.ExitKilled{}}, proc.ExitOtherProcessNotRunning{}, true},
	{proc.TimeoutInterrupt{After: 1}, proc.ExitUnhandledError{}, true},
}

// modelShutdowns are reasons for a shutdown.
var modelShutdowns = []struct {
	reason proc.ShutdownReason
	crash  bool
}{
	{proc.ExitNormally{}, false},
	{proc.ExitUnhandledError{Err: io.EOF}, true},
	{proc.ExitNormallyWith{Detail: "enough"}, false},
	{proc.ExitOtherProcessNotRunning{Reason: proc.ExitKilled{}}, true},
}

func modelSeverity(crash bool) proc.Severity {
	if crash {
		return proc.Crash
	}
	return proc.ExitSuccess
}

func (m *model) spawn(s modelStep) {
	if len(m.all) == modelSize {
		return
	}
	by, ok := m.actor(s)
	n := len(m.all)
	child := &modelProcess{
		real:  &actor{w: m.w, givesIn: s.how&modelGivesIn != 0},
		alive: true, owner: -1, links: map[int]bool{},
	}
	m.all = append(m.all, child)
	body := child.real.body
	switch s.how & modelFate {
	case 32:
		body = func(*proc.Self[actorOrder]) error { return nil }
	case 48:
		body = func(*proc.Self[actorOrder]) error { return io.EOF }
	}
	var opts []proc.SpawnOption
	if s.how&modelOwned != 0 {
		opts = append(opts, proc.Owned())
	}

	if !ok {
		child.real.Pid = proc.Spawn(m.s, body, opts...)
	} else {
		parent := m.all[by]
		parent.real.tell(func(self *proc.Self[actorOrder]) {
			switch s.how & modelForm {
			case 1:
				child.real.Pid = proc.SpawnLink(self, body, opts...)
			case 2:
				pid, ref := proc.SpawnMonitor(self, body, opts...)
				child.real.Pid = pid
				parent.refs = append(parent.refs, ref)
			default:
				child.real.Pid = proc.Spawn(self, body, opts...)
			}
		})
		if len(opts) > 0 {
			child.owner = by
		}
		switch s.how & modelForm {
		case 1:
			child.links[by], parent.links[n] = true, true
		case 2:
			m.monitored(by, n)
		}
	}

	switch s.how & modelFate {
	case 32:
		m.ended(n, proc.ExitSuccess, modelEnd{actorItself, modelKind(proc.ExitNormally{})})
	case 48:
		m.ended(n, proc.Crash, modelEnd{actorItself, modelKind(proc.ExitUnhandledError{})})
	}
}

func (m *model) link(s modelStep) {
	by, ok := m.actor(s)
	if !ok {
		return
	}
	to, id := m.target(s)
	got := errors.New("it was never called")
	m.all[by].real.tell(func(self *proc.Self[actorOrder]) { got = self.Link(id) })
	var want error
	switch {
	case to >= len(m.all):
		want = proc.LinkedProcessCrashed{Reason: proc.ExitUnknown{}}
	case !m.all[to].alive && m.all[to].severity == proc.Crash:
		want = proc.LinkedProcessCrashed{ID: id, Reason: m.all[to].reason}
	case m.all[to].alive && to != by:
		m.all[by].links[to], m.all[to].links[by] = true, true
	}
	m.result = func() error {
		if !reflect.DeepEqual(got, want) {
			return fmt.Errorf("Link returned %v, not %v", got, want)
		}
		return nil
	}
}

func (m *model) unlink(s modelStep) {
	by, ok := m.actor(s)
	if !ok {
		return
	}
	to, id := m.target(s)
	m.all[by].real.tell(func(self *proc.Self[actorOrder]) { self.Unlink(id) })
	m.unlinked(by, to)
}

func (m *model) unlinked(by, to int) {
	if to < len(m.all) {
		delete(m.all[by].links, to)
		delete(m.all[to].links, by)
	}
}

func (m *model) monitor(s modelStep) {
	by, ok := m.actor(s)
	if !ok {
		return
	}
	to, id := m.target(s)
	p := m.all[by]
	p.real.tell(func(self *proc.Self[actorOrder]) { p.refs = append(p.refs, self.Monitor(id)) })
	m.monitored(by, to)
}

// monitored is what follows when by monitors to.
func (m *model) monitored(by, to int) {
	p := m.all[by]
	monitor := modelMonitor{by, to, len(p.made)}
	if to >= len(m.all) {
		monitor.of = -1
	}
	p.made = append(p.made, monitor)
	switch {
	case monitor.of < 0, !m.all[to].alive:
		p.downs = append(p.downs, modelDown(monitor))
	case to != by:
		m.all[to].monitors = append(m.all[to].monitors, monitor)
	}
}

func (m *model) demonitor(s modelStep) {
	by, ok := m.actor(s)
	if !ok || len(m.all[by].made) == 0 {
		return
	}
	p := m.all[by]
	n := int(s.how) % len(p.made)
	p.real.tell(func(self *proc.Self[actorOrder]) { self.Demonitor(p.refs[n]) })
	m.demonitored(p.made[n])
}

func (m *model) demonitored(monitor modelMonitor) {
	if monitor.of >= 0 {
		of := m.all[monitor.of]
		of.monitors = slices.DeleteFunc(of.monitors, func(o modelMonitor) bool { return o == monitor })
	}
}

func (m *model) interrupt(s modelStep) { m.interrupts(s, 1) }

func (m *model) interruptRepeatedly(s modelStep) { m.interrupts(s, 3) }

// interrupts interrupts the target n times in a row.
func (m *model) interrupts(s modelStep, n int) {
	to, id := m.target(s)
	at := func(i int) int { return (int(s.how) + i) % len(modelInterrupts) }
	m.order(s, func() {
		for i := range n {
			id.Interrupt(modelInterrupts[at(i)].reason)
		}
	})
	if to >= len(m.all) || !m.all[to].alive {
		return
	}
	p := m.all[to]
	if first := modelInterrupts[at(0)]; p.real.givesIn {
		m.ended(to, modelSeverity(first.crash), modelEnd{actorItself, modelKind(first.exit)})
		return
	}
	for i := range n {
		p.interrupts = append(p.interrupts, modelKind(modelInterrupts[at(i)].reason))
	}
}

func (m *model) shutDown(s modelStep) {
	to, id := m.target(s)
	how := modelShutdowns[int(s.how)%len(modelShutdowns)]
	m.order(s, func() { id.Shutdown(how.reason) })
	if to < len(m.all) && m.all[to].alive {
		m.ended(to, modelSeverity(how.crash), modelEnd{actorShutDown, modelKind(how.reason)})
	}
}

func (m *model) kill(s modelStep) {
	to, id := m.target(s)
	m.order(s, id.Kill)
	m.killed(to)
}

func (m *model) killed(to int) {
	if to < len(m.all) && m.all[to].alive {
		m.ended(to, proc.Crash, modelKilled)
	}
}

func (m *model) endItself(s modelStep) {
	by, ok := m.actor(s)
	if !ok {
		return
	}
	p := m.all[by].real
	end := func(reason proc.ShutdownReason, how actorBy, severity proc.Severity) {
		m.ended(by, severity, modelEnd{how, modelKind(reason)})
	}
	switch s.how % 6 {
	case 0:
		actorReturns(errActorDone)(p)
		end(proc.ExitNormally{}, actorItself, proc.ExitSuccess)
	case 1:
		actorReturns(io.EOF)(p)
		end(proc.ExitUnhandledError{}, actorItself, proc.Crash)
	case 2:
		p.tell(func(*proc.Self[actorOrder]) { panic("told to") })
		end(proc.ExitPanic{}, actorItself, proc.Crash)
	case 3:
		actorReturns(proc.ExitNormallyWith{Detail: "done"})(p)
		end(proc.ExitNormallyWith{}, actorItself, proc.ExitSuccess)
	case 4:
		actorExits(proc.ExitUnhandledError{Err: io.EOF})(p)
		end(proc.ExitUnhandledError{}, actorExit, proc.Crash)
	case 5:
		actorExits(nil)(p)
		end(proc.ExitNormally{}, actorExit, proc.ExitSuccess)
	}
}

// killAndUnlink: the interrupt is queued, and taken back before the doer looks.
func (m *model) killAndUnlink(s modelStep) {
	by, ok := m.actor(s)
	if !ok {
		return
	}
	to, id := m.target(s)
	m.all[by].real.tell(func(self *proc.Self[actorOrder]) {
		id.Kill()
		self.Unlink(id)
	})
	m.unlinked(by, to)
	m.killed(to)
}

// killAndDemonitor: the ProcessDowns are queued, and taken back before the doer looks.
func (m *model) killAndDemonitor(s modelStep) {
	by, ok := m.actor(s)
	if !ok {
		return
	}
	to, id := m.target(s)
	p := m.all[by]
	var back []modelMonitor
	for _, monitor := range p.made {
		if monitor.of == to {
			back = append(back, monitor)
		}
	}
	p.real.tell(func(self *proc.Self[actorOrder]) {
		id.Kill()
		for _, monitor := range back {
			self.Demonitor(p.refs[monitor.nth])
		}
	})
	for _, monitor := range back {
		m.demonitored(monitor)
	}
	m.killed(to)
}

// interruptAndShutDown: the first shutdown counts, whatever comes before and after it; but for a kill.
func (m *model) interruptAndShutDown(s modelStep) {
	by, ok := m.actor(s)
	if !ok {
		return
	}
	first := modelShutdowns[int(s.how)%len(modelShutdowns)]
	kill := s.how >= 128
	m.all[by].real.tell(func(self *proc.Self[actorOrder]) {
		id := self.ID()
		id.Interrupt(modelInterrupts[int(s.to)%len(modelInterrupts)].reason)
		id.Shutdown(first.reason)
		id.Interrupt(modelInterrupts[int(s.how)%len(modelInterrupts)].reason)
		for _, next := range modelShutdowns {
			id.Shutdown(next.reason)
		}
		if kill {
			id.Kill()
		}
	})
	if kill {
		m.killed(by)
	} else {
		m.ended(by, modelSeverity(first.crash), modelEnd{actorShutDown, modelKind(first.reason)})
	}
}

// received is what p has got in this step, as text.
func (m *model) received(p *modelProcess) (interrupts, downs []string) {
	p.real.mu.Lock()
	defer p.real.mu.Unlock()
	for _, reason := range p.real.interrupts {
		crashed, ok := reason.(proc.LinkedProcessCrashed)
		switch {
		case !ok:
			interrupts = append(interrupts, modelKind(reason))
		case !reflect.DeepEqual(crashed.Reason, crashed.ID.Reason()):
			interrupts = append(interrupts, fmt.Sprintf("crash of %d with %v", m.index(crashed.ID), crashed.Reason))
		default:
			interrupts = append(interrupts, fmt.Sprintf("crash of %d", m.index(crashed.ID)))
		}
	}
	for _, down := range p.real.downs {
		monitor := modelMonitor{of: m.index(down.ID), nth: slices.Index(p.refs, down.Ref)}
		text := modelDown(monitor)
		if !reflect.DeepEqual(down.Reason, down.ID.Reason()) { // ExitUnknown of a zero id
			text += fmt.Sprintf(" with %v", down.Reason)
		}
		downs = append(downs, text)
	}
	p.real.interrupts, p.real.downs = nil, nil
	return interrupts, downs
}

// index is the number of the process with this id, or -1.
func (m *model) index(id proc.ID) int {
	return slices.IndexFunc(m.all, func(p *modelProcess) bool { return p.real.ID == id })
}

// checkReason compares the reason of a dead process.
func (m *model) checkReason(p *modelProcess) error {
	got := p.real.Reason()
	if p.reason == nil {
		p.reason = got
	}
	if !reflect.DeepEqual(got, p.reason) {
		return fmt.Errorf("its reason was %v, and is %v", p.reason, got)
	}
	for end := range p.ends {
		if end.kind == modelKind(got) && got.Severity() == p.severity {
			return nil
		}
	}
	return fmt.Errorf("its reason is %T of severity %v; %v of severity %v are right", got, got.Severity(), p.ends, p.severity)
}

// modelSort brings those into one order whose order nobody promises: crashes and
// ProcessDowns of different processes.
func modelSort(lists ...[]string) {
	for _, list := range lists {
		slices.SortStableFunc(list, func(a, b string) int {
			return strings.Compare(modelSubject(a), modelSubject(b))
		})
	}
}

// modelSubject is what a line is about, without "by monitor n".
func modelSubject(line string) string {
	subject, _, _ := strings.Cut(line, " by ")
	if strings.HasPrefix(line, "crash") || strings.HasPrefix(line, "down") {
		return subject
	}
	return "" // an interrupt by the program: these keep their order
}
