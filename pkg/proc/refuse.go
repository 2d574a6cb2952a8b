package proc

import (
	"errors"
	"fmt"
	"reflect"
)

// ErrRefused is why a call fails whose request the called process has received
// and does not handle. The error of the call wraps it, and tells the process and the
// type of the request.
var ErrRefused = errors.New("the process does not handle such a request")

// Refuse gives up a message that p has just received and does not handle, so that
// it is not lost without a word. If it is the request of a call, that fails at
// once, with an ErrorInterrupt holding [ErrRefused]; else it is a dead letter,
// unless the runtime has sent it. It must be the message, as it was sent, of the
// latest receive, and that one with a selector of several alternatives, of a
// predicate or projection, or sel.Except: of others a process cannot say that it
// does not handle what they select. For the limit of a [ReceiveOrHibernate] it is
// as if the message had not come.
func Refuse(p Receiver, message any) {
	self := p.process()
	if a := self.alarm; a != nil {
		if a.past.due == dueUnknown {
			self.Lock() // it may ring just now
			self.begin(&a.past, self.sys.clock.elapsed())
			self.Unlock()
		}
		a.resume = a.past
		self.trails = true
	}
	if c := self.hand.call; c != nil && !self.full {
		self.hand.call = nil
		c.fail(ErrorInterrupt{Err: self.refused(message)})
		return
	}
	if !sentByRuntime(message) {
		self.sys.deadLetter(self.ID(), message, letterRefused)
	}
}

// refused is an ErrRefused that tells who has refused what.
type refused struct{ text string }

func (p *Process) refused(request any) refused {
	who := p.ID().String()
	if title := p.title(); title != "" {
		who += " (" + title + ")"
	}
	return refused{fmt.Sprintf("process %s does not handle requests of type %T", who, request)}
}

func (e refused) Error() string { return e.text }
func (refused) Unwrap() error   { return ErrRefused }

// sentByRuntime reports whether a message is one that the runtime sends, as opposed
// to one of a program that has such a one embedded in it.
func sentByRuntime(message any) bool {
	return message != nil && isRuntimes(reflect.TypeOf(message))
}

// isRuntimes reports whether t is a type of messages that the runtime sends.
func isRuntimes(t reflect.Type) bool {
	return t.Implements(runtimes) && t.PkgPath() == runtimes.Method(0).PkgPath
}

var runtimes = reflect.TypeFor[interface{ sentByRuntime() }]()

func (ProcessDown) sentByRuntime()  {}
func (TimerElapsed) sentByRuntime() {}
func (TaskEnded[T]) sentByRuntime() {}
