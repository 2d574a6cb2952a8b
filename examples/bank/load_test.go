package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Many clients at once, while accounts crash: no money is lost or made, no answer is
// wrong, and each request is carried out once, however often it was repeated.
func TestLoad(t *testing.T) {
	t.Run("crashes", func(t *testing.T) { load(t, false) })
	t.Run("kills", func(t *testing.T) { load(t, true) })
}

// order is one request of a client, and what came of it.
type order struct {
	Entry          // as asked
	booked  Entry  // as answered
	refused bool   // insufficient funds
	tries   int    // how often it was asked
	problem string // an answer that must not be
}

var names = []string{"a", "b", "c", "d", "savings-7"}

// load has clients give orders until each is answered. With kills accounts are not only
// made to panic but killed in the midst of whatever they do, and some clients leave.
func load(t *testing.T, kills bool) {
	const seed, clients, opening = 1, 8, 1000
	each := 150
	if testing.Short() {
		each = 40
	}
	s := start(t, func(c *config) { c.queue = 1 << 20 })
	o := s.observe("")
	s.open(fmt.Sprint(opening), names...)

	// Somebody who breaks things, as long as there are clients.
	busy, done := context.WithCancel(t.Context())
	var breaker sync.WaitGroup
	breaker.Go(func() {
		random := rand.New(rand.NewPCG(seed, clients))
		for busy.Err() == nil {
			s.breakOne(random, kills)
		}
	})

	orders := make([][]order, clients)
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(client)))
			for n := range each {
				w := order{Entry: someEntry(random)}
				w.Key = fmt.Sprint(client, "-", n)
				s.insist(&w, random, kills)
				orders[client] = append(orders[client], w)
			}
		})
	}
	all.Wait()
	done()
	breaker.Wait()

	balances := map[string]int64{}
	for _, name := range names {
		balances[name] = s.balance(name)
	}
	s.stop()
	entries := checkEntries(t, s.ledger, balances)
	checkOrders(t, slices.Concat(orders...), entries, opening, balances, kills)
	checkStream(t, o, s.ledger)
}

// ---------------------------------------------------------------- what happens

func someEntry(random *rand.Rand) Entry {
	from := random.IntN(len(names))
	e := Entry{Account: names[from], Amount: 1 + random.Int64N(300)}
	switch random.IntN(3) {
	case 0:
		e.Kind = Deposit
	case 1:
		e.Kind = Withdrawal
	default:
		e.Kind = Transfer
		e.To = names[(from+1+random.IntN(len(names)-1))%len(names)]
	}
	return e
}

// breakOne crashes an account, and waits until it is there again.
func (s *service) breakOne(random *rand.Rand, kills bool) {
	name := names[random.IntN(len(names))]
	if pid, ok := s.accounts.Lookup(name); ok && kills {
		pid.Kill()
	} else {
		when := []string{"", "?when=booked"}[random.IntN(2)]
		_, _ = s.try(context.Background(), http.MethodPost, "/accounts/"+name+"/crash"+when, "", nil)
	}
	_, _ = s.try(context.Background(), http.MethodGet, "/accounts/"+name, "", nil)
}

// insist gives an order until it is answered, with the same key each time.
func (s *service) insist(w *order, random *rand.Rand, leaves bool) {
	path, body := "/transfer", fmt.Sprintf(`{"from":%q,"to":%q,"amount":%d}`, w.Account, w.To, w.Amount)
	if w.Kind != Transfer {
		body = fmt.Sprintf(`{"amount":%d}`, w.Amount)
		path = "/accounts/" + w.Account + map[Kind]string{Deposit: "/deposit", Withdrawal: "/withdraw"}[w.Kind]
	}
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		w.tries++
		ctx, cancel := context.WithCancel(context.Background())
		if leaves && random.IntN(4) == 0 { // soon, that is at any moment
			time.AfterFunc(time.Duration(random.IntN(1000))*time.Microsecond, cancel)
		}
		a, err := s.try(ctx, http.MethodPost, path, w.Key, strings.NewReader(body))
		cancel()
		switch {
		case err != nil && leaves, err == nil && a.status == http.StatusServiceUnavailable:
			continue
		case err == nil && a.status == http.StatusOK:
			w.booked = a.entry(s.T)
			return
		case err == nil && a.status == http.StatusConflict:
			w.refused = true
			return
		}
		w.problem = fmt.Sprint(a.status, a.text, err)
		return
	}
	w.problem = "it was never answered"
}

