package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
)

// serve is the process of the web server. It only waits: net/http has a goroutine for
// each request, and these are no processes.
func (b *bank) serve(self *proc.Self[struct{}], ready func()) error {
	listener, err := net.Listen("tcp", b.addr)
	if err != nil {
		return err // a failed start
	}
	// The contexts of requests derive from this one. It ends when the process is shut
	// down, and does not make those who use it act as the process.
	ctx := proc.Outside(self)
	// A client that is slow must not keep the service from stopping.
	reading := b.transport + b.answer // a request that takes longer is taken for one whose client has gone
	logs := log.NewHandler(*self.Log())
	srv := &http.Server{
		Handler:      b.routes(slog.New(logs)),
		BaseContext:  func(net.Listener) context.Context { return ctx },
		ErrorLog:     slog.NewLogLogger(logs, slog.LevelWarn),
		ReadTimeout:  reading,
		WriteTimeout: reading + b.transport,
		IdleTimeout:  time.Minute,
	}
	defer srv.Close() // after a second signal this is all that is done

	serving := proc.Go(self, func(context.Context) (struct{}, error) {
		return struct{}{}, srv.Serve(listener)
	})
	url := "http://" + listener.Addr().String()
	self.Log().Info().Str("url", url).Msg("listening")
	ready()
	b.listening(url)

	_, err = serving.AwaitWithin(self, -1)
	if errors.Is(err, proc.NormalExitRequested{}) {
		return b.finish(self, srv)
	}
	return err // it does not serve any more: a crash, after which it is started again
}

// finish takes no new requests, answers those that are under way, sends the streams
// what they have still to get, and ends them. A second signal shuts the process down:
// then finish does not go on from where it waits, and the deferred Close runs.
func (b *bank) finish(self *proc.Self[struct{}], srv *http.Server) error {
	self.Log().Info().Msg("draining")
	proc.Go(self, func(context.Context) (struct{}, error) {
		b.underWay.Lock() // returns when no request is under way
		defer b.underWay.Unlock()
		b.events.Close() // so a stream ends when it has sent all that is in its queue
		return struct{}{}, nil
	})
	drained := proc.Go(self, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, srv.Shutdown(ctx) // returns when all connections are idle: the streams', too
	})
	_, err := drained.AwaitWithin(self, b.drain)
	return err
}
