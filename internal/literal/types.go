package literal

import (
	"reflect"
	"strings"
	"sync"
)

// Facts are what is known of a type.
type Facts struct {
	Changeable bool // who has a copy of a value may change what is in another copy
	Guarded    bool // it sees to its own safety, and is not looked into
}

var known sync.Map // of Facts, by reflect.Type

// Look returns what is known of a type. It is safe for concurrent use.
func Look(t reflect.Type) Facts {
	if facts, ok := known.Load(t); ok {
		return facts.(Facts)
	}
	facts := Facts{Guarded: guarded(t), Changeable: changeable(t)}
	known.Store(t, facts)
	return facts
}

func changeable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer:
		return !guarded(t.Elem())
	case reflect.Slice, reflect.Map, reflect.Interface:
		return true
	case reflect.Array:
		return t.Len() > 0 && changeable(t.Elem())
	case reflect.Struct:
		if guarded(t) {
			return false
		}
		for i := range t.NumField() {
			if changeable(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// guarded reports whether values of a struct type see to it themselves that they can be
// shared: they have a lock, or fields that are atomic, or belong to a package that is known
// for that.
func guarded(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	return safePackage(t.PkgPath()) || t.PkgPath() == Module+"pkg/sim" && t.Name() == "Sim" || hasLock(t)
}

func hasLock(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		of := f.Type
		if of.Kind() == reflect.Array || of.Kind() == reflect.Pointer && of.Elem().PkgPath() == "sync" {
			of = of.Elem()
		}
		if p := of.PkgPath(); p == "sync" || p == "sync/atomic" || f.Anonymous && of.Kind() == reflect.Struct && hasLock(of) {
			return true
		}
	}
	return false
}

// Module is the path of the library, before those of its packages.
const Module = "github.com/harkgo/hark/"

func safePackage(path string) bool {
	switch path {
	case "sync", "sync/atomic", "context", "time", "reflect", "runtime", "os", "net", "testing", "unique", "weak",
		"github.com/rs/zerolog":
		return true
	}
	return ownPackage(path) || strings.HasPrefix(path, "internal/") || strings.HasPrefix(path, Module+"internal/")
}

// ownPackage reports whether a package is one of the library that programs use.
func ownPackage(path string) bool {
	switch path {
	case Module + "pkg/proc", Module + "pkg/sup", Module + "pkg/log", Module + "pkg/server", Module + "pkg/event",
		Module + "pkg/probe", Module + "pkg/linear":
		return true
	}
	return false
}
