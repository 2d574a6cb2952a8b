package linear

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/harkgo/hark/internal/seam"
)

// History records operations: their inputs, outputs, and which of them were over when
// others began. The zero value is an empty one. It is safe for concurrent use.
//
// What is recorded of time is the order of calls and returns, and nothing else: a
// clock, and a virtual one in particular, stands still while much happens. In a simulation
// the calls and returns of its threads are in the trace, and the report of a history has
// the steps.
type History[I, O any] struct {
	mu  sync.Mutex
	now int
	ops []Operation[I, O]
}

// Operation is what a history knows of an operation.
type Operation[I, O any] struct {
	Client  string
	Input   I
	Call    int // the number of this event: calls and returns are counted from 1
	Return  int // 0 unless Outcome is Known
	Output  O   // if Outcome is Known
	Err     error
	Outcome Outcome

	from, to int // steps of the simulation in which it was called and has ended; 0: none
}

// Outcome is what is known of the effect of an operation.
type Outcome uint8

const (
	CutOff  Outcome = iota // it may have taken effect, or still will: it goes on, or nobody knows
	Known                  // it has taken effect, and has an output
	Nothing                // it has had no effect, and will have none
)

func (o Outcome) String() string {
	switch o {
	case CutOff:
		return "cut off"
	case Known:
		return "known"
	case Nothing:
		return "nothing"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// Do records an operation of client, which f performs, and returns what f returns. An
// error means that the outcome is not known, unless it is one of [NotDone]. If f does
// not return, because the process is killed or panics, the operation is cut off.
func (h *History[I, O]) Do(client string, input I, f func() (O, error)) (O, error) {
	op := h.Begin(client, input)
	output, err := f()
	if err != nil {
		op.Fail(err)
	} else {
		op.End(output)
	}
	return output, err
}

// Begin records the call of an operation, for those that are not one function: the
// request is sent here, and the answer comes there. It is to be called before anything
// can happen. Until the operation has ended it counts as cut off.
func (h *History[I, O]) Begin(client string, input I) Pending[I, O] {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now++
	h.ops = append(h.ops, Operation[I, O]{Client: client, Input: input, Call: h.now, from: seam.TraceOperation(seam.Called, input)})
	return Pending[I, O]{h, len(h.ops) - 1}
}

// Pending is an operation that has begun. It ends at most once.
type Pending[I, O any] struct {
	h *History[I, O]
	i int
}

// End records that the operation has returned output.
func (p Pending[I, O]) End(output O) {
	p.end(func(op *Operation[I, O]) {
		op.Outcome, op.Output, op.Return = Known, output, p.h.now
		op.to = seam.TraceOperation(seam.Returned, output)
	})
}

// Fail records that the operation has failed: its outcome is not known, unless err is
// one of [NotDone].
func (p Pending[I, O]) Fail(err error) {
	if err == nil {
		panic("linear: an operation fails without an error")
	}
	p.end(func(op *Operation[I, O]) {
		op.Err = err
		if errors.As(err, new(notDone)) {
			op.Outcome = Nothing
		}
		op.to = seam.TraceOperation(seam.Failed, err)
	})
}

func (p Pending[I, O]) end(record func(op *Operation[I, O])) {
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	op := &p.h.ops[p.i]
	if op.Outcome != CutOff || op.Err != nil {
		panic(fmt.Sprintf("linear: operation %v of %s ends twice", op.Input, op.Client))
	}
	p.h.now++
	record(op)
}

// Operations are those recorded so far, in the order of their calls.
func (h *History[I, O]) Operations() []Operation[I, O] {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.ops)
}

// NotDone says of the error of an operation that this has had no effect, and will have
// none: it is as if it had not been called. That is certain of a request that a full
// mailbox has refused, for example; of a timeout it never is.
func NotDone(err error) error { return notDone{err} }

type notDone struct{ err error }

func (e notDone) Error() string { return fmt.Sprint("not done: ", e.err) }
func (e notDone) Unwrap() error { return e.err }
