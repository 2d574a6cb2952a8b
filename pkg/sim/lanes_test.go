package sim

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

type (
	question struct{ from proc.Pid[answer] }
	answer   struct{}
)

// pictured is a body that fails by default, with something of each kind in it.
func pictured(s *Sim) {
	sys := s.System()
	server := proc.Spawn(sys, func(self *proc.Self[question]) error {
		for q, err := range self.Messages() {
			if err != nil || self.Sleep(time.Second) != nil {
				return err
			}
			q.from.Send(answer{})
			return nil
		}
		return nil
	}, proc.Titled("server"))
	client := proc.Spawn(sys, func(self *proc.Self[answer]) error {
		self.Monitor(server.ID)
		server.Send(question{self.Pid()})
		down, err := proc.Receive(self, sel.Message[proc.ProcessDown]())
		if err == nil {
			s.Fatalf("the server has ended: %v", down.Reason)
		}
		return err
	}, proc.Titled("client"))
	for range 3 {
		idle[int](sys, "bystander").Send(1)
	}
	_, _ = proc.Join(s.Context(), client.ID)
}

// pictureIn is what a report shows of how a failure came about.
func pictureIn(r *report) string {
	_, all, _ := strings.Cut(r.String(), "how it came about:\n")
	return all
}

const picturedLanes = legend + ` step         at  the test      !1 server     !2 client
    1         0s  o------------>|                             begins !1 server
    2         0s  |             =                             receives sim.question
    3         0s  o-------------|------------>|               begins !2 client
    4         0s  |             |             o               goes on
    6         0s  |             |<............o               sim.question{!2} is sent
    9         0s  |             |             =               receives proc.ProcessDown
   17         0s  |             |<------------|               sim.question{!2} arrives, wakes it
   19         0s  |             =             |               sleeps
   26         1s  |             @             |               has slept for 1s
   27         1s  |             o............>|               sim.answer is sent
   30         1s  |             |------------>|               sim.answer arrives
   30         1s  |             |------------>|               the end, proc.ExitNormally arrives, wakes it
   31         1s  |             |             X               FAILS: the server has ended: ended normally
   35 of 63 events are not among its causes; -sim.trace shows all
`

// The bystanders are not in it, nor is what comes after the failure.
func TestLanes(t *testing.T) {
	r := failing(t, pictured)
	require.Equal(t, picturedLanes, pictureIn(r))

	all := r.String()
	*flagTrace = true
	defer func() { *flagTrace = false }()
	whole := r.String()
	require.Contains(t, whole, picturedLanes)
	require.Contains(t, whole, "bystander")
	require.NotContains(t, all, "bystander")
	for line := range strings.Lines(all[strings.Index(all, "how it came about"):]) {
		require.LessOrEqual(t, utf8.RuneCountInString(line), pageWidth+1, line)
	}
}

// Each kind of row, a switch, an end, an arrow across a lane, and one of one's own.
func TestLanes_Rows(t *testing.T) {
	a, b, c := &party{name: "a"}, &party{name: "a party with a long name"}, &party{name: "c"}
	text := lanesOf([]event{
		{step: 1, kind: eventSpawns, a: a, b: b},
		{step: 1, kind: eventSpawns, a: a, b: c},
		{step: 2, kind: eventSends, a: a, b: c, what: typeOf(1)},
		{step: 2, kind: eventRuns, a: b},
		{step: 2, kind: eventBlocks, a: b},
		{step: 3, kind: eventArrives, a: a, b: c, what: typeOf(1)},
		{step: 3, kind: eventWakes, a: c},
		{step: 4, kind: eventArrives, a: c, b: c, what: typeOf("")},
		{step: 5, at: time.Minute, kind: eventFires, a: c},
		{step: 5, at: time.Minute, kind: eventTicks, a: c, b: b, what: typeOf("")},
		{step: 6, at: time.Minute, kind: eventWakes, a: b},
		{step: 7, at: time.Minute, kind: eventAway, a: a},
		{step: 8, at: time.Minute, kind: eventReturns, a: a},
		{step: 9, at: time.Minute, kind: eventEnded, a: b},
		{step: 10, at: time.Minute, kind: eventSends, a: a, b: c},
		{step: 10, at: time.Minute, kind: eventArrives, a: a, b: c},
		{step: 11, at: time.Minute, kind: eventFault, text: "c is killed"},
		{step: 12, at: time.Minute, kind: eventFails, text: strings.Repeat("long ", 30)},
	}, map[int]bool{3: true, 10: true}, 0)
	require.Equal(t, legend+` step         at  a             a party with  c
                                a long name
    1         0s  o------------>|                             begins a party with a long name
    1         0s  o-------------|------------>|               begins c
    2         0s  o.............|............>|               int is sent
    2         0s  |             =             |               waits
    3*        0s  |-------------|------------>|               int arrives, wakes it
    4         0s  |             |             o               string arrives
    5       1m0s  |             |<------------@               its timer sends string
    6       1m0s  |             ^             |               may go on
    7       1m0s  =             |             |               blocks outside of the scheduler
    8       1m0s  ^             |             |               comes from outside
    9       1m0s  |             #             |               is over
   10*      1m0s  o-------------------------->|               nil is sent, arrives
   11       1m0s  |                           |               FAULT: c is killed
   12       1m0s  |                           |               FAILS: long long long long long long long long long long long long long long long long long long …
`, text)
}

// With more parties than there is room for, those have a lane of their own that were
// there last; and of many rows the last are shown.
func TestLanes_Many(t *testing.T) {
	var events []event
	var all []*party
	for i := range 12 {
		all = append(all, &party{name: string(rune('a' + i))})
	}
	for i := range 100 {
		events = append(events, event{step: i, kind: eventSends, a: all[0], b: all[i%12], what: typeOf(i), text: strconv.Itoa(i)})
	}
	events = append(events, event{step: 100, kind: eventSends, a: all[1], b: all[2]}, event{step: 100, kind: eventFails, text: "!"})
	text := lanesOf(events, nil, 10)
	require.Contains(t, text, "\n               …  92 rows left out\n   92 ")
	require.Contains(t, text, " step         at  a       i       j       k       l       b       c       d\n")

	text = lanesOf(events, nil, 0)
	require.Contains(t, text, "others\n")
	require.Contains(t, text, "   others: ")
	require.Equal(t, 1, strings.Count(text, "FAILS"))
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, utf8.RuneCountInString(line), pageWidth+1)
	}
}
