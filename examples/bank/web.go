package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/sup"
)

// serve is the web server, until ctx ends: then it drains. It is ordinary code that
// knows nothing of processes: net/http has a goroutine for each request, and these are
// no processes.
func (b *bank) serve(ctx context.Context, ready func()) error {
	listener, err := net.Listen("tcp", b.addr)
	if err != nil {
		return err // a failed start
	}
	logger := zerolog.Ctx(ctx)
	logs := log.NewHandler(*logger)
	// A client that is slow must not keep the service from stopping.
	reading := b.transport + b.answer // a request that takes longer is taken for one whose client has gone
	srv := &http.Server{
		Handler: b.routes(slog.New(logs)),
		// The contexts of requests outlive ctx: what is under way is answered.
		BaseContext:  func(net.Listener) context.Context { return sup.Finishing(ctx) },
		ErrorLog:     slog.NewLogLogger(logs, slog.LevelWarn),
		ReadTimeout:  reading,
		WriteTimeout: reading + b.transport,
		IdleTimeout:  time.Minute,
	}
	defer srv.Close() // after a second signal this is all that is done
	srv.RegisterOnShutdown(func() {
		b.underWay.Lock() // returns when no request is under way
		defer b.underWay.Unlock()
		b.events.Close() // so a stream ends when it has sent all that is in its queue
	})
	drained := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		logger.Info().Msg("draining")
		drained <- b.drainOff(sup.Finishing(ctx), srv)
	})
	defer stop()

	url := "http://" + listener.Addr().String()
	logger.Info().Str("url", url).Msg("listening")
	ready()
	b.listening(url)
	if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err // it does not serve any more: a crash, after which it is started again
	}
	return <-drained
}

// drainOff takes no new requests, answers those that are under way, sends the streams
// what they have still to get, and ends them. A second signal ends ctx, and with it all
// of that.
func (b *bank) drainOff(ctx context.Context, srv *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, b.drain)
	defer cancel()
	return srv.Shutdown(ctx) // returns when all connections are idle: the streams', too
}
