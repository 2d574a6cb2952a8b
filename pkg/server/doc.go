// Package server makes the most common kind of process short to write: one that
// has a state and answers messages.
//
// A server is a state type with methods, each of which handles messages of one
// type, and a description that binds them:
//
//	type Account struct{ balance int }
//
//	func (a *Account) open(self *proc.Self[Message], initial int) error
//	func (a *Account) deposit(self *proc.Self[Message], m Deposit) error
//	func (a *Account) ask(self *proc.Self[Message], q *Balance) (int, error)
//
//	var accounts = server.New((*Account).open,
//		server.On((*Account).deposit),
//		server.OnCall((*Account).ask),
//	)
//
//	pid, err := accounts.Start(ctx, system, 100)
//	pid.Send(Deposit{20})
//	balance, err := server.Call(ctx, pid, &Balance{})
//
// # Terms
//
// A description, a [Server], is the value that [New] returns; a server is a process
// that it has started. Its parts are clauses: a handler ([On], [OnSelect],
// [OnCall]), what to do about interrupts ([OnInterrupt]), when nothing comes
// ([OnIdle]), when a phase is entered ([OnEnter]), and when it lasts too long
// ([OnTimeout]). A phase is a set of clauses that holds for a time ([In], [To]): what state machines call a state. What no
// clause of any phase is for goes the way of the [Fallback].
//
// A server is an ordinary process: it is linked, monitored, supervised, killed as
// others are, and its handlers may block as they like; no other process waits for
// that. Its state belongs to it alone.
//
// # Memory
//
// A server that waits for its next message needs no goroutine and no stack, and so
// a few hundred bytes: it is a [proc.Loop]. One that has just been at work keeps its
// goroutine for a moment.
//
// # When not to use it
//
// A process that goes through steps, each with an answer to wait for, is better
// written as a plain body: one after the other. Where there is no state but what
// others may read at any time, a mutex does.
package server