// ---------------------------------------------------------------- what must be

// checkEntries adds up the ledger. It returns its entries by account and key.
func checkEntries(t *testing.T, l *Ledger, balances map[string]int64) map[[2]string]Entry {
	sums, byKey := map[string]int64{}, map[[2]string]Entry{}
	for i, e := range l.entries {
		sums[e.Account] += e.Change(e.Account)
		if e.Kind == Transfer {
			sums[e.To] += e.Change(e.To)
		}
		if e.Number != i+1 || e.Balance != sums[e.Account] || e.Balance < 0 {
			t.Errorf("entry %d is wrong: %+v, where the balance is %d", i+1, e, sums[e.Account])
		}
		id := [2]string{e.Account, e.Key}
		if other, twice := byKey[id]; twice {
			t.Errorf("booked twice: %+v and %+v", other, e)
		}
		byKey[id] = e
	}
	for name, balance := range balances {
		if balance != sums[name] {
			t.Errorf("account %s says %d, and has %d", name, balance, sums[name])
		}
	}
	return byKey
}

// checkOrders compares what clients were answered with the ledger, and the money that
// there is with what they have brought and taken.
func checkOrders(t *testing.T, orders []order, entries map[[2]string]Entry, opening int64, balances map[string]int64, kills bool) {
	money, tries, refused := opening*int64(len(names)), 0, 0
	asked := len(names) // which have their first deposit
	for _, w := range orders {
		e, booked := entries[[2]string{w.Account, w.Key}]
		if booked {
			asked++
			if e.Kind != Transfer {
				money += e.Change(e.Account)
			}
		}
		switch {
		case w.problem != "":
			t.Errorf("%+v: %s", w.Entry, w.problem)
		case !w.refused && (e != w.booked || sameRequest(e, w.Entry) != nil):
			t.Errorf("%+v was answered %+v, and booked as %+v", w.Entry, w.booked, e)
		// A try whose client has left may still be carried out, even after another one
		// was refused; so may one that was under way in an account that was killed.
		case w.refused && (booked && !kills || w.Kind == Deposit):
			t.Errorf("%+v was refused, and booked as %+v", w.Entry, e)
		}
		tries += w.tries
		if w.refused {
			refused++
		}
	}
	if asked != len(entries) {
		t.Errorf("%d entries of %d have been asked for", asked, len(entries))
	}
	sum := int64(0)
	for _, balance := range balances {
		sum += balance
	}
	if sum != money {
		t.Errorf("the money is %d, and should be %d", sum, money)
	}
	t.Logf("%d orders, %d tries, %d refused", len(orders), tries, refused)
}

// checkStream compares the ledger with the events of it, and looks at those of crashes.
func checkStream(t *testing.T, o *stream, l *Ledger) {
	var told []Event
	kinds := map[string]int{}
	for {
		e, more := o.next()
		if !more {
			break
		}
		kinds[e.Kind]++
		if e.Entry > 0 {
			told = append(told, e)
		}
	}
	same := slices.EqualFunc(told, l.entries, func(got Event, e Entry) bool {
		want := booked(e)
		return *got.Balance == *want.Balance && got.Kind == want.Kind && got.Account == want.Account &&
			got.To == want.To && got.Amount == want.Amount && got.Entry == want.Entry
	})
	if !same {
		t.Errorf("the stream tells of %d entries of %d, or of others", len(told), len(l.entries))
	}
	if cmp.Or(kinds[Crashed], kinds[GivenUp]) == 0 || kinds[Dropped] > 0 {
		t.Errorf("the stream has %v", kinds)
	}
	t.Log(kinds)
}
