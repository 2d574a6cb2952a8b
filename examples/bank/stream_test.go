package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A stream has all that happens, in the order in which it has happened, and ends with
// the service.
func TestAStream(t *testing.T) {
	s := start(t, nil)
	all, ofB := s.observe(""), s.observe("?account=b")
	s.open("100", "a", "b")
	s.post("/transfer", "k1", `{"from":"a","to":"b","amount":60}`).entry(t)
	s.post("/accounts/a/crash", "", "")
	s.settled()
	s.post("/accounts/b/withdraw", "k2", `{"amount":160}`).entry(t)

	got := strings.Join(all.kinds(8), ", ")
	if got != "started a, deposit a, started b, deposit b, transfer a, crashed a, restarted a, withdrawal b" {
		t.Error(got)
	}
	s.stop()
	if e, more := all.next(); more {
		t.Errorf("there is one more: %+v", e)
	}
	if got := strings.Join(ofB.kinds(4), ", "); got != "started b, deposit b, transfer a, withdrawal b" {
		t.Error(got)
	}
	if e, more := ofB.next(); more {
		t.Errorf("there is one more: %+v", e)
	}
}

// A client that leaves is forgotten.
func TestAClientOfAStreamThatLeaves(t *testing.T) {
	s := start(t, nil)
	o := s.observe("")
	if n := s.events.Info().Observers; n != 1 {
		t.Errorf("%d observers", n)
	}
	o.body.Close()
	s.until("it is forgotten", func() bool { return s.events.Info().Observers == 0 })
}

// A client that does not read holds up nobody, and is told how much it has missed.
func TestASlowClientOfAStream(t *testing.T) {
	s := start(t, func(c *config) { c.queue = 4 })
	w := &slowWriter{ResponseRecorder: httptest.NewRecorder(), writing: make(chan struct{}), goOn: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.stream(w, httptest.NewRequest(http.MethodGet, "/events?account=a", nil).WithContext(ctx))
	}()
	w.writes() // it observes
	s.open("1", "a")
	<-w.writing // that a has started, and does not go on
	for range 9 {
		s.events.Publish(Event{Kind: "deposit", Account: "a"})
		s.events.Publish(Event{Kind: "deposit", Account: "b"}) // which does not count
	}
	w.goOn <- struct{}{}
	w.writes()
	s.events.Close()
	for range 4 {
		w.writes()
	}
	s.await(ended, "the end of the stream")
	text := w.Body.String()
	if !strings.Contains(text, `{"kind":"dropped","count":6}`) || strings.Count(text, "event: deposit") != 4 {
		t.Error(text)
	}
}

// slowWriter waits in each write until it may go on.
type slowWriter struct {
	*httptest.ResponseRecorder
	writing, goOn chan struct{}
}

func (w *slowWriter) Write(p []byte) (int, error) {
	w.writing <- struct{}{}
	<-w.goOn
	return w.ResponseRecorder.Write(p)
}

// writes lets it write once.
func (w *slowWriter) writes() {
	<-w.writing
	w.goOn <- struct{}{}
}
