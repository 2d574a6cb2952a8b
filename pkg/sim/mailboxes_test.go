package sim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// letter is a message that only some selectors take.
type letter struct{ from, n int }

func (l letter) String() string { return fmt.Sprintf("letter %d.%d", l.from, l.n) }

// postcard is another one; both are fmt.Stringers.
type postcard struct{ from, n int }

func (p postcard) String() string { return fmt.Sprintf("postcard %d.%d", p.from, p.n) }

// packet is a third one.
type packet struct{ from, n int }

// looks are receives of all kinds: what a process has looked for in its mailbox.
var looks = []struct {
	name string
	take func(self *proc.Self[int]) (any, error)
}{
	{"letter", taking(time.Second, sel.Message[letter]())},
	{"postcard", taking(time.Second, sel.Message[postcard]())},
	{"packet", taking(time.Second, sel.Message[packet]())},
	{"letter at once", taking(0, sel.Message[letter]())},
	{"packet at once", taking(0, sel.Message[packet]())},
	{"second letter", taking(time.Second, sel.Message[letter]().Where(func(l letter) bool { return l.n == 1 }))},
	{"letter or postcard", taking(time.Second, sel.Or(anything(sel.Message[letter]()), anything(sel.Message[postcard]())))},
	{"postcard or packet at once", taking(0, sel.Or(anything(sel.Message[postcard]()), anything(sel.Message[packet]())))},
	{"stringer", taking(time.Second, sel.Message[fmt.Stringer]())},
	{"any", taking(time.Second, sel.Any())},
	{"how many", func(self *proc.Self[int]) (any, error) { info, _ := self.ID().Info(); return info.Mailbox, nil }},
	{"all", func(self *proc.Self[int]) (any, error) { return self.Flush(), nil }},
}

func taking[T any](d time.Duration, s sel.MessageSelector[T]) func(self *proc.Self[int]) (any, error) {
	return func(self *proc.Self[int]) (any, error) { return proc.ReceiveWithin(self, d, s) }
}

func anything[T any](s sel.MessageSelector[T]) sel.MessageSelector[any] {
	return sel.Map(s, func(v T) any { return v })
}

// Some of them, by their numbers.
const (
	lookForLetter   = 0
	lookForPostcard = 1
	lookForEither   = 6
	lookForAnything = 9
)

// post is a program of one process that looks through its mailbox, and two that write
// to it.
type post struct {
	sends [2][]int
	looks []int
	late  bool // it looks only when all has come
}

func newPost(r *rand.Rand) post {
	var p post
	for i := range p.sends {
		for range 1 + r.IntN(3)/2 {
			p.sends[i] = append(p.sends[i], r.IntN(3))
		}
	}
	for range 1 + r.IntN(3) {
		p.looks = append(p.looks, r.IntN(len(looks)))
	}
	return p
}

func (p post) String() string {
	var names []string
	for _, i := range p.looks {
		names = append(names, looks[i].name)
	}
	return fmt.Sprint(p.sends, " ", strings.Join(names, ", "))
}

func (p post) run(s *Sim) string {
	said := ""
	proc.Spawn(s.System(), func(self *proc.Self[int]) error {
		letters, postcards, packets := proc.PidFor[letter](self), proc.PidFor[postcard](self), proc.PidFor[packet](self)
		for from, sends := range p.sends {
			proc.Spawn(self, func(*proc.Self[int]) error {
				for n, what := range sends {
					switch what {
					case 0:
						letters.Send(letter{from, n})
					case 1:
						postcards.Send(postcard{from, n})
					case 2:
						packets.Send(packet{from, n})
					}
				}
				return nil
			})
		}
		if p.late {
			if err := self.Sleep(time.Minute); err != nil {
				return err
			}
		}
		for _, i := range p.looks {
			got, err := looks[i].take(self)
			said += fmt.Sprintf("%v %T; ", got, err)
		}
		if err := self.Sleep(time.Minute); err != nil {
			return err
		}
		for _, left := range []int{0, 1, 2} { // of each type, in its order
			for {
				got, err := looks[left].take(self)
				if err != nil {
					break
				}
				said += fmt.Sprint(got, "; ")
			}
		}
		return nil
	})
	s.Sleep(time.Hour)
	return said
}

// What is left out because of the selectors leads to nowhere else. The processes are
// isolated, so that arrivals are all that is in the way of each other.
func TestExhaustive_NothingIsMissedInAMailbox(t *testing.T) {
	random := rand.New(rand.NewPCG(7, *flagSeed))
	programs, most := 20, 1500
	if raceEnabled {
		programs = 7
	}
	if *flagRuns != 0 {
		programs = *flagRuns
	}
	compared, ends, enumerated, left := 0, 0, 0, 0
	for range programs {
		p := newPost(random)
		var opts []Option
		if random.IntN(2) == 0 {
			opts = append(opts, Instant())
		}
		explore := func(most int, more ...Option) (map[string]bool, *explorer) {
			ends := make(map[string]bool)
			c := newCheck(t, func(s *Sim) { ends[p.run(s)] = true }, append(slices.Clone(opts), more...))
			c.exploration.most, c.exploration.mostGiven = most, true
			if r := c.explore(); r != nil {
				require.Fail(t, r.String(), "%s", p)
			}
			return ends, c.explored
		}
		want, e := explore(most, Exhaustive(enumerate))
		if e.unfinished {
			continue
		}
		compared++
		ends += len(want)
		enumerated += e.runs
		for _, bound := range []Bound{sleepSets, func(*exploration) {}} {
			got, e := explore(most, Exhaustive(bound), Isolated())
			require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)), "%s, plain %t", p, e.plain)
			if !e.plain {
				left += e.runs
			}
		}
	}
	t.Logf("%d programs with %d ends: %d schedules, of which %d were taken", compared, ends, enumerated, left)
	require.NotZero(t, compared)
}

// Who takes one type after the other cannot tell in which order they have come, who
// takes what is first can.
func TestExhaustive_SelectorsDecide(t *testing.T) {
	schedules := func(looks []int, delivery ...Option) int {
		return exploring(t, func(s *Sim) {
			post := post{sends: [2][]int{{0}, {1}}, looks: looks, late: true}
			post.run(s)
		}, append(delivery, Exhaustive(), Isolated())...).runs
	}
	for name, delivery := range map[string][]Option{"queues": nil, "instant": {Instant()}} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 1, schedules([]int{lookForLetter, lookForPostcard}, delivery...))
			require.Equal(t, 2, schedules([]int{lookForEither}, delivery...))
			require.Equal(t, 2, schedules([]int{lookForLetter, lookForAnything}, delivery...))
		})
	}
}
