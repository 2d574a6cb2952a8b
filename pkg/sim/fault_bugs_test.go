package sim

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sup"
)

// Small programs that are right under every schedule, as long as nothing goes wrong,
// and the same that are right then, too.
var faulty = []struct {
	name  string
	fault Fault
	told  string // in the report
	body  func(s *Sim, mended bool)
}{
	{"money lost between two calls", Kill(Titled("transfer")), "transfer is killed at step ", faultyTransfer},
	{"money lost between two sends", Crash(Titled("transfer")), "transfer crashes at step ", faultySends},
	{"a client without a limit", Drop(Between(Titled("client"), Titled("server"))), " is lost at step ", faultyClient},
	{"a server that is not idempotent", Duplicate(OneWay(Titled("client"), Titled("server"))), "arrives twice at step ", faultyServer},
	{"an init that cannot be repeated", FailStart(Titled("child")).AtMost(2), "child crashes in its start at step ", faultyInit},
	{"a lease that a pause outlasts", Pause(Titled("holder"), time.Minute), "holder is paused for 1m0s at step ", faultyLease},
	{"a reading out of date", Delay(OneWay(Titled("sensor"), Any()), time.Minute), "is delayed for 1m0s at step ", faultyReading},
	{"an order not taken", Full(Titled("shop"), time.Second), "the mailbox of !1 shop is full for 1s at step ", faultyOrders},
	{"an interrupt taken for the end", Interrupt(Titled("worker"), proc.ErrorInterrupt{Err: errors.New("reload")}),
		"worker is interrupted: interrupted by an error: reload at step ", faultyWorker},
	{"a lock that is not given back", Shutdown(Titled("owner"), proc.ExitNormallyWith{Detail: "enough"}),
		"owner is shut down: ended normally: enough at step ", faultyLock},
}

// Each is found by its fault, and not without; it is told, and is repeated with it.
func TestFault_FindsWhatNoScheduleDoes(t *testing.T) {
	for _, f := range faulty {
		t.Run(f.name, func(t *testing.T) {
			with := func(mended bool) func(s *Sim) {
				return func(s *Sim) {
					s.Fault(f.fault)
					f.body(s, mended)
				}
			}
			Check(t, func(s *Sim) { f.body(s, false) }, Runs(200))
			most := 0
			for seed := range uint64(3) {
				r := failing(t, with(false), Seed(seed+1))
				require.Empty(t, r.doubt)
				require.Contains(t, r.String(), "\nfaults: ")
				require.Contains(t, r.String(), f.told)
				require.NotEmpty(t, r.recipe().faults)
				requireRepeats(t, r.check, r)
				most = max(most, r.run)
			}
			require.LessOrEqual(t, most, 100)
			Check(t, with(true), Runs(200))
			Check(t, with(true), Runs(100), Instant())
			t.Logf("found within %d runs, of three seeds", most)
		})
	}
}

// account keeps an amount, and answers with it.
type deposit struct {
	amount int
	reply  proc.ReplyTo[int]
}

func account(sys *proc.System, title string, balance *int) proc.Pid[deposit] {
	return proc.Spawn(sys, func(self *proc.Self[deposit]) error {
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			*balance += m.amount
			m.reply.Reply(*balance)
		}
		return nil
	}, proc.Titled(title))
}

// transfers are from one account to another one, of 10, twice: in two steps, or mended
// in one, by who has both.
func transfers(s *Sim, mended bool, add func(self *proc.Self[int], to proc.Pid[deposit], amount int) error) {
	sys := s.System()
	from, to := 100, 0
	a, b := account(sys, "a", &from), account(sys, "b", &to)
	bank := proc.Spawn(sys, func(self *proc.Self[int]) error {
		for amount, err := range self.Messages() {
			if err != nil {
				return err
			}
			from, to = from-amount, to+amount
		}
		return nil
	}, proc.Titled("bank"))
	for range 2 {
		pid := proc.Spawn(sys, func(self *proc.Self[int]) error {
			if mended {
				bank.Send(10)
				return nil
			}
			if err := add(self, a, -10); err != nil {
				return err
			}
			return add(self, b, 10)
		}, proc.Titled("transfer"))
		_, err := proc.Join(s.Context(), pid.ID)
		require.NoError(s, err)
	}
	s.Settle()
	require.Equal(s, 100, from+to, "the total")
}

