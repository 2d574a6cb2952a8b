package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// stream sends numbers to a client as they are published, as server-sent events. The
// queue lies between the two: a client that is slow misses some, and holds up nobody.
func stream(numbers *event.Topic[int], gone chan<- string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		queue := numbers.Queue(16, event.DropOldest, event.Last(2))
		defer queue.Close()
		w.Header().Set("Content-Type", "text/event-stream")
		client := http.NewResponseController(w)
		if client.Flush() != nil { // the header: else it comes with the first event
			return
		}
		for n, err := range queue.Events(r.Context()) {
			if err != nil { // the client has gone
				gone <- fmt.Sprint(err, "; dropped ", queue.Dropped())
				return
			}
			fmt.Fprintf(w, "data: %d\n\n", n) // an empty line ends an event
			if client.Flush() != nil {
				return
			}
		}
		fmt.Fprint(w, "event: closed\ndata: no more\n\n") // the topic is
	}
}

// client prints the events that it gets, and has each seen, first that it is connected.
func client(ctx context.Context, url string, see func(name, data string)) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	fmt.Println("connected")
	see("connected", "")
	name, data := "message", "" // as a browser calls one without a name
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		switch field, value, _ := strings.Cut(lines.Text(), ": "); {
		case field == "event":
			name = value
		case field == "data":
			data = value
		case field == "" && data != "":
			fmt.Printf("%s: %s\n", name, data)
			see(name, data)
			name, data = "message", ""
		}
	}
	return lines.Err()
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		numbers := event.New[int](self, event.Titled("numbers"), event.Keep(10))
		gone := make(chan string, 1)
		server := httptest.NewServer(stream(numbers, gone))
		defer server.Close()

		ctx, leave := context.WithCancel(self)
		defer leave()
		err := client(ctx, server.URL, func(name, data string) {
			switch {
			case name == "connected":
				for n := range 4 {
					numbers.Publish(n)
				}
			case data == "3":
				leave()
			}
		})
		fmt.Println("the client:", err)
		fmt.Println("the handler:", <-gone)

		return client(self, server.URL, func(_, data string) {
			switch data {
			case "3":
				numbers.Publish(4)
			case "4":
				numbers.Close()
			}
		})
	})
}
