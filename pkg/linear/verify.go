package linear

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"sync"

	"github.com/anishathalye/porcupine"
)

// TestingT is what [Check] needs of a test: a *testing.T, or a *sim.Sim.
type TestingT interface {
	Errorf(format string, args ...any)
	FailNow()
}

// Option sets something of a check.
type Option func(*options)

type options struct{ limit int }

const defaultLimit = 1_000_000

// Limit sets how many steps of the model, which are calls of Apply or Next, the search may
// take for each key: 1,000,000 unless set. 64 comparisons of states count as one. Past it the
// check fails without a verdict. It is not a time, so that a check that has passed goes on to
// pass, and since in a simulation none would pass.
func Limit(steps int) Option { return func(o *options) { o.limit = steps } }

// Check fails the test, and ends it, if the history is not linearizable. The
// report has its operations, the longest order that could be explained, and what
// could not follow. With the flag -linear.html=file it is also drawn.
//
// Operations that have not ended yet are cut off.
func Check[S, I, O any](t TestingT, model Model[S, I, O], h *History[I, O], opts ...Option) {
	if t, ok := t.(interface{ Helper() }); ok {
		t.Helper()
	}
	if err := Verify(model, h, opts...); err != nil {
		t.Errorf("%v", err)
		t.FailNow()
	}
}

// Verify returns an error if the history is not linearizable, a [NotLinearizable], or
// if that could not be found out within the limit.
func Verify[S, I, O any](model Model[S, I, O], h *History[I, O], opts ...Option) error {
	o := options{limit: defaultLimit}
	for _, opt := range opts {
		opt(&o)
	}
	model = model.complete()
	parts, err := partitions(model, h.Operations())
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := verify(model, p, o); err != nil {
			return err
		}
	}
	return nil
}

// partition are the operations of one key.
type partition[I, O any] struct {
	key any // nil: there are no keys
	ops []*Operation[I, O]
}

// partitions leaves out the operations that have not been done.
func partitions[S, I, O any](m Model[S, I, O], ops []Operation[I, O]) ([]*partition[I, O], error) {
	var all []*partition[I, O]
	byKey := make(map[any]*partition[I, O])
	for i := range ops {
		if ops[i].Outcome == Nothing {
			continue
		}
		var key any
		if m.Key != nil {
			if key = m.Key(ops[i].Input); !isKey(key) {
				return nil, fmt.Errorf("linear: Key(%s) is %s, which is not equal to itself or cannot be compared: "+
					"no verdict, for it is not known which operations belong together", text(ops[i].Input), text(key))
			}
		}
		p := byKey[key]
		if p == nil {
			p = &partition[I, O]{key: key}
			byKey[key] = p
			all = append(all, p)
		}
		p.ops = append(p.ops, &ops[i])
	}
	return all, nil
}

// isKey reports whether operations can be told to have the same key: it is comparable, and
// has no NaN in it.
func isKey(key any) bool {
	return key == nil || reflect.ValueOf(key).Comparable() && map[any]bool{key: true}[key]
}

func verify[S, I, O any](m Model[S, I, O], p *partition[I, O], o options) error {
	s := newSearch(o)
	var ok bool
	s.run(func() { ok = porcupine.CheckOperations(s.bounded(counted(s, m).porcupine()), p.operations()) })
	switch {
	case s.stopped:
		return fmt.Errorf("linear: %sthere are too many orders of %d operations to look at: "+
			"no verdict after %d steps of the model (use fewer operations, a Key, or a higher Limit)", p.title(), len(p.ops), o.limit)
	case ok:
		return nil
	}
	// The same search again, now with what the report needs.
	s = newSearch(o)
	var info porcupine.LinearizationInfo
	s.run(func() {
		_, info = porcupine.CheckOperationsVerbose(s.bounded(counted(s, m).porcupine()), p.operations(), 0)
	})
	order := longest[I, O](info)
	return NotLinearizable{Key: p.key, report: explain(m, p, order) + draw(m.porcupine(), info), steps: p.stepsOf(p.next(order))}
}

// NotLinearizable is the error about a history that no order explains. Its text has all
// there is to say.
type NotLinearizable struct {
	Key    any // of the operations that cannot be explained; nil if the model has no keys
	report string
	steps  []int
}

func (e NotLinearizable) Error() string { return e.report }