func faultyTransfer(s *Sim, mended bool) {
	transfers(s, mended, func(self *proc.Self[int], to proc.Pid[deposit], amount int) error {
		_, err := proc.Call(self, to, func(r proc.ReplyTo[int]) deposit { return deposit{amount, r} })
		return err
	})
}

func faultySends(s *Sim, mended bool) {
	transfers(s, mended, func(_ *proc.Self[int], to proc.Pid[deposit], amount int) error {
		to.Send(deposit{amount: amount})
		return nil
	})
}

// A call whose request or reply gets lost waits for ever, unless it has a limit.
func faultyClient(s *Sim, mended bool) {
	sys := s.System()
	balance := 0
	server := account(sys, "server", &balance)
	client := proc.Spawn(sys, func(self *proc.Self[int]) error {
		limit := time.Duration(-1)
		if mended {
			limit = time.Second
		}
		for {
			_, err := proc.CallWithin(self, limit, server, func(r proc.ReplyTo[int]) deposit { return deposit{0, r} })
			if !errors.Is(err, proc.TimeoutInterrupt{After: time.Second}) {
				return err
			}
		}
	}, proc.Titled("client"))
	_, err := proc.Join(s.Context(), client.ID)
	require.NoError(s, err)
	require.Equal(s, proc.ExitNormally{}, client.Reason())
}

func faultyServer(s *Sim, mended bool) {
	type pay struct {
		order int
		reply proc.ReplyTo[bool]
	}
	sys := s.System()
	paid := 0
	server := proc.Spawn(sys, func(self *proc.Self[pay]) error {
		done := make(map[int]bool)
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			if !mended || !done[m.order] {
				paid++
			}
			done[m.order] = true
			m.reply.Reply(true)
		}
		return nil
	}, proc.Titled("server"))
	client := proc.Spawn(sys, func(self *proc.Self[int]) error {
		for order := range 3 {
			if _, err := proc.Call(self, server, func(r proc.ReplyTo[bool]) pay { return pay{order, r} }); err != nil {
				return err
			}
		}
		return nil
	}, proc.Titled("client"))
	_, err := proc.Join(s.Context(), client.ID)
	require.NoError(s, err)
	s.Settle()
	require.Equal(s, 3, paid)
}

// A child that takes something in its init, and gives it back when it ends only once
// it is up. A crash before is found out by the next start.
func faultyInit(s *Sim, mended bool) {
	sys := s.System()
	taken, up := false, false
	registry := 0
	other := account(sys, "registry", &registry)
	child := sup.WorkerReady("child", 0, func(self *proc.Self[int], ready func()) error {
		if taken {
			return errors.New("is taken already")
		}
		taken = true
		if mended {
			defer func() { taken = false }()
		}
		if _, err := proc.Call(self, other, func(r proc.ReplyTo[int]) deposit { return deposit{1, r} }); err != nil {
			taken = false
			return err
		}
		ready()
		up = true
		defer func() { taken = false }()
		_, err := self.Receive()
		return err
	})
	top := proc.Spawn(sys, func(self *proc.Self[string]) error {
		return sup.Run(self, sup.Spec{Intensity: 5, Children: []sup.Child{sup.Supervisor("inner", sup.Spec{Intensity: 1, Children: []sup.Child{child}})}})
	}, proc.Titled("top"))
	s.Settle()
	if !top.Alive() { // the first start has failed: that is for its caller to see
		require.False(s, taken, "something is taken, and nobody has it")
		return
	}
	require.True(s, up)
}

