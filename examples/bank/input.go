package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
)

// most is the largest amount of one request.
const most = 1_000_000_000

var validName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// readJSON reads the body of a request, which must be one JSON object.
func readJSON(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest("the body is not the JSON that is wanted here: " + err.Error())
	}
	if _, err := d.Token(); err != io.EOF {
		return badRequest("there is something behind the JSON in the body")
	}
	return nil
}

// check says what is wrong with a request, whatever the account is like.
func check(e Entry) error {
	switch {
	case !validName.MatchString(e.Account):
		return badRequest(fmt.Sprintf("%q is no name of an account: 1 to 40 of a-z, 0-9 and -", e.Account))
	case e.Kind == Transfer && !validName.MatchString(e.To):
		return badRequest(fmt.Sprintf("%q is no name of an account: 1 to 40 of a-z, 0-9 and -", e.To))
	case e.Kind == Transfer && e.To == e.Account:
		return badRequest("a transfer is between two accounts")
	case e.Amount < 1 || e.Amount > most:
		return badRequest(fmt.Sprintf("amount must be from 1 to %d cents", most))
	case e.Key == "" || len(e.Key) > 100:
		return badRequest("the header Idempotency-Key must be set: up to 100 characters, new for each request, and the same one when that is repeated")
	}
	return nil
}
