package server_test

import (
	"context"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// askSoon is how a program may call its servers: with a limit and an error of its own.
func askSoon[R, M any, Q server.Requester[R]](ctx context.Context, to proc.Pid[M], q Q) (R, error) {
	answer, err := server.CallWithin(ctx, time.Second, to, q)
	if err != nil {
		err = fmt.Errorf("cannot ask: %w", err)
	}
	return answer, err
}

// A Requester is what a function that wraps Call takes.
func ExampleRequester() {
	type question struct{ server.Request[string] }
	oracles := server.New[struct{}, any, struct{}](nil,
		server.OnCall(func(*struct{}, *proc.Self[any], *question) (string, error) { return "it depends", nil }))
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		oracle, err := oracles.Start(self, self, struct{}{})
		if err != nil {
			return err
		}
		fmt.Println(askSoon(self, oracle, new(question)))
		return nil
	})
	// Output: it depends <nil>
}
