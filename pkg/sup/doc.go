// Package sup supervises processes: it starts them in order, restarts them by
// a strategy when they crash, gives up when they crash too often, and stops
// them in reverse order, each within its own limits.
package sup
