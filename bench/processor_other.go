//go:build !unix

package bench

import "time"

func processorTime() (d time.Duration, known bool) { return 0, false }
