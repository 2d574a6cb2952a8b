package sim

import "slices"

// row is a row of a picture of a trace: an event, or two that belong together.
type row struct {
	event
	mark     byte // in the lane of a
	arrow    byte // what the line to the lane of b is made of; 0: there is none
	words    string
	switched bool // the step is not what it would be by default
}

// rowsOf makes the rows of some events. That somebody goes on is told only where
// it would not be seen otherwise: by what it does.
func rowsOf(events []event, switches map[int]bool) []row {
	var rows []row
	marked := 0 // the last switch that a row shows
	for i := 0; i < len(events); i++ {
		e := events[i]
		r := rowOf(e)
		if i+1 < len(events) {
			next := events[i+1]
			switch {
			case e.kind == eventRuns && next.kind != eventRuns && next.a == e.a && next.step == e.step:
				continue
			case e.kind == eventTime:
				continue // the rows have it
			case e.kind == eventRuns && !switches[e.step] && slices.ContainsFunc(events[:i], func(o event) bool { return o.a == e.a }):
				continue
			case e.kind == eventSends && next.kind == eventArrives && next.a == e.a && next.b == e.b && next.of == e.of && next.what == e.what:
				r.arrow, r.words = '-', e.thing()+" is sent, arrives"
				i++
			}
		}
		if e := events[i]; e.kind == eventArrives || e.kind == eventTicks {
			if i+1 < len(events) && events[i+1].kind == eventWakes && events[i+1].a == e.b && events[i+1].step == e.step {
				r.words += ", wakes it"
				i++
			}
		}
		if step := events[i].step; switches[step] && step != marked {
			r.switched, marked, r.step = true, step, step
		}
		rows = append(rows, r)
	}
	return rows
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
		r.arrow, r.words = '.', e.thing()+" is sent"
	case eventArrives:
		r.mark, r.arrow, r.words = 0, '-', e.thing()+" arrives"
	case eventTicks:
		r.mark, r.arrow, r.words = 0, '-', e.thing()
	case eventBlocks:
		r.mark, r.words = '=', "waits"
	case eventWakes:
		r.mark, r.words = '^', "may go on"
	case eventFires:
		r.mark, r.words = '@', "its timer fires"
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
	case eventFails:
		r.mark, r.words = 'X', "FAILS: "+e.text
	}
	if e.a == e.b && e.a != nil {
		r.mark, r.arrow = 'o', 0
	}
	return r
}
