package linear_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/linear"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// request is an operation that a server is asked for.
type request struct {
	op    op
	reply proc.ReplyTo[int]
}

// store is a register that survives its server.
type store struct{ value int }

// careful is a server that makes a change, and then answers.
func (s *store) careful(self *proc.Self[request]) error {
	for r, err := range self.Messages() {
		if err != nil {
			return err
		}
		s.value, _ = register.Apply(s.value, r.op)
		value := s.value
		if err := self.Yield(); err != nil { // killed here, it has done what nobody is told of
			return err
		}
		r.reply.Reply(value)
	}
	return nil
}

// hasty is a server that answers, and then makes the change last.
func (s *store) hasty(self *proc.Self[request]) error {
	value := s.value
	for r, err := range self.Messages() {
		if err != nil {
			return err
		}
		value, _ = register.Apply(value, r.op)
		r.reply.Reply(value)
		if err := self.Yield(); err != nil {
			return err
		}
		s.value = value
	}
	return nil
}

// ask has client do an operation.
func ask(self *proc.Self[string], h *history, client string, server proc.Pid[request], o op) (int, error) {
	return h.Do(client, o, func() (int, error) {
		return proc.CallWithin(self, time.Second, server, func(r proc.ReplyTo[int]) request { return request{o, r} })
	})
}

var serverName = proc.NewName[request]("server")

// withKills has two clients use a server while that is killed, and one of them, and
// the server is started again.
func withKills(s *sim.Sim, server func(*proc.Self[request]) error) *history {
	sys := s.System()
	h := new(history)
	to := proc.Named(sys, serverName)
	start := func() proc.ID { return proc.Spawn(sys, server, proc.Registered(serverName), proc.Titled("server")).ID }
	first := start()
	user := func(name string, ops ...op) proc.ID {
		return proc.Spawn(sys, func(self *proc.Self[string]) error {
			for _, o := range ops {
				_, _ = ask(self, h, name, to, o)
			}
			return nil
		}, proc.Titled(name)).ID
	}
	user("ada", add(1), read, read)
	bob := user("bob", add(2), add(4))
	s.Go(func() {
		bob.Kill()
	})
	s.Go(func() {
		first.Kill()
		start()
	})
	s.Settle()
	s.Sleep(10 * time.Second)
	proc.Spawn(sys, func(self *proc.Self[string]) error {
		_, err := ask(self, h, "eve", to, read)
		require.NoError(s, err)
		return nil
	}, proc.Titled("eve"))
	s.Settle()
	return h
}

func TestSim_CarefulServerWithKills(t *testing.T) {
	cut := 0
	sim.Check(t, func(s *sim.Sim) {
		h := withKills(s, new(store).careful)
		for _, op := range h.Operations() {
			if op.Outcome == linear.CutOff {
				cut++
			}
		}
		linear.Check(s, register, h)
	}, sim.Runs(500))
	require.NotZero(t, cut, "no operation was cut off")
}

// finds demands that some runs are found not to be linearizable.
func finds(t *testing.T, body func(s *sim.Sim) *history) {
	t.Helper()
	found, runs := 0, 0
	sim.Check(t, func(s *sim.Sim) {
		runs++
		if err := linear.Verify(register, body(s)); err != nil {
			found++
			require.ErrorAs(s, err, new(linear.NotLinearizable))
		}
	}, sim.Runs(500))
	require.NotZero(t, found, "nothing has been found in %d runs", runs)
	require.Less(t, found, runs, "found without the simulator, too")
}

func TestSim_FindsHastyServer(t *testing.T) {
	finds(t, func(s *sim.Sim) *history { return withKills(s, new(store).hasty) })
}

// A server that has its changes copied into a cache, from which others read, but does
// not wait for that.
func staleCache(s *sim.Sim) *history {
	sys := s.System()
	h := new(history)
	cache := proc.Spawn(sys, new(store).careful, proc.Titled("cache"))
	server := proc.Spawn(sys, func(self *proc.Self[request]) error {
		for r, err := range self.Messages() {
			if err != nil {
				return err
			}
			cache.Send(request{op: r.op})
			r.reply.Reply(r.op.value)
		}
		return nil
	}, proc.Titled("server"))
	proc.Spawn(sys, func(self *proc.Self[string]) error {
		_, _ = ask(self, h, "ada", server, write(1))
		_, err := ask(self, h, "ada", cache, read)
		return err
	}, proc.Titled("ada"))
	s.Settle()
	return h
}

func TestSim_FindsStaleCache(t *testing.T) { finds(t, staleCache) }

func TestSim_FindsLostUpdate(t *testing.T) {
	finds(t, func(s *sim.Sim) *history {
		sys := s.System()
		h := new(history)
		server := proc.Spawn(sys, new(store).careful, proc.Titled("server"))
		for _, name := range []string{"ada", "bob"} {
			proc.Spawn(sys, func(self *proc.Self[string]) error {
				_, err := h.Do(name, add(1), func() (int, error) { // by hand: read, then write
					value, err := proc.Call(self, server, func(r proc.ReplyTo[int]) request { return request{read, r} })
					if err != nil {
						return 0, err
					}
					return proc.Call(self, server, func(r proc.ReplyTo[int]) request { return request{write(value + 1), r} })
				})
				return err
			}, proc.Titled(name))
		}
		s.Settle()
		return h
	})
}

// reportOf is what a test says that fails with body; it is run as a program of its own.
func reportOf(t *testing.T, body func(s *sim.Sim)) string {
	t.Helper()
	const inside = "HARK_LINEAR_INSIDE"
	if os.Getenv(inside) != "" {
		sim.Check(t, body)
		t.FailNow() // it passes
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	return string(out)
}

func TestSim_Report(t *testing.T) {
	out := reportOf(t, func(s *sim.Sim) { linear.Check(s, register, staleCache(s)) })
	require.Contains(t, out, `not linearizable: no order of these 2 operations explains their outputs:
            ├┤    steps 6–13   ada  write 1 → 1
              ├┤  steps 13–23  ada  read → 0
        the longest order that can be explained:
            steps 6–13   ada  write 1 → 1, then the state is 1
        and none of these can come next:
            steps 13–23  ada  read → 0, but it would return 1
`)
	require.Contains(t, out, "replay: go test -run '^TestSim_Report$' -sim.replay=")
	for _, row := range []string{
		` 6  .* operation linear_test.op\{"write" "" 1\}`, `13  .* operation → 1`,
		`13  .* operation linear_test.op\{"read" "" 0\}`, `23  .* operation → 0`,
	} {
		require.Regexp(t, `(?m)^ +`+row+`$`, out, "the steps are those of the picture")
	}
}