// Alike is what the histories have in common that fail in the same way: a simulation makes
// a run smaller as long as it does, whatever its operations are.
func (e NotLinearizable) Alike() string { return "not linearizable: " + text(e.Key) }

// Steps are the steps of the simulation in which the operations that cannot come next were
// called, and have returned: around the last of them its report shows what happened. There
// are none outside of a simulation.
func (e NotLinearizable) Steps() []int { return slices.Clone(e.steps) }

// operations are those of p as the checker takes them. Who goes on after one that was
// cut off is another client: a client has one at a time.
func (p *partition[I, O]) operations() []porcupine.Operation {
	lanes := make(map[string]int)
	next := 0
	all := make([]porcupine.Operation, len(p.ops))
	for i, op := range p.ops {
		lane, ok := lanes[op.Client]
		if !ok {
			lane = next
			lanes[op.Client] = lane
			next++
		}
		end := int64(math.MaxInt64)
		if op.Outcome == Known {
			end = int64(op.Return)
		} else {
			delete(lanes, op.Client)
		}
		all[i] = porcupine.Operation{ClientId: lane, Input: op, Call: int64(op.Call), Return: end}
	}
	return all
}

// search bounds what one search of the checker does. It runs the model on a goroutine
// of its own, on which a panic could not be recovered by the test.
type search struct {
	left     int // steps
	compared int // states
	stopped  bool
	panicked bool
	value    any
	exited   chan struct{} // closed by exit, if the model has ended the goroutine of the search
	exit     func()
}

func newSearch(o options) *search {
	s := &search{left: o.limit, exited: make(chan struct{})}
	s.exit = sync.OnceFunc(func() { close(s.exited) })
	return s
}

// run runs find. If the model ends its goroutine, as FailNow of a test does, find does not
// return: then that of the caller ends. The goroutine of find is left, and waits for the
// dead one: the checker cannot be told to give up.
func (s *search) run(find func()) {
	done := make(chan struct{})
	go func() {
		find()
		close(done)
	}()
	select {
	case <-done:
		if s.panicked {
			panic(s.value)
		}
	case <-s.exited:
		runtime.Goexit()
	}
}

// bounded is m, all of whose steps fail once the search has been stopped: then it is
// soon over.
func (s *search) bounded(m porcupine.Model) porcupine.Model {
	step := m.Step
	if within := m.StepContext; within != nil { // which a model with Next has instead
		step = func(state, input, output any) (bool, any) {
			return within(context.Background(), state, input, output)
		}
		m.StepContext = nil
	}
	m.Step = func(state, input, output any) (ok bool, next any) {
		if s.stopped {
			return false, nil
		}
		s.guard(func() { ok, next = step(state, input, output) })
		return ok && !s.stopped, next
	}
	return m
}

// counted is m with the functions that the search calls in its hands. Those of a search that
// has been stopped say what ends it soonest: there are no more states, and all are equal.
func counted[S, I, O any](s *search, m Model[S, I, O]) Model[S, I, O] {
	if apply := m.Apply; apply != nil {
		m.Apply = func(state S, in I) (next S, out O) {
			if s.take() {
				next, out = apply(state, in)
			}
			return next, out
		}
	}
	if choices := m.Next; choices != nil {
		m.Next = func(state S, in I, out *O) []S {
			if !s.take() {
				return nil
			}
			return choices(state, in, out)
		}
	}
	equal := m.Equal
	m.Equal = func(a, b S) (same bool) {
		if s.compared++; s.compared%comparisons == 0 {
			s.take()
		}
		if s.stopped {
			return true
		}
		s.guard(func() { same = equal(a, b) }) // it is not only called by steps
		return same
	}
	same := m.Same
	m.Same = func(a, b O) bool { return !s.stopped && same(a, b) } // else b is none that Apply has made
	return m
}

// comparisons of two states count as a step: a model with Next may have so many states at a
// time that to find the equal ones takes longer than to make them.
const comparisons = 64

// take takes a step, if there is one left.
func (s *search) take() bool {
	if s.left <= 0 {
		s.stopped = true
	}
	s.left--
	return !s.stopped
}

// guard runs code of the model. If that panics the search is stopped.
func (s *search) guard(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		s.value, s.panicked, s.stopped = recover(), true, true
		if s.value == nil {
			s.exit() // also of a guard within a guard
		}
	}()
	f()
	returned = true
}
