package main

import (
	"sync"
	"time"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// config is what differs between a program and a test.
type config struct {
	addr      string           // where to listen
	listening func(url string) // is told, each time it does
	answer    time.Duration    // how long a request may take
	patience  time.Duration    // how much of that it waits for an account that is starting again
	backoff   sup.Backoff      // how long an account waits before it starts again
	transport time.Duration    // how long a client may take to send a request, or to read an answer or an event
	drain     time.Duration    // how long what is under way may take in the end
	queue     int              // how many events wait for a slow client
}

func defaults() config {
	return config{
		addr:      "127.0.0.1:8080",
		listening: func(string) {},
		answer:    2 * time.Second,
		patience:  500 * time.Millisecond,
		backoff:   sup.Backoff{First: 100 * time.Millisecond, Max: 5 * time.Second, Jitter: 0.2},
		transport: 3 * time.Second,
		drain:     10 * time.Second, // more than answer and two transports
		queue:     256,
	}
}

// bank is what the parts of the service share. It is all addresses and stores: nothing
// in it goes wrong when a process crashes.
type bank struct {
	config
	system   *proc.System
	ledger   *Ledger
	accounts *sup.Pool[string, *Ledger, Message]
	events   *event.Topic[Event]

	// Each request holds it for reading. Who locks it has waited for all of them.
	underWay sync.RWMutex
}

// newBank makes a bank without money, which runs in the process host.
func newBank(host proc.Receiver, c config) *bank {
	b := &bank{config: c, system: host.System()}
	b.events = event.New[Event](host, event.Titled("events"))
	b.ledger = NewLedger(func(e Entry) { b.events.Publish(booked(e)) })
	b.accounts = sup.NewPool(sup.PoolSpec[string, *Ledger, Message]{
		BodyReady: runAccount,
		Restart:   sup.Transient, // after a crash
		Backoff:   c.backoff,
		PerKey:    5, // one that crashes more often within 5 s is given up until it is asked for again
		Observe:   b.lives,
	})
	return b
}

// service is all there is, in the order in which it starts. It stops in reverse: web
// first, which still needs the accounts to answer what is under way.
//
// The strategy is one-for-one. If the accounts had to be started again web would not
// notice, for the pool is an address that stays good.
func (b *bank) service() sup.Spec {
	web := sup.AdoptReady("web", 5*time.Second, b.serve)
	web.Stop.Finish = b.drain + 2*time.Second
	return sup.Spec{
		Backoff:  b.backoff,
		Children: []sup.Child{b.accounts.Child("accounts"), web},
	}
}
