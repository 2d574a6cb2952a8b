package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Each endpoint, one after the other, and what it answers.
func TestEndpoints(t *testing.T) {
	s := start(t, nil)
	for _, c := range []struct {
		method, path, key, body string
		status                  int
		text                    string // is in the answer
	}{
		{"GET", "/healthz", "", "", 200, `"accounts":0`},
		{"GET", "/accounts/a", "", "", 404, `there is no account \"a\"`},
		{"POST", "/accounts/a/withdraw", "k1", `{"amount":1}`, 404, "no account"},
		{"POST", "/accounts/a/crash", "", "", 404, "no account"},
		{"POST", "/accounts/a/stall", "", `{"for":"1s"}`, 404, "no account"},
		{"POST", "/transfer", "k1", `{"from":"a","to":"b","amount":1}`, 404, "no account"},
		{"POST", "/accounts/a/deposit", "k1", `{"amount":100}`, 200, `{"entry":1,"kind":"deposit","account":"a","amount":100,"balance":100,"key":"k1"}`},
		{"POST", "/accounts/a/deposit", "k1", `{"amount":100}`, 200, `"entry":1`},
		{"POST", "/accounts/a/deposit", "k1", `{"amount":101}`, 422, "another request"},
		{"POST", "/accounts/a/withdraw", "k1", `{"amount":100}`, 422, "another request"},
		{"POST", "/accounts/a/withdraw", "k2", `{"amount":101}`, 409, "insufficient funds: account a has 100"},
		{"POST", "/accounts/a/withdraw", "k2", `{"amount":60}`, 200, `"balance":40`},
		{"POST", "/accounts/a/withdraw", "k2", `{"amount":60}`, 200, `"balance":40`},
		{"POST", "/transfer", "k3", `{"from":"a","to":"b","amount":30}`, 404, `there is no account \"b\"`},
		{"POST", "/accounts/b/deposit", "k1", `{"amount":1}`, 200, `"balance":1`},
		{"POST", "/transfer", "k3", `{"from":"a","to":"b","amount":30}`, 200, `"balance":10`},
		{"POST", "/transfer", "k3", `{"from":"a","to":"b","amount":30}`, 200, `"balance":10`},
		{"POST", "/transfer", "k4", `{"from":"a","to":"b","amount":30}`, 409, "insufficient funds"},
		{"GET", "/accounts/a", "", "", 200, `{"account":"a","balance":10,"entries":3}`},
		{"GET", "/accounts/b", "", "", 200, `{"account":"b","balance":31,"entries":2}`},
		{"POST", "/accounts/b/withdraw", "k2", `{"amount":31}`, 200, `"balance":0`},
		{"POST", "/accounts/a/crash", "", "", 200, `{"crashed":"panic: asked to crash"}`},
		{"GET", "/accounts/a", "", "", 200, `{"account":"a","balance":10,"entries":3}`},
		{"POST", "/accounts/a/stall", "", `{"for":"1ns"}`, 200, "1ns"},
		{"GET", "/healthz", "", "", 200, `"accounts":2`},
		{"GET", "/", "", "", 200, "<title>bank</title>"},
		{"GET", "/nothing", "", "", 404, ""},
		{"GET", "/transfer", "", "", 405, ""},
	} {
		a := s.do(c.method, c.path, c.key, c.body)
		if a.status != c.status || !strings.Contains(a.text, c.text) {
			t.Errorf("%s %s %s: %d %s, want %d %s", c.method, c.path, c.body, a.status, a.text, c.status, c.text)
		}
	}
}

// What is wrong is said, and nothing is done.
func TestBadInput(t *testing.T) {
	s := start(t, nil)
	for _, c := range []struct{ path, key, body, text string }{
		{"/accounts/a/deposit", "k", "", "JSON"},
		{"/accounts/a/deposit", "k", "100", "JSON"},
		{"/accounts/a/deposit", "k", `{"amount":"100"}`, "JSON"},
		{"/accounts/a/deposit", "k", `{"amount":1.5}`, "JSON"},
		{"/accounts/a/deposit", "k", `{"sum":100}`, `unknown field`},
		{"/accounts/a/deposit", "k", `{"amount":1} {}`, "behind the JSON"},
		{"/accounts/a/deposit", "k", `{"amount":0}`, "amount must be from 1"},
		{"/accounts/a/deposit", "k", `{"amount":-1}`, "amount must be from 1"},
		{"/accounts/a/deposit", "k", `{"amount":1000000001}`, "amount must be from 1"},
		{"/accounts/a/deposit", "", `{"amount":1}`, "Idempotency-Key"},
		{"/accounts/a/deposit", strings.Repeat("k", 101), `{"amount":1}`, "Idempotency-Key"},
		{"/accounts/A%2Fb/deposit", "k", `{"amount":1}`, "no name of an account"},
		{"/accounts/a/deposit", "k", `{"amount":1` + strings.Repeat(" ", 1<<17) + `}`, "too large"},
		{"/transfer", "k", `{"from":"a","to":"a","amount":1}`, "between two accounts"},
		{"/transfer", "k", `{"from":"a","to":"","amount":1}`, "no name of an account"},
		{"/accounts/a/stall", "", `{"for":"long"}`, "duration"},
	} {
		a := s.post(c.path, c.key, c.body)
		if a.status != http.StatusBadRequest || !strings.Contains(a.text, c.text) {
			t.Errorf("%s %.40s: %d %s, want 400 %s", c.path, c.body, a.status, a.text, c.text)
		}
	}
	if n := s.accounts.Len(); n != 0 {
		t.Errorf("there are %d accounts", n)
	}
}

// All processes are listed, with what waits in their mailboxes.
func TestProcesses(t *testing.T) {
	s := start(t, nil)
	s.open("1", "a")
	s.stallForGood("a")
	pid, _ := s.accounts.Lookup("a")
	pid.Send(Stall{1})

	var all []process
	if err := json.Unmarshal([]byte(s.do("GET", "/debug/processes", "", "").text), &all); err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, p := range all {
		titles = append(titles, p.Title)
		if p.Title == "a" && (p.State != "sleeping" || p.Messages["main.Stall"] != 1) {
			t.Errorf("a is %+v", p)
		}
	}
	// The main process has a title only in a program.
	if got := strings.Join(titles, " "); got != " a accounts supervisor web web (adopted)" {
		t.Error(got)
	}
}
