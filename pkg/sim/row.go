package sim

import (
	"slices"
	"strings"
)

// row is a row of a picture of a trace: an event, or some that belong together. Its text
// is words, thing and tail.
type row struct {
	nth int // of all rows
	event
	mark     byte // in the lane of a
	arrow    byte // what the line to the lane of b is made of; 0: there is none
	words    string
	thing    string // what is sent; if there is no room for all, it is cut
	tail     string
	switched bool   // the step is not what it would be by default
	skipped  int    // rows before it that are not shown
	again    rounds // that it stands for, if it is no event
}

// matters reports whether r is to be shown whatever is beside it.
func (r *row) matters() bool { return r.about || r.kind == eventFault || r.kind == eventFaultEnds }

// rowsOf makes the rows of some events. That somebody goes on is told only where
// it would not be seen otherwise: by what it does.
func rowsOf(events []event, switches map[int]bool) []row {
	var rows []row
	marked := 0 // the last switch that a row shows
	for i := 0; i < len(events); i++ {
		if isSeen(events, i, switches) {
			continue
		}
		r := rowOf(events[i])
		i += r.join(events[i], events[:i], events[i+1:])
		if step := events[i].step; switches[step] && step != marked {
			r.switched, marked, r.step = true, step, step
		}
		i += r.wake(events[i], events[i+1:])
		rows = append(rows, r)
	}
	return rows
}

// isSeen reports whether an event need not be shown: what it says is seen from others.
func isSeen(events []event, i int, switches map[int]bool) bool {
	e := events[i]
	if i+1 == len(events) {
		return false
	}
	next := events[i+1]
	switch e.kind {
	case eventTime:
		return true // the rows have it
	case eventEnded:
		return e.a.lane != nil // nobody has begun
	case eventRuns:
		if next.kind != eventRuns && next.a == e.a && next.step == e.step {
			return true
		}
		return !switches[e.step] && slices.ContainsFunc(events[:i], func(o event) bool { return o.a == e.a })
	}
	return false
}

// rowOf is the row of one event. The lanes say who it is and to whom.
func rowOf(e event) row {
	r := row{event: e, mark: 'o'}
	switch e.kind {
	case eventRuns:
		r.words = "goes on"
	case eventSpawns:
		r.arrow, r.words = '-', "begins "+e.b.String()
	case eventSends:
		r.arrow, r.thing, r.tail = '.', e.contents(), " is sent"
	case eventArrives:
		r.mark, r.arrow, r.thing, r.tail = 0, '-', e.contents(), " arrives"
	case eventTicks:
		r.mark, r.arrow, r.thing = 0, '-', e.contents()
	case eventBlocks:
		r.mark, r.words = '=', waits
		if e.text != "" {
			r.words = e.text
		}
	case eventWakes:
		r.mark, r.words = '^', "may go on"
	case eventFires:
		r.mark, r.words = '@', "its timer fires"
		if e.text != "" {
			r.words = e.text
		}
	case eventEnded:
		r.mark, r.words = '#', "is over"
	case eventAway:
		r.mark, r.words = '=', "blocks outside of the scheduler"
	case eventReturns:
		r.mark, r.words = '^', "comes from outside"
	case eventTime:
		r.words = "the time is " + e.at.String()
	case eventFault:
		r.mark, r.words = '!', "FAULT: "+e.text
	case eventFaultEnds:
		r.words = "end of a fault: " + e.text
	case eventPoint:
		r.words = "is at " + e.text
	case eventCalled, eventReturned, eventUnknown:
		r.words, r.thing = operationNames[e.kind], e.contents()
	case eventFails:
		r.mark, r.words = 'X', "FAILS: "+headline(e.text)
	}
	if r.a = e.a.shownIn(); r.a != e.a {
		r.words = "its timer: " + r.words
	}
	r.to(e.b)
	return r
}

// to draws what is done to somebody.
func (r *row) to(who *party) {
	if r.b = who.shownIn(); r.a == r.b && r.a != nil {
		if r.arrow = 0; r.mark == 0 {
			r.mark = 'o'
		}
	}
}

// shownIn is in whose lane p is.
func (p *party) shownIn() *party {
	for p != nil && p.lane != nil {
		p = p.lane
	}
	return p
}

// join makes what comes right after e, the event of r, part of the row, if they belong
// together, and returns how many events that are.
func (r *row) join(e event, before, after []event) int {
	if len(after) == 0 {
		return 0
	}
	switch next := after[0]; {
	case e.kind == eventSends && next.kind == eventArrives && next.a == e.a && next.b == e.b && next.of == e.of && next.what == e.what:
		r.arrow, r.tail = '-', " is sent, arrives"
		return 1
	case e.kind == eventFires && next.kind == eventTicks && next.step == e.step && next.a.shownIn() == r.a:
		r.words = strings.TrimSuffix(r.words, "fires") + "sends "
		r.thing, r.arrow = next.contents(), '-'
		r.to(next.b)
		return 1
	case e.kind == eventFires && next.kind == eventWakes && next.step == e.step && next.a == r.a:
		for _, began := range slices.Backward(before) {
			if began.kind == eventBlocks && began.a == r.a {
				r.words = endOfWait(began.text, e.at-began.at)
				return 1
			}
		}
	}
	return 0
}

// wake makes it part of r that somebody is ready for what has come, and returns how many
// events that is.
func (r *row) wake(e event, after []event) int {
	if e.kind != eventArrives && e.kind != eventTicks || len(after) == 0 {
		return 0
	}
	if next := after[0]; next.kind != eventWakes || next.a != e.b || next.step != e.step {
		return 0
	}
	r.tail += ", wakes it"
	return 1
}
