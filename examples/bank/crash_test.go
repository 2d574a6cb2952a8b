package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// A crash fails the requests that are under way at once, with its cause. The account
// comes back, and no money is lost.
func TestACrashWithRequestsUnderWay(t *testing.T) {
	s := start(t, nil)
	s.open("100", "a")
	s.stallForGood("a")

	const n = 5
	deposit := func(i int) answer {
		return s.post("/accounts/a/deposit", fmt.Sprint("k", i), `{"amount":10}`)
	}
	answers := make(chan answer)
	for i := range n {
		go func() { answers <- deposit(i) }()
	}
	s.until("all wait", func() bool { return s.process("a").Mailbox == n })
	pid, _ := s.accounts.Lookup("a")
	pid.Interrupt(proc.InterruptedBy{Value: "a fault of the disk"}) // which it does not handle

	for range n {
		a := <-answers
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.text, "a fault of the disk") {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
	for i := range n {
		deposit(i).entry(t)
	}
	if got := s.balance("a"); got != 150 {
		t.Errorf("the balance is %d", got)
	}
}

// A request whose answer is lost has been carried out. Repeated with its key it is
// answered, and not carried out again.
func TestALostAnswer(t *testing.T) {
	s := start(t, nil)
	s.open("100", "a", "b")
	for i, c := range []struct{ path, body string }{
		{"/accounts/a/deposit", `{"amount":10}`},
		{"/accounts/a/withdraw", `{"amount":110}`},
		{"/transfer", `{"from":"b","to":"a","amount":100}`}, // after which b has nothing
	} {
		name, key := []string{"a", "a", "b"}[i], fmt.Sprint("k", i)
		s.post("/accounts/"+name+"/crash?when=booked", "", "")
		if a := s.post(c.path, key, c.body); a.status != http.StatusServiceUnavailable || !strings.Contains(a.text, "not answered") {
			t.Errorf("%s: %d %s", c.path, a.status, a.text)
		}
		if e := s.post(c.path, key, c.body).entry(t); e.Number != 3+i {
			t.Errorf("%s: %+v", c.path, e)
		}
	}
	if a, b := s.balance("a"), s.balance("b"); a != 100 || b != 0 {
		t.Errorf("a has %d, b %d", a, b)
	}
}

// While an account waits for its restart, requests are refused after a moment, and told
// to come again.
func TestAnAccountThatIsStartingAgain(t *testing.T) {
	s := start(t, func(c *config) {
		c.backoff = sup.Backoff{First: 1000 * time.Hour, Max: 1000 * time.Hour}
		c.patience = time.Millisecond
	})
	s.open("1", "a")
	s.post("/accounts/a/crash", "", "")
	for _, path := range []string{"/accounts/a/deposit", "/accounts/a/withdraw"} {
		a := s.post(path, "k2", `{"amount":1}`)
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.text, "starting again") {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
}

// An account that crashes too often is given up, until somebody asks for it.
func TestAnAccountThatIsGivenUp(t *testing.T) {
	s := start(t, nil)
	o := s.observe("?account=a")
	s.open("100", "a")
	for range 6 { // PerKey is 5
		s.post("/accounts/a/crash", "", "")
	}
	if got := s.balance("a"); got != 100 {
		t.Errorf("the balance is %d", got)
	}
	got := strings.Join(o.kinds(14), ", ")
	want := "started a, deposit a, " + strings.Repeat("crashed a, restarted a, ", 5) + "given-up a, started a"
	if got != want {
		t.Error(got)
	}
}

// An account that does not answer concerns nobody but those who ask it.
func TestASlowAccount(t *testing.T) {
	s := start(t, func(c *config) { c.answer = 50 * time.Millisecond })
	s.open("1", "a", "b")
	pid, _ := s.accounts.Lookup("a")
	pid.Send(Stall{1000 * time.Hour})
	if a := s.do("GET", "/accounts/a", "", ""); a.status != http.StatusGatewayTimeout {
		t.Errorf("%d %s", a.status, a.text)
	}
	s.until("b answers", func() bool { return s.do("GET", "/accounts/b", "", "").status == http.StatusOK })
}

// A client that goes away frees its handler at once.
func TestAClientThatLeaves(t *testing.T) {
	s := start(t, nil)
	s.open("1", "a")
	s.stallForGood("a")
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := s.try(ctx, "GET", "/accounts/a", "", nil)
		left <- err
	}()
	s.until("it waits", func() bool { return s.process("a").Mailbox == 1 })
	leave()
	if err := <-left; err == nil {
		t.Error("it was answered")
	}
	s.logged("status", clientGone)
}
