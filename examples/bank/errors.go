package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sup"
)

// refusal is a no that the client can do something about, with its status.
type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

func badRequest(text string) error { return refusal{http.StatusBadRequest, text} }

func unknownAccount(name string) error {
	return refusal{http.StatusNotFound, fmt.Sprintf("there is no account %q", name)}
}

func insufficientFunds(name string, balance int64) error {
	return refusal{http.StatusConflict, fmt.Sprintf("insufficient funds: account %s has %d", name, balance)}
}

func restarting(name string) error {
	return refusal{http.StatusServiceUnavailable, fmt.Sprintf("account %s is starting again", name)}
}

// sameRequest is nil if done is what has been asked for, else why a key cannot be used
// again.
func sameRequest(done, want Entry) error {
	if done.Kind == want.Kind && done.To == want.To && done.Amount == want.Amount {
		return nil
	}
	return refusal{http.StatusUnprocessableEntity, "the Idempotency-Key was that of another request"}
}

// clientGone is a status for the log alone: nobody reads the answer.
const clientGone = 499

// ended reports whether err says that an account has ended over a call, and why. Who
// asks again gets its next life: the pool does not find one whose calls fail. An account
// that has answered has not ended.
func ended(err error) (why proc.ShutdownReason, ok bool) {
	if _, answered := server.Answered(err); answered {
		return nil, false
	}
	gone, ok := errors.AsType[proc.OtherProcessNotRunning](err)
	return gone.Reason, ok
}

// refusalOf is the only place where it is decided what an error means to a client. What
// comes first matters: an answer may wrap the end of another process, and the reason for
// which an account has ended may wrap a refusal.
func refusalOf(err error) refusal {
	answer, answered := server.Answered(err)
	if answered {
		err = answer
	} else if why, ok := ended(err); ok {
		return refusal{http.StatusServiceUnavailable, "the account has ended, perhaps after this was carried out: repeat it with the same key: " + why.Error()}
	}
	if no, ok := errors.AsType[refusal](err); ok {
		return no
	}
	if answered {
		return refusal{http.StatusInternalServerError, err.Error()}
	}
	if _, ok := errors.AsType[sup.StartFailed](err); ok {
		return refusal{http.StatusServiceUnavailable, err.Error()}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return refusal{http.StatusGatewayTimeout, "no answer in time, and it may still be carried out: repeat it with the same key"}
	}
	// The context of the request has ended. Its cause says why.
	if _, ok := errors.AsType[proc.ShutdownReason](err); ok {
		return refusal{http.StatusServiceUnavailable, "the service stops"}
	}
	if errors.Is(err, context.Canceled) {
		return refusal{clientGone, err.Error()}
	}
	return refusal{http.StatusInternalServerError, err.Error()}
}
