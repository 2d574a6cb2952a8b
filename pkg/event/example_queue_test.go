package event_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// A goroutine that is no process observes by a queue. One that is too slow misses
// events, and can see how many.
func ExampleQueue() {
	system := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	defer system.Stop(context.Background())
	rates := event.New[int](system) // free-standing: until it is closed

	queue := rates.Queue(3, event.DropOldest)
	defer queue.Close()
	for rate := range 10 {
		rates.Publish(rate) // never waits
	}
	rates.Close()
	for rate, err := range queue.Events(context.Background()) {
		fmt.Println(rate, err)
	}
	fmt.Println("missed", queue.Dropped())
	// Output:
	// 7 <nil>
	// 8 <nil>
	// 9 <nil>
	// missed 7
}

// One event is received with a context of one's own.
func ExampleQueue_Receive() {
	system := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	defer system.Stop(context.Background())
	rates := event.New[int](system, event.Titled("rates"))
	queue := rates.Queue(3, event.DropOldest)
	defer queue.Close()

	rates.Publish(4)
	fmt.Println(queue.Receive(context.Background()))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fmt.Println(queue.Receive(ctx))
	rates.Close()
	fmt.Println(queue.Receive(context.Background()))
	// Output:
	// 4 <nil>
	// 0 receive from a queue of topic rates: context canceled
	// 0 receive from a queue of topic rates: the topic is closed
}

// A queue may choose and map, as a process may.
func ExampleQueueAs() {
	system := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	defer system.Stop(context.Background())
	payments := event.New[Payment](system)
	lines := event.QueueAs(payments, 10, event.DropNewest, func(p Payment) (string, bool) {
		return fmt.Sprintf("%d for %s", p.Amount, p.Account), p.Amount > 100
	})
	defer lines.Close()
	payments.Publish(Payment{"food", 20})
	payments.Publish(Payment{"rent", 700})
	fmt.Println(lines.Receive(context.Background()))
	// Output:
	// 700 for rent <nil>
}

// stream sends what is published to a client, as server-sent events, until the client
// goes away or the topic is closed. A client that is slow misses events; nobody waits
// for it.
func stream(payments *event.Topic[Payment]) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		account := r.URL.Query().Get("account")
		queue := event.QueueAs(payments, 64, event.DropOldest,
			event.Where(func(p Payment) bool { return p.Account == account }), event.Last(10))
		defer queue.Close()
		w.Header().Set("Content-Type", "text/event-stream")
		client := http.NewResponseController(w)
		if client.Flush() != nil { // the header: who has it misses nothing
			return
		}
		for p, err := range queue.Events(r.Context()) {
			if err != nil {
				return // the client has gone
			}
			fmt.Fprintf(w, "data: %d\n\n", p.Amount)
			if client.Flush() != nil {
				return
			}
		}
		fmt.Fprint(w, "event: end\ndata: no more\n\n")
	}
}

// An HTTP handler observes with the context of its request.
func ExampleQueue_Events() {
	system := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	defer system.Stop(context.Background())
	payments := event.New[Payment](system, event.Keep(10))
	server := httptest.NewServer(stream(payments))
	defer server.Close()

	payments.Publish(Payment{"rent", 700})
	response, err := http.Get(server.URL + "?account=rent")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		fmt.Println("paid", text)
		if text == "700" { // so it is observing
			payments.Publish(Payment{"food", 20})
			payments.Publish(Payment{"rent", 3})
			payments.Close()
		}
	}
	// Output:
	// paid 700
	// paid 3
	// paid no more
}

// A topic can be what a supervisor tells its events to: then any number may observe
// them.
func ExampleTopic_Publish() {
	inProcess(func(self *proc.Self[string]) error {
		events := event.New[sup.Event](self, event.Titled("supervision"))
		queue := events.Queue(100, event.DropOldest)
		tree, err := sup.Start(self, sup.Spec{
			Observe: events.Publish,
			Children: []sup.Child{
				sup.Worker("clerk", func(clerk *proc.Self[string]) error {
					_, err := clerk.Receive()
					return err
				}),
			},
		})
		if err != nil {
			return err
		}
		if err := tree.Stop(self); err != nil {
			return err
		}
		events.Close()
		for e := range queue.Events(context.Background()) {
			fmt.Println(e.Path, e.Kind)
		}
		return nil
	})
	// Output:
	// clerk child started
	//  stopping all
	// clerk child ended
}
