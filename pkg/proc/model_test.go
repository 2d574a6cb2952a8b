package proc_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"
	"pgregory.net/rapid"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// This file runs random programs of spawns, links, monitors, interrupts,
// shutdowns and kills among a handful of processes, one step after the other,
// and compares what has become of each process after every step with what a
// small sequential model predicts.
//
// In one step one process at most ends by the program's will; others may follow
// it, because they are owned by it or linked to it. What is left open there is
// which of several causes comes first, so the model predicts a set of reasons
// for them; who ends, and who of the survivors receives what, is certain.

// modelSize is how many processes a program may spawn.
const modelSize = 8

// modelStep is one step of a program: what to do, who does it, to whom, how.
type modelStep struct{ op, by, to, how byte }

// modelOps are the steps' operations. Each does its step with the real processes and in the model.
var modelOps = []struct {
	name string
	do   func(m *model, s modelStep)
}{
	{"spawn", (*model).spawn},
	{"link", (*model).link},
	{"unlink", (*model).unlink},
	{"monitor", (*model).monitor},
	{"demonitor", (*model).demonitor},
	{"interrupt", (*model).interrupt},
	{"interrupt repeatedly", (*model).interruptRepeatedly},
	{"shut down", (*model).shutDown},
	{"kill", (*model).kill},
	{"end", (*model).endItself},
	{"kill and unlink", (*model).killAndUnlink},
	{"kill and demonitor", (*model).killAndDemonitor},
	{"interrupt and shut down oneself", (*model).interruptAndShutDown},
}

func (s modelStep) String() string {
	return fmt.Sprintf("{%d, %d, %d, %d} %s: %d to %d", s.op, s.by, s.to, s.how,
		modelOps[int(s.op)%len(modelOps)].name, s.by%(modelSize+1), s.to%modelSize)
}

// TestModel_Signals: random programs do what the model predicts.
func TestModel_Signals(t *testing.T) {
	step := rapid.Custom(func(t *rapid.T) modelStep {
		return modelStep{
			op:  rapid.ByteRange(0, byte(len(modelOps)-1)).Draw(t, "op"),
			by:  rapid.ByteRange(0, modelSize).Draw(t, "by"),
			to:  rapid.ByteRange(0, modelSize-1).Draw(t, "to"),
			how: rapid.Byte().Draw(t, "how"),
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		spawns := rapid.SliceOfN(step, 0, modelSize).Draw(r, "spawns")
		for i := range spawns {
			spawns[i].op, spawns[i].how = 0, spawns[i].how&^modelFate
		}
		program := append(spawns, rapid.SliceOfN(step, 1, 30).Draw(r, "program")...)
		if err := modelRun(t, program); err != nil {
			r.Fatal(err)
		}
	})
}

// FuzzSignals reads its bytes as such programs, four for each step.
func FuzzSignals(f *testing.F) {
	const system = modelSize
	for _, seed := range [][]modelStep{
		{{0, system, 0, 0}, {0, 0, 0, 1}, {9, 1, 0, 1}},                                   // a linked child crashes
		{{0, system, 0, 8}, {0, 0, 0, 9}, {0, 1, 0, 9}, {1, 2, 0, 0}, {8, 3, 1, 0}},       // a ring gives in
		{{0, system, 0, 0}, {0, 0, 0, 4}, {0, 1, 0, 4}, {3, 0, 2, 0}, {9, 0, 0, 2}},       // owned by owned
		{{0, system, 0, 0}, {0, 0, 0, 2}, {3, 0, 1, 0}, {11, 0, 1, 0}, {3, 0, 1, 0}},      // kill and demonitor
		{{0, system, 0, 0}, {0, 0, 0, 1}, {10, 0, 1, 0}, {1, 0, 1, 0}},                    // kill and unlink
		{{0, system, 0, 0}, {0, 0, 0, 32}, {0, 0, 0, 33}, {0, 0, 0, 50}, {1, 0, 1, 0}},    // children end at once
		{{0, system, 0, 0}, {6, system, 0, 0}, {12, 0, 0, 3}, {3, 0, 0, 0}, {1, 0, 0, 0}}, // queue, then shutdown
		{{1, 0, 5, 0}, {0, system, 0, 0}, {1, 0, 5, 0}, {3, 0, 5, 0}, {4, 0, 0, 0}},       // nobody
	} {
		var data []byte
		for _, s := range seed {
			data = append(data, s.op, s.by, s.to, s.how)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var program []modelStep
		for chunk := range slices.Chunk(data, 4) {
			if len(chunk) == 4 && len(program) < 64 {
				program = append(program, modelStep{chunk[0], chunk[1], chunk[2], chunk[3]})
			}
		}
		if err := modelRun(t, program); err != nil {
			t.Fatal(err)
		}
	})
}

// modelRun runs a program and tells where the processes and the model differ.
func modelRun(t *testing.T, program []modelStep) (err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		m := &model{w: &harness.World{T: t, Bubble: true}, s: s}
		for i, step := range program {
			modelOps[int(step.op)%len(modelOps)].do(m, step)
			synctest.Wait()
			if err = m.check(); err != nil {
				err = fmt.Errorf("step %d, %v: %w\n%s", i, step, err, modelListing(program[:i+1]))
				break
			}
		}
		if stopped := s.Stop(context.Background()); err == nil && stopped != nil {
			err = fmt.Errorf("stop: %w", stopped)
		}
		for i, p := range m.all {
			if err == nil && p.real.Alive() {
				err = fmt.Errorf("process %d survived the stop\n%s", i, modelListing(program))
			}
		}
	})
	return err
}

