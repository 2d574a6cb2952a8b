package main

import "github.com/harkgo/hark/pkg/sup"

// Event is what those who observe the bank are told. Which fields there are depends on
// the kind: that of a ledger entry, or one of those below.
type Event struct {
	Kind    string `json:"kind"`
	Account string `json:"account,omitempty"`
	To      string `json:"to,omitempty"`
	Amount  int64  `json:"amount,omitempty"`
	Balance *int64 `json:"balance,omitempty"` // of Account
	Entry   int    `json:"entry,omitempty"`
	Reason  string `json:"reason,omitempty"` // of Crashed and GivenUp
	Count   uint64 `json:"count,omitempty"`  // of Dropped
}

const (
	Started   = "started"   // an account runs
	Crashed   = "crashed"   // it has crashed, and will be started again
	Restarted = "restarted" // it runs again
	GivenUp   = "given-up"  // it has crashed too often, and is started when it is asked for again
	Dropped   = "dropped"   // a client was too slow: so many events are not sent to it
)

// booked is the event of a ledger entry.
func booked(e Entry) Event {
	return Event{Kind: string(e.Kind), Account: e.Account, To: e.To, Amount: e.Amount, Balance: &e.Balance, Entry: e.Number}
}

// Concerns reports whether the event is about an account.
func (e Event) Concerns(account string) bool { return e.Account == account || e.To == account }

// lives publishes the lives of accounts. It is called by the pool, which does one thing
// at a time, and must not wait: publishing does not.
//
// An account can be found a moment before the pool tells that it runs. So a restart may
// be told after the first entry of the new life; a crash is always told before it.
func (b *bank) lives(e sup.Event) {
	name, ok := e.Key.(string)
	if !ok {
		return // it is about the pool itself
	}
	switch e.Kind {
	case sup.ChildRestarting:
		b.events.Publish(Event{Kind: Crashed, Account: name, Reason: e.Reason.Error()})
	case sup.ChildGivenUp:
		b.events.Publish(Event{Kind: GivenUp, Account: name, Reason: e.Reason.Error()})
	case sup.ChildStarted:
		kind := Started
		if e.Restarts > 0 {
			kind = Restarted
		}
		b.events.Publish(Event{Kind: kind, Account: name})
	}
}
