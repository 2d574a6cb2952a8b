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
	logs := log.NewHandler(*self.Log())
	srv := &http.Server{
		Handler:           b.routes(slog.New(logs)),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(logs, slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	defer srv.Close() // however this ends. After a second signal it is all that is done

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
// what they have still to get, and ends them. A second signal does not let it go on
// from where it waits.
func (b *bank) finish(self *proc.Self[struct{}], srv *http.Server) error {
	self.Log().Info().Msg("draining")
	closed := proc.Go(self, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, srv.Shutdown(ctx) // returns when all connections are idle
	})
	answered := proc.Go(self, func(context.Context) (struct{}, error) {
		b.underWay.Lock() // returns when no request is under way
		defer b.underWay.Unlock()
		b.events.Close() // so a stream ends when it has sent all that is in its queue
		return struct{}{}, nil
	})
	if _, err := answered.AwaitWithin(self, b.drain); err != nil {
		return err
	}
	_, err := closed.AwaitWithin(self, b.drain)
	return err
}
