package main

import "sync"

// Ledger is where the money is. It outlives every crash, since it is no process: a
// crash is the end of a process and of what only that knew. A real bank would have a
// database here; this one is in memory, and ends with the program.
//
// It only grows. Who wants to write has to have read all that concerns the account
// before: so nothing is decided on an old balance, and nothing is booked twice.
type Ledger struct {
	announce func(Entry)

	mu      sync.Mutex
	entries []Entry
	of      map[string][]int // by account: which of the entries concern it
}

// Entry is one line of the ledger: a request that has been carried out. A transfer is
// one line, too, and so is either in both accounts or in none.
type Entry struct {
	Number  int    `json:"entry"` // from 1 on
	Kind    Kind   `json:"kind"`
	Account string `json:"account"`      // that has been asked
	To      string `json:"to,omitempty"` // of a transfer
	Amount  int64  `json:"amount"`       // in cents, always positive
	Balance int64  `json:"balance"`      // of Account, after this entry
	Key     string `json:"key"`          // of the request: no account has two entries of its own with one key
}

// Kind is what an entry is about.
type Kind string

const (
	Deposit    Kind = "deposit"
	Withdrawal Kind = "withdrawal"
	Transfer   Kind = "transfer"
)

// Change is what the entry does to the balance of an account.
func (e Entry) Change(account string) int64 {
	switch {
	case e.Kind == Deposit && e.Account == account, e.Kind == Transfer && e.To == account:
		return e.Amount
	case e.Account == account:
		return -e.Amount
	}
	return 0
}

// NewLedger makes an empty ledger. Announce is called for each entry, in their order,
// and must not block.
func NewLedger(announce func(Entry)) *Ledger {
	return &Ledger{announce: announce, of: make(map[string][]int)}
}

// Append writes an entry and numbers it, if who asks has read as many entries of
// e.Account as there are. Else it writes nothing and returns false: read on, and
// decide again.
func (l *Ledger) Append(e Entry, read int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if read != len(l.of[e.Account]) {
		return false
	}
	at := len(l.entries)
	e.Number = at + 1
	l.entries = append(l.entries, e)
	l.of[e.Account] = append(l.of[e.Account], at)
	if e.Kind == Transfer {
		l.of[e.To] = append(l.of[e.To], at)
	}
	l.announce(e)
	return true
}

// Read is the entries of an account from the given one on, counted from 0.
func (l *Ledger) Read(account string, from int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var entries []Entry
	for _, at := range l.of[account][from:] {
		entries = append(entries, l.entries[at])
	}
	return entries
}

// Knows reports whether there is an account of that name. The first deposit opens it.
func (l *Ledger) Knows(account string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.of[account]) > 0
}
