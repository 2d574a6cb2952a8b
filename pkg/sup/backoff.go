package sup

import "time"

// Backoff delays restarts: First, then each Factor times longer, up to Max,
// spread by Jitter (0 to 1). The zero value restarts at once.
type Backoff struct {
	First, Max time.Duration // Max 0 means no cap
	Factor     float64       // 0 means 2; less than 1 is refused
	Jitter     float64
}
