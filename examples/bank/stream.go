package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/harkgo/hark/pkg/event"
)

// stream sends events to a client as they come (server-sent events): all, or those of
// one account. It is a plain goroutine, and its queue is bounded: a client that reads
// slowly holds up nobody and fills no memory. It is told how many events it misses.
func (b *bank) stream(w http.ResponseWriter, r *http.Request) {
	account := r.URL.Query().Get("account")
	queue := event.QueueAs(b.events, b.queue, event.DropOldest, event.Where(func(e Event) bool {
		return account == "" || e.Concerns(account)
	}))
	defer queue.Close()

	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{}) // a stream may last
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	// From here on the client misses nothing.
	if _, err := fmt.Fprint(w, ": observing\n\n"); err != nil || c.Flush() != nil {
		return
	}
	limit := func() { _ = c.SetWriteDeadline(time.Now().Add(b.transport)) }
	defer limit() // for the end of the stream, which net/http writes
	send := func(e Event) error {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		limit()
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Kind, data); err != nil {
			return err
		}
		return c.Flush()
	}
	told := uint64(0)
	// The loop ends when the topic is closed and the queue is empty.
	for e, err := range queue.Events(r.Context()) {
		if err != nil {
			return // the client has gone away, or the service is shut down
		}
		if dropped := queue.Dropped(); dropped > told {
			if send(Event{Kind: Dropped, Count: dropped - told}) != nil {
				return
			}
			told = dropped
		}
		if send(e) != nil {
			return
		}
	}
}
