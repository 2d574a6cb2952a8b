package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Hit asks a counter to count a visit.
type Hit struct {
	Page  string
	Count proc.ReplyTo[int]
}

func counter(self *proc.Self[Hit]) error {
	hits := make(map[string]int)
	for hit, err := range self.Messages() {
		if err != nil {
			return err
		}
		switch hit.Page {
		case "/slow":
			continue // never answered
		case "/bug":
			panic("no such page in the book")
		}
		hits[hit.Page]++
		hit.Count.Reply(hits[hit.Page])
	}
	return nil
}

// handler asks a process from a goroutine that is none. The request's context
// ends the call if the client goes away; the limit is our own.
func handler(to proc.Pid[Hit], limit time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := proc.CallWithin(r.Context(), limit, to, func(reply proc.ReplyTo[int]) Hit {
			return Hit{r.URL.Path, reply}
		})
		switch {
		case err == nil:
			fmt.Fprintf(w, "visit %d", n)
		case ended(err): // first: its reason, which is for our log, may wrap anything
			http.Error(w, "out of order", http.StatusServiceUnavailable)
		case errors.Is(err, context.DeadlineExceeded):
			http.Error(w, "busy", http.StatusGatewayTimeout)
		case errors.Is(err, context.Canceled):
			// Nobody is there to be told.
		default: // an interrupt or a shutdown, of who calls as a process
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

func ended(err error) bool {
	_, ok := errors.AsType[proc.OtherProcessNotRunning](err)
	return ok
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		h := handler(proc.Spawn(self, counter), 500*time.Millisecond)
		for _, page := range []string{"/home", "/home", "/slow", "/bug", "/home"} {
			w := httptest.NewRecorder() // a server would call h, too
			h(w, httptest.NewRequest(http.MethodGet, page, nil))
			fmt.Println(page, w.Code, strings.TrimSpace(w.Body.String()))
		}
		return nil
	})
}