func modelListing(program []modelStep) string {
	var lines strings.Builder
	for i, step := range program {
		fmt.Fprintf(&lines, "%3d  %v\n", i, step)
	}
	return lines.String()
}

// modelEnd is a way in which a process may end: by itself, shut down or killed, and the type of its reason.
type modelEnd struct {
	by   actorBy
	kind string
}

// modelKind is the type of a reason, as text.
func modelKind(reason error) string { return fmt.Sprintf("%T", reason) }

var (
	modelGaveIn = modelEnd{actorItself, modelKind(proc.ExitUnhandledError{})}
	modelKilled = modelEnd{actorKilled, modelKind(proc.ExitKilled{})}
)

// ofOwned is how a process ends whose owner ends like that.
func (e modelEnd) ofOwned() []modelEnd {
	owned := modelEnd{actorShutDown, modelKind(proc.ExitOwnerEnded{})}
	switch e.by {
	case actorItself:
		return []modelEnd{owned}
	case actorKilled:
		return []modelEnd{modelKilled}
	case actorExit:
		return []modelEnd{owned, {actorShutDown, e.kind}}
	default:
		return []modelEnd{e}
	}
}

// modelProcess is a process and what the model knows of it.
type modelProcess struct {
	real *actor
	refs []proc.MonitorRef // of the monitors that it has made, ever

	alive    bool
	owner    int // or -1
	links    map[int]bool
	monitors []modelMonitor // of it, in the order of monitoring
	made     []modelMonitor // by it, as refs; also those that are over

	ends     map[modelEnd]bool // once dead: what it may have ended with
	severity proc.Severity
	reason   proc.ShutdownReason // what it did end with

	interrupts []string // to be received in the present step
	downs      []string
}

// modelMonitor is the nth monitor that a process made.
type modelMonitor struct{ by, of, nth int }

type model struct {
	w      *harness.World
	s      *proc.System
	all    []*modelProcess
	result func() error // checks what the step's operation returned
}

// actor returns who does s, if it is a live process.
func (m *model) actor(s modelStep) (int, bool) {
	by := int(s.by) % (modelSize + 1)
	return by, by < len(m.all) && m.all[by].alive
}

// target returns whom s is done to, and its id: the zero one if there is no such process yet.
func (m *model) target(s modelStep) (int, proc.ID) {
	to := int(s.to) % modelSize
	if to < len(m.all) {
		return to, m.all[to].real.ID
	}
	return to, proc.ID{}
}

