package sup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// How a child is asked to end is what interrupts and shutdowns are for. This
// worker writes what it is sent in batches. Interrupted, as by a first Ctrl-C, it
// finishes: it writes what it has. Shut down, as by a second one, it cleans up:
// it gives up the batch, but removes its temporary file. Killed it does nothing.
func ExampleStop() {
	begun, finishing := make(chan struct{}), make(chan struct{})
	write := func(self *proc.Self[string]) error {
		defer fmt.Println("writer: removes its temporary file")
		batch := []string{"a", "b"}
		close(begun)
		for line, err := range self.Messages() {
			switch {
			case err == nil:
				batch = append(batch, line)
			case errors.Is(err, proc.NormalExitRequested{}):
				fmt.Println("writer: finishes", batch)
				close(finishing)
				return self.Sleep(time.Hour) // the disk is slow today
			default:
				return err
			}
		}
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	err := proc.Run(ctx, func(self *proc.Self[string]) error {
		go func() {
			<-begun
			self.ID().Interrupt(proc.NormalExitRequested{}) // what Main does at a first Ctrl-C
			<-finishing
			stop() // and at a second one
		}()
		writer := sup.Worker("writer", write)
		writer.Stop = sup.Stop{Finish: time.Minute, Cleanup: 5 * time.Second} // what each step may take
		return sup.Run(self, sup.Spec{Children: []sup.Child{writer}})
	}, proc.WithLogger(zerolog.Nop()))
	fmt.Println(err)
	// Output:
	// writer: finishes [a b]
	// writer: removes its temporary file
	// <nil>
}

// Code that knows nothing of processes is supervised, too: its context says when
// to end. This web server is restarted if it fails, and drained when the tree is
// stopped: it takes no new requests, and answers the one that it has. The limit is
// its own, shorter than Finish: of further steps an adopted function is not told.
func ExampleAdopt() {
	inProcess(func(self *proc.Self[string]) error {
		address, inside := make(chan string, 1), make(chan struct{})
		web := sup.Adopt("web", func(ctx context.Context) error {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(inside)
				<-ctx.Done() // a request that takes until the server is stopped
				fmt.Fprint(w, "hello")
			})}
			drained := make(chan error, 1)
			stop := context.AfterFunc(ctx, func() {
				limited, cancel := context.WithTimeout(context.Background(), 50*time.Second)
				defer cancel()
				drained <- errors.Join(server.Shutdown(limited), server.Close())
			})
			defer stop()
			address <- listener.Addr().String()
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return <-drained
		})
		web.Stop.Finish = time.Minute // to drain
		tree, err := sup.Start(self, sup.Spec{Children: []sup.Child{web}})
		if err != nil {
			return err
		}
		visit := proc.Go(self, func(ctx context.Context) (string, error) {
			client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			answer, err := client.Get("http://" + <-address)
			if err != nil {
				return "", err
			}
			defer func() { _ = answer.Body.Close() }()
			text, err := io.ReadAll(answer.Body)
			return string(text), err
		})
		<-inside
		fmt.Println(tree.Stop(self))
		fmt.Println(visit.Await(self))
		return nil
	})
	// Output:
	// <nil>
	// hello <nil>
}
