package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

// A service that is asked to finish answers what is under way, tells the streams of it,
// and takes nothing new.
func TestAGracefulStop(t *testing.T) {
	s := start(t, nil)
	s.open("100", "a")
	o := s.observe("")

	// A request is under way as long as its body is.
	body, rest := io.Pipe()
	answered := make(chan answer)
	go func() {
		a, err := s.try(t.Context(), "POST", "/accounts/a/deposit", "k1", body)
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	io.WriteString(rest, `{"amount":`)
	s.until("it is under way", func() bool {
		idle := s.underWay.TryLock()
		if idle {
			s.underWay.Unlock()
		}
		return !idle
	})

	s.main.Interrupt(proc.NormalExitRequested{})
	s.logged("message", "draining")
	s.until("nobody gets in any more", func() bool {
		fresh := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := fresh.Get(s.url + "/healthz")
		if err == nil {
			response.Body.Close()
		}
		return err != nil
	})
	io.WriteString(rest, `11}`)
	rest.Close()
	if e := (<-answered).entry(t); e.Balance != 111 {
		t.Errorf("%+v", e)
	}
	if e, ok := o.next(); !ok || e.Kind != "deposit" || *e.Balance != 111 {
		t.Errorf("the stream has %+v", e)
	}
	if e, more := o.next(); more {
		t.Errorf("there is one more: %+v", e)
	}
	s.stop()
}

// A service that is shut down, as by a second signal, does not wait for anything.
func TestAStopAtOnce(t *testing.T) {
	s := start(t, nil)
	s.open("1", "a")
	o := s.observe("")
	s.stallForGood("a")
	answered := make(chan answer)
	go func() {
		a, _ := s.try(t.Context(), "GET", "/accounts/a", "", nil)
		answered <- a
	}()
	s.until("it waits", func() bool { return s.process("a").Mailbox == 1 })
	s.main.Interrupt(proc.NormalExitRequested{})
	s.logged("message", "draining")
	if err := s.system.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	// It is told so, if there is still time for that, else its connection is closed.
	if a := <-answered; a.status != 0 && !strings.Contains(a.text, "the service stops") {
		t.Errorf("%d %s", a.status, a.text)
	}
	o.body.Close()
}

// The program itself, and the signals that end it.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals")
	}
	t.Run("one", func(t *testing.T) {
		p := program(t)
		p.signal()
		p.ends(0)
	})
	t.Run("two", func(t *testing.T) {
		p := program(t)
		p.open("1", "a")
		p.post("/accounts/a/stall", "", `{"for":"1000h"}`)
		go p.try(t.Context(), "GET", "/accounts/a", "", nil) // keeps it from finishing
		p.until("it waits", func() bool {
			return strings.Contains(p.do("GET", "/debug/processes", "", "").text, "main.Look")
		})
		p.signal()
		p.prints("draining")
		p.signal()
		p.ends(0)
	})
	t.Run("none", func(t *testing.T) {
		p := program(t)
		other := launch(t, strings.TrimPrefix(p.url, "http://")) // which is taken
		other.ends(1)
		p.signal()
		p.ends(0)
	})
}

// running is the program in a process of the operating system, and its client.
type running struct {
	service
	cmd   *exec.Cmd
	lines *bufio.Scanner // of its log
}

// program starts the program, and waits until it listens.
func program(t *testing.T) *running {
	t.Helper()
	p := launch(t, "127.0.0.1:0")
	_, url, _ := strings.Cut(p.prints("url="), "url=")
	p.url, _, _ = strings.Cut(url, " ")
	return p
}

func launch(t *testing.T, addr string) *running {
	t.Helper()
	p := &running{service: service{T: t, client: &http.Client{}}}
	p.cmd = exec.Command(os.Args[0], "-addr", addr, "-answer", "1000h")
	p.cmd.Env = append(os.Environ(), "BANK_RUNS_AS_PROGRAM=yes")
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.lines = bufio.NewScanner(log)
	return p
}

// prints waits for a line of the log.
func (p *running) prints(text string) string {
	p.Helper()
	for p.lines.Scan() {
		if strings.Contains(p.lines.Text(), text) {
			return p.lines.Text()
		}
	}
	p.Fatalf("it has not printed %q", text)
	return ""
}

func (p *running) signal() {
	p.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Fatal(err)
	}
}

// ends waits for its end.
func (p *running) ends(status int) {
	p.Helper()
	var log strings.Builder
	for p.lines.Scan() {
		log.WriteString(p.lines.Text() + "\n")
	}
	_ = p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.Errorf("the exit status is %d, not %d\n%s", got, status, log.String())
	}
}
