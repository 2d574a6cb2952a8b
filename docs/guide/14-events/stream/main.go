package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// stream sends numbers to a client as they are published. The queue lies between the
// two: a client that is slow misses some, and holds up nobody.
func stream(numbers *event.Topic[int], gone chan<- string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		queue := numbers.Queue(16, event.DropOldest, event.Last(2))
		defer queue.Close()
		w.Header().Set("Content-Type", "text/event-stream")
		for n, err := range queue.Events(r.Context()) {
			if err != nil { // the client has gone
				gone <- fmt.Sprint(err, "; dropped ", queue.Dropped())
				return
			}
			fmt.Fprintf(w, "data: %d\n", n)
			if http.NewResponseController(w).Flush() != nil {
				return
			}
		}
		fmt.Fprintln(w, "event: closed") // the topic is
	}
}

// client prints what it gets, and has each line seen.
func client(ctx context.Context, url string, see func(line string)) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		fmt.Println(lines.Text())
		see(lines.Text())
	}
	return lines.Err()
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		numbers := event.New[int](self, event.Titled("numbers"), event.Keep(10))
		gone := make(chan string, 1)
		server := httptest.NewServer(stream(numbers, gone))
		defer server.Close()
		for n := range 5 {
			numbers.Publish(n)
		}

		ctx, leave := context.WithCancel(self)
		defer leave()
		err := client(ctx, server.URL, func(line string) {
			if line == "data: 4" {
				leave()
			}
		})
		fmt.Println("the client:", err)
		fmt.Println("the handler:", <-gone)

		return client(self, server.URL, func(line string) {
			switch line {
			case "data: 4":
				numbers.Publish(5)
			case "data: 5":
				numbers.Close()
			}
		})
	})
}
