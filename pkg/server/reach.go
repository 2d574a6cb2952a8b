package server

import (
	"reflect"
	"slices"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// interest is what a handler is for, and what of that it leaves to none after it.
type interest struct{ in, takes []sel.Pattern }

// interestOf is the interest of a handler of what s selects.
func interestOf[T any](s *sel.MessageSelector[T]) (i interest) {
	for _, p := range patternsOf(s) {
		if p.Kind == sel.Nothing {
			continue
		}
		i.in = append(i.in, p)
		if p.Certain {
			i.takes = append(i.takes, p)
		}
	}
	return i
}

// interestIn is that of a handler of interrupts of type T.
func interestIn[T error]() interest {
	t, each := reflect.TypeFor[T](), reflect.TypeFor[proc.InterruptReason]()
	p := sel.Pattern{Type: sel.TypeFor[T](), Kind: sel.Exactly}
	switch {
	case t.Kind() != reflect.Interface:
		check(!t.Implements(each), "OnInterrupt", "a type of interrupts, which "+t.String()+" is not")
	case each.Implements(t):
		p.Kind = sel.Everything
	default:
		p.Kind = sel.Implements
	}
	return interest{in: []sel.Pattern{p}, takes: []sel.Pattern{p}}
}

// reachable panics if a handler of messages or of interrupts is never reached.
func (k *kind[S, M]) reachable() {
	k.reached("messages", func(r *rules[S, M]) (all []interest) {
		for _, h := range r.handlers {
			all = append(all, h.interest)
		}
		return all
	})
	k.reached("interrupts", func(r *rules[S, M]) (all []interest) {
		for _, h := range r.interrupts {
			all = append(all, h.interest)
		}
		return all
	})
}

// reached panics if a handler is never reached, because those before it take all that
// it is for; or, if it is one for all phases, because some do so in each of them.
func (k *kind[S, M]) reached(what string, of func(*rules[S, M]) []interest) {
	common := of(k.rules)
	complain(what, k.rules.where, unreached(common))
	shadowed := make([]int, len(common)) // in how many phases
	for _, r := range k.rules.phases {
		own := of(r)
		complain(what, r.where, unreached(own))
		for i, p := range unreached(slices.Concat(own, common))[len(own):] {
			if p == nil {
				continue
			}
			if shadowed[i]++; shadowed[i] == len(k.rules.phases) {
				complain(what, " in a phase", []*sel.Pattern{p})
			}
		}
	}
}

func complain(what, where string, unreached []*sel.Pattern) {
	for _, p := range unreached {
		if p != nil {
			panic("server: New needs handlers that are reached" + where + ": one for " + what + " of " + nameOf(*p) +
				" comes after another that takes them all")
		}
	}
}

// nameOf is how the type of p is called in a sentence.
func nameOf(p sel.Pattern) string {
	switch p.Kind {
	case sel.Everything:
		return "any type"
	case sel.Others:
		return "types that others are not for"
	}
	return "type " + p.Type.String()
}

// unreached tells of each handler whether those before it take all that it is for, by
// something that it is for.
func unreached(handlers []interest) []*sel.Pattern {
	all := make([]*sel.Pattern, len(handlers))
	var taken []sel.Pattern
	for i, h := range handlers {
		open := slices.ContainsFunc(h.in, func(p sel.Pattern) bool {
			return !slices.ContainsFunc(taken, func(by sel.Pattern) bool { return covers(by, p) })
		})
		if !open && len(h.in) > 0 {
			all[i] = &h.in[0]
		}
		taken = append(taken, h.takes...)
	}
	return all
}

// covers reports whether by admits all that p does.
func covers(by, p sel.Pattern) bool {
	switch {
	case by.Kind == sel.Everything:
		return true
	case p.Kind == sel.Exactly && by.Kind == sel.Exactly:
		return p.Type == by.Type
	case by.Kind != sel.Implements && by.Kind != sel.NilOr:
		return false
	case p.Kind == sel.Exactly, p.Kind == sel.Implements, p.Kind == sel.NilOr && by.Kind == sel.NilOr:
		return p.Type.Implements(by.Type)
	}
	return false
}
