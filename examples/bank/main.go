// Command bank is an example of a whole service: accounts with an HTTP API.
//
// Each account is a server, a process of its own, that is started when it is first
// asked for and found by its name. A crash of one concerns nobody else: it is started
// again, and reads its state back. See README.md for what to try.
package main

import (
	"flag"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

func main() {
	c := defaults()
	flag.StringVar(&c.addr, "addr", c.addr, "where to listen")
	flag.DurationVar(&c.answer, "answer", c.answer, "how long a request may take")
	flag.Parse()

	// Main handles signals: the first one asks the service to finish, a second one to
	// clean up at once. The exit status is 0 if it has ended in order.
	proc.Main(func(self *proc.Self[struct{}]) error {
		return run(self, c)
	}, proc.WithStopTimeout(20*time.Second)) // more than what web may take
}

// run is the main process: it starts the service, and returns why that has ended.
func run(self *proc.Self[struct{}], c config) error {
	return sup.Run(self, newBank(self, c).service())
}
