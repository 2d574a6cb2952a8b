package sim_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sim"
	"github.com/harkgo/hark/pkg/sup"
)

type (
	addN     struct{ n int }
	mulN     struct{ n int }
	oddN     struct{ n int }
	toPhase  struct{ to server.Phase }
	getSum   struct{ server.Request[int] }
	getSaid  struct{ server.Request[string] }
	crashNow struct{}
	unknown  struct{ server.Request[int] }
)

type sums struct {
	sum  int
	said *strings.Builder
}

func (c *sums) open(_ *proc.Self[any], said *strings.Builder) error { c.said = said; return nil }
func (c *sums) add(_ *proc.Self[any], m addN) error {
	fmt.Fprintf(c.said, "add %d; ", m.n)
	c.sum += m.n
	return nil
}
func (c *sums) mul(_ *proc.Self[any], m mulN) error {
	fmt.Fprintf(c.said, "mul %d; ", m.n)
	c.sum *= m.n
	return nil
}
func (c *sums) odd(_ *proc.Self[any], m oddN) error {
	fmt.Fprintf(c.said, "odd %d; ", m.n)
	return nil
}
func (c *sums) phase(_ *proc.Self[any], m toPhase) error           { return server.To(m.to) }
func (c *sums) ask(*proc.Self[any], *getSum) (int, error)          { return c.sum, nil }
func (c *sums) last(_ *proc.Self[any], _ *getSaid) (string, error) { return c.said.String(), nil }
func (c *sums) crash(*proc.Self[any], crashNow) error              { return errors.New("crash") }
func (c *sums) idle(*proc.Self[any]) error                         { fmt.Fprint(c.said, "idle; "); return nil }
func (c *sums) why(_ *proc.Self[any], why proc.ErrorInterrupt) error {
	fmt.Fprintf(c.said, "%v; ", why)
	return nil
}

var sumsServers = server.New((*sums).open,
	server.On((*sums).add), server.OnCall((*sums).ask), server.On((*sums).phase), server.On((*sums).crash),
	server.OnSelect(sel.Message[oddN]().Where(func(o oddN) bool { return o.n%2 == 1 }), (*sums).odd),
	server.OnInterrupt((*sums).why),
	server.In("open", server.On((*sums).mul), server.OnIdle(time.Second, (*sums).idle)),
	server.In("shut", server.OnCall((*sums).last)))

var serverActs = []string{"add", "mul", "odd", "even", "open", "shut", "ask", "last", "stray", "crash", "interrupt", "text", "within"}

