package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// rowsFrom are rows of one lane, with a letter each for a text. Each has a step and a time of
// its own.
func rowsFrom(letters string) []row {
	who := &party{name: "a"}
	rows := make([]row, len(letters))
	for i, c := range letters {
		rows[i] = row{nth: i, event: event{step: i, at: time.Duration(i), kind: eventPoint, a: who}, mark: 'o', words: string(c)}
	}
	return rows
}

// foldedText is what is left of rows, with the size of a round and how often it comes again.
func foldedText(rows []row) string {
	var b strings.Builder
	for _, r := range folded(rows) {
		if r.again.times > 0 {
			fmt.Fprintf(&b, "(%d×%d)", r.again.size, r.again.times)
		} else {
			b.WriteString(r.words)
		}
	}
	return b.String()
}

func TestFolded(t *testing.T) {
	for letters, want := range map[string]string{
		"":                            "",
		"a":                           "a",
		"aa":                          "aa", // nothing would be saved
		"abcabd":                      "abcabd",
		"aaa":                         "a(1×2)",
		"xabcabcabcaby":               "xabc(3×2)aby",
		"abababcdcdcd":                "ab(2×2)cd(2×2)",
		"aabaabaabaab":                "aab(3×3)", // of rounds in rounds the larger
		"aaabaaabb":                   "aaab(4×1)b",
		"abcdefghijklabcdefghijkl":    "abcdefghijkl(12×1)",
		"abcdefghijklmabcdefghijklm!": "abcdefghijklmabcdefghijklm!", // too long for a round
	} {
		require.Equal(t, want, foldedText(rowsFrom(letters)), letters)
	}
	rows := folded(rowsFrom("xababab"))
	last := rows[len(rows)-1]
	require.Equal(t, 6, last.nth)
	require.Equal(t, 6, last.step)
	require.Equal(t, time.Duration(6), last.at)
	require.Equal(t, 4, last.stands())
}

// What differs in anything but when it was is no round, and a fault is left out of none.
func TestFolded_NotTheSame(t *testing.T) {
	for name, change := range map[string]func(*row){
		"who":    func(r *row) { r.a = &party{name: "a"} },
		"whom":   func(r *row) { r.b = &party{name: "b"} },
		"thing":  func(r *row) { r.thing = "1" },
		"tail":   func(r *row) { r.tail = "!" },
		"mark":   func(r *row) { r.mark = '=' },
		"arrow":  func(r *row) { r.arrow = '-' },
		"switch": func(r *row) { r.switched = true },
	} {
		rows := rowsFrom("aaaaaaa")
		change(&rows[3])
		require.Equal(t, "a(1×2)aa(1×2)", foldedText(rows), name)
	}
	for name, matters := range map[string]func(*row){
		"a fault":                   func(r *row) { r.kind = eventFault },
		"the end of one":            func(r *row) { r.kind = eventFaultEnds },
		"what the failure is about": func(r *row) { r.about = true },
	} {
		rows := rowsFrom("abababab")
		for i := range rows {
			if rows[i].words == "b" {
				matters(&rows[i])
			}
		}
		require.Equal(t, "abababab", foldedText(rows), name)
	}
}

// Each row is shown, or one that is the same is, so many rows before it.
func TestFolded_NothingIsLost(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		letters := make([]byte, random.IntN(60))
		for i := range letters {
			letters[i] = "ab"[random.IntN(2)]
		}
		var all []byte
		for _, r := range folded(rowsFrom(string(letters))) {
			if r.again.times == 0 {
				all = append(all, r.words...)
				continue
			}
			for range r.again.times {
				all = append(all, all[len(all)-r.again.size:]...)
			}
			require.Len(t, all, r.nth+1)
		}
		require.Equal(t, string(letters), string(all))
	}
}

// polling is a body that fails after it has asked for long. Something happens before.
func polling(s *Sim) {
	sys := s.System()
	server := proc.Spawn(sys, func(self *proc.Self[question]) error {
		for q, err := range self.Messages() {
			if err != nil {
				return err
			}
			q.from.Send(answer{})
		}
		return nil
	}, proc.Titled("server"))
	client := proc.Spawn(sys, func(self *proc.Self[answer]) error {
		s.Point("before all")
		for range 100 {
			server.Send(question{self.Pid()})
			if _, err := proc.Receive(self, sel.Message[answer]()); err != nil {
				return err
			}
			if err := self.Sleep(time.Second); err != nil {
				return err
			}
		}
		s.Fatalf("it never comes")
		return nil
	}, proc.Titled("client"))
	_, _ = proc.Join(s.Context(), client.ID)
}

func TestLanes_OfAPollingProgram(t *testing.T) {
	r := failing(t, polling)
	require.Equal(t, legend+` step         at  the test      !1 server     !2 client
    1         0s  o------------>|                             begins !1 server
    2         0s  |             =                             receives sim.question
    3         0s  o-------------|------------>|               begins !2 client
    4         0s  |             |             o               is at before all
    6         0s  |             |<............o               sim.question{!2} is sent
    7         0s  |             |             =               receives sim.answer
    8         0s  |             |<------------|               sim.question{!2} arrives, wakes it
    9         0s  |             o............>|               sim.answer is sent
   10         0s  |             =             |               receives sim.question
   11         0s  |             |------------>|               sim.answer arrives, wakes it
   13         0s  |             |             =               sleeps
   14         1s  |             |             @               has slept for 1s
               …  8 rows that look the same, 98 more times, until step 896 at 1m39s
  897      1m39s  |             |<............o               sim.question{!2} is sent
  898      1m39s  |             |             =               receives sim.answer
  899      1m39s  |             |<------------|               sim.question{!2} arrives, wakes it
  900      1m39s  |             o------------>|               sim.answer is sent, arrives, wakes it
  904      1m39s  |             |             =               sleeps
  905      1m40s  |             |             @               has slept for 1s
  906      1m40s  |             |             X               FAILS: it never comes
   204 of 1912 events are not among its causes; -sim.trace shows all
`, pictureIn(r))

	*flagTrace = true
	defer func() { *flagTrace = false }()
	_, whole, _ := strings.Cut(r.String(), "all of it:\n")
	whole, _, _ = strings.Cut(whole, "how it came about:\n")
	require.Equal(t, 100, strings.Count(whole, "has slept for 1s"))
	require.NotContains(t, whole, "…")
}

// Rows of those who have no lane of their own are no reason to say that they come again.
func TestLanes_RoundsOfOthers(t *testing.T) {
	var all []*party
	for i := range 12 {
		all = append(all, &party{name: string(rune('a' + i))})
	}
	var events []event
	add := func(who *party, text string) {
		events = append(events, event{step: len(events) + 1, kind: eventPoint, a: who, text: text})
	}
	for range 100 {
		add(all[0], "x")
	}
	for _, who := range all[1:] {
		add(who, "y")
	}
	text := lanesOf(events, nil, 50)
	require.NotContains(t, text, "more times", text)
	require.Contains(t, text, "99 rows left out", text)
	require.Contains(t, text, "5 rows among them not shown", text)
}
