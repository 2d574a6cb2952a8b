package main

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// process is what /debug/processes tells of one.
type process struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Details  string         `json:"details,omitempty"` // of a server: its phase
	Parent   string         `json:"parent"`
	State    string         `json:"state"`
	Since    time.Time      `json:"since"`
	Mailbox  int            `json:"mailbox"`
	Messages map[string]int `json:"messages,omitempty"` // in the mailbox, by type
	Monitors int            `json:"monitors"`
}

// processes lists what lives, by title. It asks no process, and so also shows those
// that are stuck.
func (b *bank) processes(*http.Request) (any, error) {
	all := []process{}
	for p := range b.system.Processes() {
		all = append(all, process{
			ID: p.ID.String(), Title: p.Title, Details: p.Details, Parent: p.Parent.String(),
			State: p.State.String(), Since: p.Since,
			Mailbox: p.Mailbox, Messages: p.ByType, Monitors: p.Monitors,
		})
	}
	slices.SortFunc(all, func(x, y process) int { return cmp.Or(cmp.Compare(x.Title, y.Title), cmp.Compare(x.ID, y.ID)) })
	return all, nil
}
