package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

//go:embed page.html
var page string

// routes are all that the bank answers.
func (b *bank) routes(logs *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, f answerer) { mux.Handle(pattern, b.answering(f, logs)) }
	handle("POST /accounts/{name}/deposit", b.deposit)
	handle("POST /accounts/{name}/withdraw", b.withdraw)
	handle("POST /transfer", b.transfer)
	handle("GET /accounts/{name}", b.look)
	handle("POST /accounts/{name}/crash", b.crash)
	handle("POST /accounts/{name}/stall", b.stall)
	handle("GET /healthz", b.health)
	handle("GET /debug/processes", b.processes)
	mux.HandleFunc("GET /events", b.stream)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "page.html", time.Time{}, strings.NewReader(page))
	})
	return mux
}

// answerer says what a request is answered with, or why it is not.
type answerer func(r *http.Request) (answer any, err error)

// answering makes a handler of an answerer. The context of the request says who is
// waiting: it ends when the client goes away, when the service is shut down, and here
// also after a while. Whatever the answerer waits for ends with it.
func (b *bank) answering(f answerer, logs *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b.underWay.RLock()
		defer b.underWay.RUnlock()
		ctx, cancel := context.WithTimeout(r.Context(), b.answer)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, 1<<16)

		status := http.StatusOK
		answer, err := f(r.WithContext(ctx))
		if err != nil {
			no := refusalOf(err)
			status, answer = no.status, map[string]string{"error": no.text}
		}
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		logs.Debug("answered", "method", r.Method, "path", r.URL.Path, "status", status)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer) // fails if the client has gone
	}
}

// ---------------------------------------------------------------- accounts

func (b *bank) deposit(r *http.Request) (any, error) {
	return b.bookAmount(r, Deposit)
}

func (b *bank) withdraw(r *http.Request) (any, error) {
	return b.bookAmount(r, Withdrawal)
}

func (b *bank) bookAmount(r *http.Request, kind Kind) (any, error) {
	var body struct{ Amount int64 }
	if err := readJSON(r, &body); err != nil {
		return nil, err
	}
	return b.book(r, Entry{Kind: kind, Account: r.PathValue("name"), Amount: body.Amount})
}

func (b *bank) transfer(r *http.Request) (any, error) {
	var body struct {
		From, To string
		Amount   int64
	}
	if err := readJSON(r, &body); err != nil {
		return nil, err
	}
	return b.book(r, Entry{Kind: Transfer, Account: body.From, To: body.To, Amount: body.Amount})
}

// book asks the account of an entry to carry it out. A transfer is a matter of the
// account that pays. The other one need not be asked, and so two that pay each other
// do not wait for each other.
func (b *bank) book(r *http.Request, want Entry) (any, error) {
	want.Key = r.Header.Get("Idempotency-Key")
	if err := check(want); err != nil {
		return nil, err
	}
	find := b.known
	if want.Kind == Deposit {
		find = b.account // a deposit opens it
	}
	pid, err := find(r.Context(), want.Account)
	if err != nil {
		return nil, err
	}
	return server.Call(r.Context(), pid, &Book{Want: want})
}

func (b *bank) look(r *http.Request) (any, error) {
	pid, err := b.known(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	return server.Call(r.Context(), pid, &Look{})
}

// crash makes an account crash: now, or with ?when=booked after its next booking. The
// call fails at once with the panic as its cause, which here is what was asked for.
func (b *bank) crash(r *http.Request) (any, error) {
	pid, err := b.known(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	_, err = server.Call(r.Context(), pid, &Crash{Later: r.URL.Query().Get("when") == "booked"})
	if why, ok := ended(err); ok {
		return map[string]string{"crashed": why.Error()}, nil
	}
	return map[string]bool{"will_crash": true}, err
}

// stall makes an account slow, to see what becomes of requests then.
func (b *bank) stall(r *http.Request) (any, error) {
	var body struct{ For string }
	if err := readJSON(r, &body); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(body.For)
	if err != nil {
		return nil, badRequest("for must be a duration such as 2s")
	}
	pid, err := b.known(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	pid.Send(Stall{d}) // nobody waits for that
	return map[string]string{"stalls": d.String()}, nil
}

// known is account for one that there is.
func (b *bank) known(ctx context.Context, name string) (proc.Pid[Message], error) {
	if !b.ledger.Knows(name) {
		return proc.Pid[Message]{}, unknownAccount(name)
	}
	return b.account(ctx, name)
}

// account finds the server of an account, or starts it. If it has crashed and waits for
// its restart, so does the request, but not for long: the client can come again.
func (b *bank) account(ctx context.Context, name string) (proc.Pid[Message], error) {
	ctx, cancel := context.WithTimeout(ctx, b.patience)
	defer cancel()
	pid, _, err := b.accounts.GetOrSpawn(ctx, name, b.ledger)
	if errors.Is(err, context.DeadlineExceeded) {
		err = restarting(name)
	}
	return pid, err
}

// ---------------------------------------------------------------- the rest

func (b *bank) health(*http.Request) (any, error) {
	return map[string]any{"status": "ok", "accounts": b.accounts.Len()}, nil
}
