package main

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	console  = regexp.MustCompile("(?s)```console\n(.*?)```")
	argument = regexp.MustCompile(`'[^']*'|\S+`)
)

// The README shows what happens.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, func(c *config) { c.answer = 2 * time.Second }) // as in the program: one request takes as long
	o := s.observe("")
	events := ""
	for _, block := range console.FindAllStringSubmatch(string(text), -1) {
		for command := range strings.SplitSeq(strings.TrimPrefix(block[1], "$ "), "\n$ ") {
			command, want, _ := strings.Cut(command, "\n")
			if strings.Contains(command, "/events") {
				events = want
				continue
			}
			s.settled() // nobody types as fast as this test does
			if got := s.curl(command); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("%s\n%s\nand not\n%s", command, got, want)
			}
		}
	}
	s.stop()
	got := ": observing\n"
	for o.lines.Scan() {
		got += o.lines.Text() + "\n"
	}
	if got != events {
		t.Errorf("the stream is\n%s", got)
	}
}

// curl does what the command says.
func (s *service) curl(command string) string {
	s.Helper()
	method, url, key, body := http.MethodGet, "", "", ""
	args := argument.FindAllString(command, -1)
	for i, arg := range args {
		args[i] = strings.Trim(arg, "'")
	}
	for i := 1; i < len(args); i++ {
		switch args[i] {
		case "-X":
			i++
			method = args[i]
		case "-H":
			i++
			key = strings.TrimPrefix(args[i], "Idempotency-Key: ")
		case "-d":
			i++
			method, body = http.MethodPost, args[i]
		default:
			url = args[i]
		}
	}
	return s.do(method, strings.TrimPrefix(url, "127.0.0.1:8080"), key, body).text
}
