package sim

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/harkgo/hark/internal/literal"
	"github.com/harkgo/hark/internal/seam"
)

// event is one line of a trace.
type event struct {
	step int
	at   time.Duration
	kind eventKind
	of   seam.Kind
	a, b *party
	what reflect.Type
	// text says what has failed, or which fault or point it is. Of other events it is
	// there for a reader only, in a run that is shown: what is in a message, what a party
	// waits for, how long after its setting a timer fires. It is then no part of what
	// tells two runs apart.
	text string
	// cause is the event in whose course it came about, counted from 1, beside the
	// one before it of the same party; 0: none that is known, or all (see everything).
	cause int32
	// about is that the failure is about this; it is set for a report.
	about bool
}

// everything is the cause of what comes when nobody else can go on.
const everything = -1

type eventKind uint8

const (
	eventRuns eventKind = iota
	eventSpawns
	eventSends
	eventArrives
	eventBlocks
	eventWakes
	eventFires
	eventTicks
	eventEnded
	eventAway
	eventReturns
	eventTime
	eventFails
	eventFault
	eventFaultEnds
	eventPoint
	eventCalled   // an operation of a history
	eventReturned // with its output
	eventUnknown  // it has failed, with an error
)

func (s *scheduler) note(e event) {
	if s.aborted {
		return
	}
	e.step, e.at = s.steps, s.now
	if e.cause == 0 {
		e.cause = s.cause
	}
	s.events = append(s.events, e)
}

// noteRuns notes that t is given the baton: what is done now, it does.
func (s *scheduler) noteRuns(t *thread) {
	s.note(event{kind: eventRuns, a: t.party, cause: t.cause})
	s.cause, s.latest = int32(len(s.events)), t.party.id
}

// noteArrival notes that f arrives: what is done now, its effect does.
func (s *scheduler) noteArrival(f flight, to *party) {
	s.note(event{kind: eventArrives, a: f.from, b: to, what: typeOf(f.what), of: f.kind, cause: f.cause, text: s.shown(&f)})
	s.cause = int32(len(s.events))
}

var kindNames = [...]string{
	seam.Message: "", seam.Signal: "the signal ", seam.Reply: "the reply ", seam.ExitFired: "the end, ", seam.Tick: "",
}

// operationNames are what is before the input, output or error of an operation.
var operationNames = [...]string{
	eventCalled: "operation ", eventReturned: "operation → ", eventUnknown: "operation → ? ",
}

// String is all that tells two runs apart.
func (e event) String() string { return e.line(false) }

// line is an event as text; for a reader with all that there is to say.
func (e event) line(forReader bool) string {
	who, what, thing := "", "", e.thing()
	if forReader {
		thing = e.contents()
	}
	if e.a != nil {
		who = e.a.String()
	}
	switch e.kind {
	case eventRuns:
		what = "goes on"
	case eventSpawns:
		what = "begins " + e.b.String()
	case eventSends:
		what = "sends " + thing + " to " + e.b.String()
	case eventArrives:
		what = "→ " + e.b.String() + ": " + thing + " arrives"
	case eventBlocks:
		what = "blocks"
		if forReader && e.text != "" {
			what = e.text
		}
	case eventWakes:
		what = "may go on"
	case eventFires:
		what = "has a timer that fires"
		if forReader && e.text != "" {
			what = e.text
		}
	case eventTicks:
		what = "→ " + e.b.String() + ": " + thing
	case eventEnded:
		what = "is over"
	case eventAway:
		what = "blocks outside of the scheduler"
	case eventReturns:
		what = "comes from outside of the scheduler"
	case eventTime:
		who, what = "the time", "is now "+e.at.String()
	case eventPoint:
		what = "comes to " + e.text
	case eventCalled, eventReturned, eventUnknown:
		what = operationNames[e.kind] + thing
	case eventFails:
		who, what = "FAILS", firstLine(e.text) // the rest may be values, with their addresses
		if forReader {
			what = headline(e.text)
		}
	case eventFault:
		who, what = "a fault", e.text
	case eventFaultEnds:
		who, what = "end of a fault", e.text
	}
	return fmt.Sprintf("%5d %8s  %-24s %s", e.step, e.at, who, what)
}

// thing is what is sent, arrives or ticks.
func (e event) thing() string {
	if e.what == nil {
		return kindNames[e.of] + "nil"
	}
	return kindNames[e.of] + literal.TypeName(e.what)
}

// contents is thing with what is in it, if that is known.
func (e event) contents() string {
	if e.text == "" {
		return e.thing()
	}
	return kindNames[e.of] + e.text
}

// lines are events as text, for a reader.
func lines(events []event) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(e.line(true))
		b.WriteByte('\n')
	}
	return b.String()
}

// differ is the first place where two traces are not the same, and the lines there.
func differ(a, b []event) (step int, first, second string, yes bool) {
	for i := range max(len(a), len(b)) {
		first, second = "(it has ended)", "(it has ended)"
		if i < len(a) {
			first, step = a[i].String(), a[i].step
		}
		if i < len(b) {
			second, step = b[i].String(), b[i].step
		}
		if first != second {
			return step, first, second, true
		}
	}
	return 0, "", "", false
}
