package linear

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/harkgo/hark/internal/literal"
)

// drawn is how many events a history may have whose operations are drawn to scale.
const drawn = 60

// explain is the report about p, of which no order can be explained that is longer than
// the given one.
func explain[S, I, O any](m Model[S, I, O], p *partition[I, O], order []*Operation[I, O]) string {
	var b strings.Builder
	fmt.Fprintf(&b, "not linearizable: %sno order of these %d operations explains their outputs:\n", p.title(), len(p.ops))
	p.list(&b)
	states := []S{m.Init}
	if len(order) > 0 {
		b.WriteString("the longest order that can be explained:\n")
	}
	for _, op := range order {
		states = m.after(states, op)
		fmt.Fprintf(&b, "    %s  %s, then the state is %s\n", p.who(op), describe(op), someState(states))
	}
	b.WriteString("and none of these can come next:\n")
	for _, op := range p.next(order) {
		fmt.Fprintf(&b, "    %s  %s", p.who(op), describe(op))
		if m.Apply != nil {
			_, output := m.Apply(states[0], op.Input)
			fmt.Fprintf(&b, ", but it would return %s", text(output))
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// after are the states that op can lead to.
func (m Model[S, I, O]) after(states []S, op *Operation[I, O]) []S {
	var all []S
	for _, state := range states {
		if m.Apply != nil {
			next, _ := m.Apply(state, op.Input)
			return []S{next}
		}
		for _, next := range m.choices(state, op) {
			next := unboxed[S](next)
			if !slices.ContainsFunc(all, func(s S) bool { return m.Equal(s, next) }) {
				all = append(all, next)
			}
		}
	}
	return all
}

func someState[S any](states []S) string {
	var all []string
	for _, s := range states {
		all = append(all, text(s))
	}
	return strings.Join(all, " or ")
}

// list writes all operations, in the order of their calls.
func (p *partition[I, O]) list(b *strings.Builder) {
	first, last, open := p.ops[0].Call, 0, 0
	for _, op := range p.ops {
		last = max(last, op.Call, op.Return)
		if op.Outcome != Known {
			open = 1
		}
	}
	last += open
	for _, op := range p.ops {
		fmt.Fprintf(b, "    %s  %s  %s\n", op.interval(first, last), p.who(op), describe(op))
	}
}

// interval shows from when to when op went on, as a bar if there is room for that. One
// that was cut off goes on to the last event, which is none of the others'.
func (op *Operation[I, O]) interval(first, last int) string {
	if last-first >= drawn {
		if op.Outcome != Known {
			return fmt.Sprintf("%5d –      ", op.Call)
		}
		return fmt.Sprintf("%5d – %-5d", op.Call, op.Return)
	}
	bar := []rune(strings.Repeat(" ", last-first+1))
	end := op.Return
	if op.Outcome != Known {
		end = last
	}
	for at := op.Call; at <= end; at++ {
		bar[at-first] = '─'
	}
	bar[op.Call-first] = '├'
	if op.Outcome == Known {
		bar[end-first] = '┤'
	} else {
		bar[end-first] = '…'
	}
	return string(bar)
}

// next are the operations that may come after those of order: the others that were
// called before any of the others had returned. One that was cut off can always come.
func (p *partition[I, O]) next(order []*Operation[I, O]) []*Operation[I, O] {
	rest := slices.DeleteFunc(slices.Clone(p.ops), func(op *Operation[I, O]) bool { return slices.Contains(order, op) })
	until := math.MaxInt
	for _, op := range rest {
		if op.Outcome == Known {
			until = min(until, op.Return)
		}
	}
	return slices.DeleteFunc(rest, func(op *Operation[I, O]) bool { return op.Call > until || op.Outcome != Known })
}

// longest is the longest order that the checker could explain; of several always the
// same one.
func longest[I, O any](info porcupine.LinearizationInfo) []*Operation[I, O] {
	var best []*Operation[I, O]
	for _, orders := range info.PartialLinearizationsOperations() {
		for _, order := range orders {
			var all []*Operation[I, O]
			for _, op := range order {
				all = append(all, op.Input.(*Operation[I, O]))
			}
			if len(all) > len(best) || len(all) == len(best) && slices.CompareFunc(all, best, byCall) < 0 {
				best = all
			}
		}
	}
	return best
}

func byCall[I, O any](a, b *Operation[I, O]) int { return cmp.Compare(a.Call, b.Call) }

func (p *partition[I, O]) title() string {
	if p.key == nil {
		return ""
	}
	return fmt.Sprintf("key %s: ", text(p.key))
}

func describe[I, O any](op *Operation[I, O]) string {
	switch {
	case op.Outcome == Known:
		return fmt.Sprintf("%s → %s", text(op.Input), text(op.Output))
	case op.Err != nil:
		return fmt.Sprintf("%s → ? (%v)", text(op.Input), op.Err)
	}
	return text(op.Input) + " → ? (it has not returned)"
}

// text is how a value is written: as its own methods say, or else as in the report of a run,
// but longer.
func text(v any) string {
	switch v := v.(type) {
	case fmt.Formatter, fmt.Stringer, error:
		return fmt.Sprintf("%+v", v)
	}
	return literal.Whole(v)
}