// order has the doer of s do something to its target: a live process, or the test itself.
func (m *model) order(s modelStep, f func()) {
	if by, ok := m.actor(s); ok {
		m.all[by].real.tell(func(*proc.Self[actorOrder]) { f() })
	} else {
		f()
	}
}

// ended computes what follows from the end of process i in one of the ways of ends.
func (m *model) ended(i int, severity proc.Severity, ends ...modelEnd) {
	dying := map[int]map[modelEnd]bool{i: {}}
	for _, end := range ends {
		dying[i][end] = true
	}
	for grown := true; grown; {
		grown = false
		add := func(j int, end modelEnd) {
			if j == i || !m.all[j].alive || dying[j][end] {
				return
			}
			if dying[j] == nil {
				dying[j] = map[modelEnd]bool{}
			}
			dying[j][end] = true
			grown = true
		}
		for d, ends := range dying {
			for j, p := range m.all {
				for end := range ends {
					if p.owner == d {
						for _, owned := range end.ofOwned() {
							add(j, owned)
						}
					}
				}
				if severity == proc.Crash && p.links[d] && p.real.givesIn {
					add(j, modelGaveIn)
				}
			}
		}
	}
	for d, ends := range dying {
		p := m.all[d]
		p.alive, p.ends, p.severity = false, ends, severity
	}
	for d := range dying {
		p := m.all[d]
		for _, monitor := range p.monitors {
			m.all[monitor.by].downs = append(m.all[monitor.by].downs, modelDown(monitor))
		}
		p.monitors = nil
		for j := range p.links {
			if severity == proc.Crash {
				m.all[j].interrupts = append(m.all[j].interrupts, fmt.Sprintf("crash of %d", d))
			}
			delete(m.all[j].links, d)
		}
		p.links = nil
		for _, other := range m.all {
			other.monitors = slices.DeleteFunc(other.monitors, func(o modelMonitor) bool { return o.by == d })
		}
	}
}

// modelDown is the ProcessDown of a monitor, as text that sorts by target and keeps the order of monitoring.
func modelDown(monitor modelMonitor) string {
	return fmt.Sprintf("down of %d by monitor %d", monitor.of, monitor.nth)
}

// check compares each process with the model.
func (m *model) check() error {
	if m.result != nil {
		if err := m.result(); err != nil {
			return err
		}
		m.result = nil
	}
	for i, p := range m.all {
		if err := m.checkOne(p); err != nil {
			return fmt.Errorf("process %d: %w", i, err)
		}
		p.interrupts, p.downs = nil, nil
	}
	return nil
}

func (m *model) checkOne(p *modelProcess) error {
	interrupts, downs := m.received(p)
	if p.real.Alive() != p.alive {
		return fmt.Errorf("alive: %v, reason %v", p.real.Alive(), p.real.Reason())
	}
	if !p.alive {
		return m.checkReason(p)
	}
	if p.real.Reason() != nil {
		return fmt.Errorf("alive, with reason %v", p.real.Reason())
	}
	modelSort(p.interrupts, p.downs)
	modelSort(interrupts, downs)
	if !slices.Equal(interrupts, p.interrupts) {
		return fmt.Errorf("interrupts %q, not %q", interrupts, p.interrupts)
	}
	if !slices.Equal(downs, p.downs) {
		return fmt.Errorf("ProcessDowns %q, not %q", downs, p.downs)
	}
	info, ok := p.real.Info()
	if !ok {
		return fmt.Errorf("no Info")
	}
	if info.Mailbox != 0 || info.Monitors != len(p.monitors) || len(info.Links) != len(p.links) {
		return fmt.Errorf("%+v; %d monitors and links %v are right", info, len(p.monitors), p.links)
	}
	for j := range p.links {
		if !slices.Contains(info.Links, m.all[j].real.ID) {
			return fmt.Errorf("no link to %d in %v", j, info.Links)
		}
	}
	return nil
}