// What chance finds of a server, exploring finds.
func TestExhaustive_NothingIsMissedOfAServer(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	programs := 12
	if testing.Short() {
		programs = 3
	}
	for range programs {
		var clients [2][]int
		for i := range clients {
			for range 1 + r.IntN(2) {
				clients[i] = append(clients[i], r.IntN(len(serverActs)))
			}
		}
		instant, bounded := r.IntN(2) == 0, r.IntN(4) == 0
		var text strings.Builder
		for _, acts := range clients {
			for _, a := range acts {
				text.WriteString(serverActs[a] + " ")
			}
			text.WriteString("| ")
		}
		fmt.Fprint(&text, instant, " bounded ", bounded)
		body := func(s *sim.Sim) string {
			sys := s.System()
			said := [3]strings.Builder{}
			var opts []proc.SpawnOption
			if bounded {
				opts = append(opts, proc.Bounded(2, proc.DropOldest))
			}
			pid, err := sumsServers.Start(s.Context(), sys, &said[2], opts...)
			require.NoError(s, err)
			for i, acts := range clients {
				proc.Spawn(sys, func(self *proc.Self[int]) error {
					for _, a := range acts {
						switch serverActs[a] {
						case "add":
							pid.Send(addN{i + 1})
						case "mul":
							pid.Send(mulN{i + 2})
						case "odd":
							pid.Send(oddN{2*i + 1})
						case "even":
							pid.Send(oddN{2 * i})
						case "open", "shut":
							pid.Send(toPhase{server.Phase(serverActs[a])})
						case "ask":
							got, err := server.CallWithin(self, time.Second, pid, &getSum{})
							fmt.Fprintf(&said[i], "%d %T; ", got, err)
						case "last":
							got, err := server.CallWithin(self, time.Second, pid, &getSaid{})
							fmt.Fprintf(&said[i], "%s %T; ", got, err)
						case "stray":
							got, err := server.CallWithin(self, time.Second, pid, &unknown{})
							fmt.Fprintf(&said[i], "%d %T; ", got, err)
						case "crash":
							pid.Send(crashNow{})
						case "interrupt":
							pid.ID.Interrupt(proc.ErrorInterrupt{Err: fmt.Errorf("by %d", i)})
						case "text":
							pid.Send("text")
						case "within":
							_, err := server.CallWithin(self, 0, pid, &getSum{})
							fmt.Fprintf(&said[i], "%T; ", err)
						}
					}
					return nil
				})
			}
			s.Settle()
			s.Sleep(5 * time.Second)
			return fmt.Sprintf("%s| %s| %s %t", said[0].String(), said[1].String(), said[2].String(), pid.Alive())
		}
		var opts []sim.Option
		if instant {
			opts = append(opts, sim.Instant())
		}
		want := endsOf(t, body, append(slices.Clone(opts), sim.Runs(500))...)
		got := endsOf(t, body, append(slices.Clone(opts), sim.Exhaustive(sim.Schedules(4000)), sim.Isolated())...)
		for _, end := range want {
			if !slices.Contains(got, end) {
				t.Errorf("%s\nmissed %s\ngot %q", text.String(), end, got)
			}
		}
	}
}

// Nor of a topic, which threads share.
func TestExhaustive_NothingIsMissedOfATopic(t *testing.T) {
	for name, opts := range map[string][]sim.Option{"queues": nil, "instant": {sim.Instant()}} {
		t.Run(name, func(t *testing.T) {
			body := func(s *sim.Sim) string {
				sys := s.System()
				topic := event.New[int](sys)
				said := ""
				proc.Spawn(sys, func(self *proc.Self[string]) error {
					if err := topic.Observe(self); err != nil {
						return err
					}
					for {
						v, err := proc.ReceiveWithin(self, time.Second, sel.Any())
						if err != nil {
							return nil
						}
						said += fmt.Sprint(v, " ")
					}
				})
				proc.Spawn(sys, func(self *proc.Self[string]) error { topic.Publish(1); return nil })
				proc.Spawn(sys, func(self *proc.Self[string]) error { topic.Publish(2); return nil })
				s.Sleep(time.Minute)
				return said
			}
			want := endsOf(t, body, append(slices.Clone(opts), sim.Runs(1000))...)
			got := endsOf(t, body, append(slices.Clone(opts), sim.Exhaustive())...)
			require.Subset(t, got, want)
		})
	}
}

// Nor, as far as is explored, of a supervisor.
func TestExhaustive_NothingIsMissedOfASupervisor(t *testing.T) {
	body := func(s *sim.Sim) string {
		sys := s.System()
		var said [2]string
		lives := 0
		var pids []proc.ID
		_, err := sup.StartIn(s.Context(), sys, sup.Spec{Children: []sup.Child{
			sup.Worker("a", func(self *proc.Self[int]) error {
				lives++
				pids = append(pids, self.ID())
				_, err := self.Receive()
				return err
			}),
		}})
		require.NoError(s, err)
		s.Settle()
		first := pids[0]
		for i := range said {
			proc.Spawn(sys, func(self *proc.Self[string]) error {
				if i == 0 {
					first.Kill()
					return nil
				}
				said[i] = fmt.Sprint(lives)
				return nil
			})
		}
		s.Settle()
		return fmt.Sprint(said, lives)
	}
	want := endsOf(t, body, sim.Instant(), sim.Runs(1000))
	most := 20_000
	if testing.Short() {
		most = 2000
	}
	got := endsOf(t, body, sim.Instant(), sim.Exhaustive(sim.Schedules(most)))
	require.Subset(t, got, want)
}