// Who holds a lease writes, after having looked whether it still does; the lease goes to
// the next one when it is over.
func faultyLease(s *Sim, mended bool) {
	type write struct{ epoch int }
	sys := s.System()
	epoch := 0
	store := proc.Spawn(sys, func(self *proc.Self[write]) error {
		latest := 0
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			if mended && m.epoch < latest {
				continue
			}
			require.GreaterOrEqual(s, m.epoch, latest, "a write of who has lost the lease")
			latest = m.epoch
		}
		return nil
	}, proc.Titled("store"))
	for nth := range 2 {
		proc.Spawn(sys, func(self *proc.Self[int]) error {
			if err := self.Sleep(time.Duration(1+10*nth) * time.Second); err != nil {
				return err
			}
			epoch++
			mine := epoch
			ends := self.System().Now().Add(5 * time.Second)
			for self.System().Now().Before(ends) {
				if err := self.Yield(); err != nil { // works out what to write
					return err
				}
				store.Send(write{mine})
				if err := self.Sleep(2 * time.Second); err != nil {
					return err
				}
			}
			return nil
		}, proc.Titled("holder"))
	}
	s.Sleep(time.Hour)
	require.Equal(s, 2, epoch)
}

func faultyReading(s *Sim, mended bool) {
	type reading struct{ taken time.Time }
	sys := s.System()
	display := proc.Spawn(sys, func(self *proc.Self[reading]) error {
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			age := self.System().Now().Sub(m.taken)
			if mended && age > time.Second {
				continue
			}
			require.LessOrEqual(s, age, time.Second, "the age of what is shown")
		}
		return nil
	}, proc.Titled("display"))
	proc.Spawn(sys, func(self *proc.Self[int]) error {
		for range 5 {
			display.Send(reading{self.System().Now()})
			if err := self.Sleep(time.Second); err != nil {
				return err
			}
		}
		return nil
	}, proc.Titled("sensor"))
	s.Sleep(time.Hour)
}

func faultyOrders(s *Sim, mended bool) {
	sys := s.System()
	got := 0
	shop := proc.Spawn(sys, func(self *proc.Self[int]) error {
		for _, err := range self.Messages() {
			if err != nil {
				return err
			}
			got++
		}
		return nil
	}, proc.Titled("shop"), proc.Bounded(10, proc.Reject))
	customer := proc.Spawn(sys, func(self *proc.Self[int]) error {
		for order := range 5 {
			if !mended {
				_ = shop.TrySend(order) // there is always room
			} else if err := shop.SendContext(self, order); err != nil {
				return err
			}
		}
		return nil
	}, proc.Titled("customer"))
	_, err := proc.Join(s.Context(), customer.ID)
	require.NoError(s, err)
	s.Settle()
	require.Equal(s, 5, got)
}

func faultyWorker(s *Sim, mended bool) {
	sys := s.System()
	got := 0
	worker := proc.Spawn(sys, func(self *proc.Self[int]) error {
		for got < 3 {
			_, err := self.Receive()
			if err != nil {
				if _, told := errors.AsType[proc.ErrorInterrupt](err); told && mended {
					continue
				}
				return err
			}
			got++
		}
		return nil
	}, proc.Titled("worker"))
	for i := range 3 {
		worker.Send(i)
	}
	_, err := proc.Join(s.Context(), worker.ID)
	require.NoError(s, err)
	require.Equal(s, 3, got)
}

func faultyLock(s *Sim, mended bool) {
	sys := s.System()
	locked := false
	owner := proc.Spawn(sys, func(self *proc.Self[int]) error {
		locked = true
		unlock := func() { locked = false }
		if mended {
			defer unlock()
		}
		_, err := proc.ReceiveWithin(self, time.Second, sel.Message[int]())
		unlock()
		if errors.Is(err, proc.TimeoutInterrupt{After: time.Second}) {
			return nil
		}
		return err
	}, proc.Titled("owner"))
	_, err := proc.Join(s.Context(), owner.ID)
	require.NoError(s, err)
	require.False(s, locked, "the lock outlives its owner")
}
