package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// ---------------------------------------------------------------- the parts

// Entry is what a ledger accepts.
type Entry struct {
	Text string
	N    proc.ReplyTo[int]
}

// ledger is one of many, found by the name of its owner.
func ledger(self *proc.Self[Entry], owner string, first int) error {
	defer fmt.Println("ledger: closed")
	n := first
	for e, err := range self.Messages() {
		if err != nil {
			return err
		}
		e.N.Reply(n)
		n++
	}
	return nil
}

type ledgers = sup.Pool[string, int, Entry]

// store keeps what ledgers begin with. It is there before them, and after them.
func store(self *proc.Self[string], ready func()) error {
	fmt.Println("store: opened")
	defer fmt.Println("store: closed")
	ready()
	_, err := self.Receive()
	return err
}

// web serves until ctx ends, and then drains: it takes no new requests, and answers
// those that it has. It knows nothing of processes but what its handler asks of one.
func web(books *ledgers, listening func(url string)) func(context.Context, func()) error {
	return func(ctx context.Context, ready func()) error {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err // a failed start
		}
		draining, drained := make(chan struct{}), make(chan error, 1)
		server := &http.Server{
			Handler:     handler(books, draining),
			BaseContext: func(net.Listener) context.Context { return sup.Finishing(ctx) },
		}
		defer server.Close()                                  // cuts off who is left
		server.RegisterOnShutdown(func() { close(draining) }) // this is where to end streams
		stop := context.AfterFunc(ctx, func() {
			fmt.Println("web: drains")
			drained <- server.Shutdown(sup.Finishing(ctx)) // until the second step
		})
		defer stop()
		ready()
		listening("http://" + listener.Addr().String())
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err // a crash: the server is started again
		}
		err = <-drained
		fmt.Println("web: closed")
		return err
	}
}

// handler adds a line to the ledger of the path. A request that is to be slow takes
// until the server drains, for this text.
func handler(books *ledgers, draining <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "slow" {
			fmt.Println("web: a slow request")
			<-draining
		}
		ctx := r.Context()
		pid, _, err := books.GetOrSpawn(ctx, r.URL.Path, 1)
		if err != nil {
			http.Error(w, "out of order", http.StatusServiceUnavailable)
			return
		}
		n, err := proc.Call(ctx, pid, func(to proc.ReplyTo[int]) Entry { return Entry{r.URL.Path, to} })
		if err != nil {
			http.Error(w, "out of order", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "line %d", n)
	}
}

// ---------------------------------------------------------------- the whole

// service is all there is, in the order in which it starts. What is later needs
// what is earlier, so it is started again with that, and is stopped before it.
func service(listening func(url string)) sup.Spec {
	books := sup.NewPool(sup.PoolSpec[string, int, Entry]{
		Body:    ledger,
		Restart: sup.Transient,
		PerKey:  5,
	})
	server := sup.AdoptReady("web", 10*time.Second, web(books, listening))
	server.Stop.Finish = 10 * time.Second // to drain
	return sup.Spec{
		Strategy: sup.RestForOne,
		Backoff:  sup.Backoff{First: 100 * time.Millisecond, Max: 10 * time.Second, Jitter: 0.2},
		Children: []sup.Child{
			sup.WorkerReady("store", 10*time.Second, store),
			books.Child("ledgers"),
			server,
		},
	}
}

func main() {
	visits := make(chan string, 3)
	everything := service(func(url string) { go visit(url, visits) })
	proc.Main(func(self *proc.Self[string]) error {
		err := sup.Run(self, everything)
		for range 3 { // for this text
			fmt.Println("visitor:", <-visits)
		}
		return err
	}, proc.WithStopTimeout(20*time.Second))
}

// visit is somebody who uses the service.
func visit(url string, visits chan<- string) {
	for _, path := range []string{"/ann", "/ann", "/ann?slow"} {
		answer, err := http.Get(url + path)
		if err != nil {
			visits <- err.Error()
			continue
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		visits <- fmt.Sprint(answer.Status, ", ", string(text), ", ", err)
	}
}
