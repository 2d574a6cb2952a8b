package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// TestMain runs the program itself, instead of its tests, for the test of signals.
func TestMain(m *testing.M) {
	if os.Getenv("BANK_RUNS_AS_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// patience is how long tests wait for what must come. No test depends on it.
const patience = time.Minute

// service is a bank that runs, and its client.
type service struct {
	*testing.T
	*bank
	url    string
	client *http.Client
	main   proc.ID
	logs   log.Capture
}

// start starts a bank on a socket of its own. Unless change says otherwise its requests
// have all the time, and accounts are started again at once. When the test is over it
// is stopped, and no goroutine may be left.
func start(t *testing.T, change func(*config)) *service {
	t.Helper()
	before := goroutines()
	s := &service{T: t, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	listening := make(chan string, 1)
	c := defaults()
	c.addr = "127.0.0.1:0"
	c.listening = func(url string) { listening <- url }
	c.answer, c.patience, c.transport, c.drain, c.backoff = patience, patience, patience, patience, sup.Backoff{}
	if change != nil {
		change(&c)
	}
	system := proc.NewSystem(proc.WithLogger(log.JSON(&s.logs)), proc.WithStopTimeout(patience))
	s.main = proc.Spawn(system, func(self *proc.Self[struct{}]) error {
		s.bank = newBank(self, c)
		return sup.Run(self, s.bank.service())
	}).ID
	t.Cleanup(func() {
		s.stop()
		if err := system.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		s.client.CloseIdleConnections()
		s.until("all goroutines have ended", func() bool { return goroutines() <= before })
		if t.Failed() {
			t.Log(s.logs.String())
		}
	})
	select {
	case s.url = <-listening:
	case <-s.main.Done():
		t.Fatal(s.main.Reason())
	}
	return s
}

// stop asks the service to finish, as the first signal does, and waits until it has.
func (s *service) stop() {
	s.Helper()
	s.main.Interrupt(proc.NormalExitRequested{})
	s.await(s.main.Done(), "the end of the service")
	if reason := s.main.Reason(); reason.Severity() == proc.Crash {
		s.Error(reason)
	}
}

// ---------------------------------------------------------------- requests

// answer is what a client gets.
type answer struct {
	status int
	header http.Header
	text   string
}

// entry is the answer to a booking.
func (a answer) entry(t *testing.T) (e Entry) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.text), &e); err != nil || a.status != http.StatusOK {
		t.Fatalf("no entry: %d %s", a.status, a.text)
	}
	return e
}

// try sends a request, and says what came of it. ctx is that of the client.
func (s *service) try(ctx context.Context, method, path, key string, body io.Reader) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return answer{}, err
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	response, err := s.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

// do is try for requests that are answered.
func (s *service) do(method, path, key, body string) answer {
	s.Helper()
	a, err := s.try(context.Background(), method, path, key, strings.NewReader(body))
	if err != nil {
		s.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (s *service) post(path, key, body string) answer {
	s.Helper()
	return s.do(http.MethodPost, path, key, body)
}

// open gives accounts their first money. In a test whose requests have little time that
// may take some tries.
func (s *service) open(amount string, names ...string) {
	s.Helper()
	for _, name := range names {
		s.until(name+" is open", func() bool {
			return s.post("/accounts/"+name+"/deposit", "opening", `{"amount":`+amount+`}`).status == http.StatusOK
		})
	}
}

// balance asks for a balance.
func (s *service) balance(name string) int64 {
	s.Helper()
	var status Status
	a := s.do(http.MethodGet, "/accounts/"+name, "", "")
	if err := json.Unmarshal([]byte(a.text), &status); err != nil || a.status != http.StatusOK {
		s.Fatalf("no balance: %d %s", a.status, a.text)
	}
	return status.Balance
}

// stallForGood makes an account do nothing for the rest of its life, and waits until it does.
func (s *service) stallForGood(name string) {
	s.Helper()
	s.post("/accounts/"+name+"/stall", "", `{"for":"1000h"}`)
	s.until(name+" stalls", func() bool { return s.process(name).State == proc.Sleeping })
}

// settled waits until the pool has told of all restarts.
func (s *service) settled() {
	s.Helper()
	s.until("all accounts run", func() bool {
		children, err := s.accounts.Ref().Children(context.Background())
		return err == nil && !slices.ContainsFunc(children, func(c sup.Status) bool {
			return c.State != sup.Running || !c.ID.Alive()
		})
	})
}

// process describes the process of an account.
func (s *service) process(name string) proc.Info {
	pid, _ := s.accounts.Lookup(name)
	info, _ := pid.Info()
	return info
}

// ---------------------------------------------------------------- streams

// stream is a client of /events.
type stream struct {
	s     *service
	body  io.ReadCloser
	lines *bufio.Scanner
}

// observe begins to observe: what happens from now on is in the stream.
func (s *service) observe(query string) *stream {
	s.Helper()
	response, err := s.client.Get(s.url + "/events" + query)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { response.Body.Close() })
	o := &stream{s, response.Body, bufio.NewScanner(response.Body)}
	if !o.lines.Scan() || o.lines.Text() != ": observing" {
		s.Fatalf("the stream begins with %q", o.lines.Text())
	}
	return o
}

// next is the next event. ok is false if the stream has ended in order.
func (o *stream) next() (e Event, ok bool) {
	o.s.Helper()
	for o.lines.Scan() {
		if data, found := strings.CutPrefix(o.lines.Text(), "data: "); found {
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				o.s.Fatal(err)
			}
			return e, true
		}
	}
	if err := o.lines.Err(); err != nil {
		o.s.Fatal("the stream was cut off:", err)
	}
	return e, false
}

// kinds are those of the next n events, with their accounts.
func (o *stream) kinds(n int) (kinds []string) {
	o.s.Helper()
	for range n {
		e, ok := o.next()
		if !ok {
			o.s.Fatal("the stream has ended after", kinds)
		}
		kinds = append(kinds, e.Kind+" "+e.Account)
	}
	return kinds
}

// ---------------------------------------------------------------- waiting

func (s *service) await(done <-chan struct{}, what string) {
	s.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		s.Fatalf("in vain: %s\n%s\n%s", what, stacks(), s.logs.String())
	}
}

// until waits for what nobody tells.
func (s *service) until(what string, cond func() bool) {
	s.Helper()
	for limit := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			s.Fatalf("never: %s\n%s\n%s", what, stacks(), s.logs.String())
		}
	}
}

// logged waits for a line of the log.
func (s *service) logged(field string, value any) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := s.logs.Wait(ctx, field, value); err != nil {
		s.Fatal(err)
	}
}

func stacks() string {
	all := make([]byte, 1<<20)
	return string(all[:runtime.Stack(all, true)])
}

// goroutines is how many there are, but for the runtime's own.
func goroutines() int {
	return bytes.Count([]byte("\n\n"+stacks()), []byte("\n\ngoroutine "))
}
