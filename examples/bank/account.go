package main

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// account is the state of a server. It is a view of the ledger, and no other process
// can reach it: whatever is decided about an account is decided here, one thing after
// the other.
type account struct {
	name   string
	ledger *Ledger

	read    int              // how many entries of the ledger are in what follows
	balance int64            // in cents
	booked  map[string]Entry // by key: what it has been asked before (a real one would forget old ones)

	crashNext bool // after the next booking
}

// Message is what accounts accept.
type Message interface{ toAccount() }

type (
	// Book asks for an entry. What is answered is the entry as it is in the ledger,
	// the same one if the request is a repeated one.
	Book struct {
		server.Request[Entry]
		Want Entry
	}
	// Look asks how the account is.
	Look struct{ server.Request[Status] }
	// Crash makes the account crash over this request, or Later: when it has booked
	// the next one, and before it answers that.
	Crash struct {
		server.Request[bool]
		Later bool
	}
	// Stall makes the account do nothing for a while, as if it waited for a slow disk.
	Stall struct{ For time.Duration }

	// Status is the answer to Look.
	Status struct {
		Account string `json:"account"`
		Balance int64  `json:"balance"`
		Entries int    `json:"entries"`
	}
)

func (*Book) toAccount()  {}
func (*Look) toAccount()  {}
func (*Crash) toAccount() {}
func (Stall) toAccount()  {}

// accounts describes the servers. Each method handles one type of message.
var accounts = server.New((*account).open,
	server.OnCall((*account).book),
	server.OnCall((*account).look),
	server.OnCall((*account).crash),
	server.On((*account).stall),
)

// opening is what an account is started with.
type opening struct {
	name   string
	ledger *Ledger
}

// runAccount is the body of a process of the pool: it becomes a server.
func runAccount(self *proc.Self[Message], name string, ledger *Ledger, ready func()) error {
	return accounts.Enter(self, opening{name, ledger}, ready)
}

// open begins each life of an account, the first one and that after a crash. There is
// no difference: nothing of an earlier life is left, and all that counts is in the
// ledger.
func (a *account) open(self *proc.Self[Message], o opening) error {
	*a = account{name: o.name, ledger: o.ledger, booked: make(map[string]Entry)}
	a.readOn()
	return nil
}

// readOn reads what is new in the ledger: in the beginning everything, later what the
// account itself has written, and transfers that others have made to it.
func (a *account) readOn() {
	for _, e := range a.ledger.Read(a.name, a.read) {
		a.read++
		a.balance += e.Change(a.name)
		if e.Account == a.name {
			a.booked[e.Key] = e
		}
	}
}

// book carries out a request, once. If that has been done before, perhaps in another
// life, it only answers.
func (a *account) book(self *proc.Self[Message], m *Book) (Entry, error) {
	for {
		a.readOn()
		if e, done := a.booked[m.Want.Key]; done {
			return e, sameRequest(e, m.Want)
		}
		if m.Want.Kind == Transfer && !a.ledger.Knows(m.Want.To) {
			return Entry{}, unknownAccount(m.Want.To)
		}
		m.Want.Balance = a.balance + m.Want.Change(a.name)
		if m.Want.Balance < 0 {
			return Entry{}, insufficientFunds(a.name, a.balance)
		}
		// If money has come meanwhile nothing is written. In any case look again.
		written := a.ledger.Append(m.Want, a.read)
		if written && a.crashNext {
			panic("asked to crash after a booking: this one is not answered")
		}
	}
}

// look answers how the account is.
func (a *account) look(self *proc.Self[Message], m *Look) (Status, error) {
	a.readOn()
	return Status{Account: a.name, Balance: a.balance, Entries: a.read}, nil
}

// crash does not return, or the next book does not.
func (a *account) crash(self *proc.Self[Message], m *Crash) (bool, error) {
	if !m.Later {
		panic("asked to crash")
	}
	a.crashNext = true
	return true, nil
}

// stall blocks, which concerns nobody but those who ask this account. When the service
// stops the sleep is interrupted, and the account ends.
func (a *account) stall(self *proc.Self[Message], m Stall) error {
	return self.Sleep(m.For)
}
