package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// stream sends words until the client goes, the topic is closed, or streams ends.
func stream(streams context.Context, words *event.Topic[string]) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, end := context.WithCancel(r.Context())
		defer end()
		defer context.AfterFunc(streams, end)()
		queue := words.Queue(16, event.DropOldest)
		defer queue.Close()
		client := http.NewResponseController(w)
		if client.Flush() != nil {
			return
		}
		for word, err := range queue.Events(ctx) {
			if err != nil {
				return
			}
			fmt.Fprintln(w, word)
			if client.Flush() != nil {
				return
			}
		}
	}
}

// web serves until ctx ends. It may be started again: so it ends its streams, and leaves
// the topic alone.
func web(words *event.Topic[string], listening func(url string)) func(context.Context) error {
	return func(ctx context.Context) error {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		streams, end := context.WithCancel(context.Background())
		defer end()
		server := &http.Server{Handler: stream(streams, words)}
		server.RegisterOnShutdown(end)
		drained := make(chan error, 1)
		stop := context.AfterFunc(ctx, func() {
			limited, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			drained <- server.Shutdown(limited)
		})
		defer stop()
		go listening("http://" + listener.Addr().String())
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return <-drained
	}
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		words := event.New[string](self, event.Titled("words"))
		for _, word := range []string{"once", "again"} {
			ctx, drain := context.WithCancel(self)
			err := web(words, func(url string) {
				defer drain() // while the stream is open
				response, err := http.Get(url)
				if err != nil {
					fmt.Println(err)
					return
				}
				go io.Copy(io.Discard, response.Body)
				words.Publish(word)
			})(ctx)
			fmt.Println(word, "drained:", err)
		}
		fmt.Println("the topic is closed:", words.Closed())
		return nil
	})
}
