// Package event spreads typed events: who publishes one need not know who wants it,
// and who wants it need not ask again and again.
//
//	payments := event.New[Payment](self, event.Titled("payments"), event.Keep(10))
//
//	// In a process: events are messages.
//	if err := payments.Observe(self); err != nil {
//		return err
//	}
//	payment, err := proc.Receive(self, sel.Message[Payment]())
//
//	// In a goroutine that is no process, such as an HTTP handler.
//	queue := payments.Queue(100, event.DropOldest, event.Last(10))
//	defer queue.Close()
//	for payment, err := range queue.Events(request.Context()) {
//		...
//	}
//
//	// Anywhere.
//	payments.Publish(Payment{Account: "rent", Amount: 700})
//
// # Words
//
// An event is a Go value that tells what has happened. A [Topic] is where events of
// one type are published. An observer is who gets them: a process, in its mailbox, or
// a [Queue]. To observe is to become an observer, to be forgotten is not to be one any
// more. A replay is what an observer gets first of the events that were before it.
//
// # Publishing
//
// A topic has no process. [Topic.Publish] sends the event to each observer and returns;
// it waits for none of them. So publishing to a thousand observers costs a thousand
// sends, made by whoever publishes. Who cannot afford that has a process do it.
//
// Publishers of one topic come one after the other, and all observers see its events in
// the same order. Publishers of different topics do not meet.
//
// # Observing
//
// [Topic.Observe] is for a process that observes for itself, [Topic.Add] adds another
// one, [ObserveAs] is for events that are chosen and mapped. A process is one observer
// of a topic, however often it registers. It is forgotten when it ends, and nobody has
// to see to that: an event that cannot be delivered is no dead letter. A bounded mailbox
// that has no room refuses it, which the topic counts ([Info]), or drops its oldest
// message, which is a dead letter as ever.
//
// Events of several topics that have one type are told apart by a type of their own:
// map them.
//
// # Slow observers, and those that are no processes
//
// A mailbox grows while its process is slow. A [Queue] does not: it drops, and counts.
// It is received from by any goroutine, with a [context.Context] that ends the waiting.
//
// # The end of a topic
//
// A topic that is hosted by a process is closed when that has ended, one hosted by a
// system when somebody closes it, and not when the system stops. After that nothing is
// published; whoever publishes or observes may know by the error, [ErrClosed].
package event
