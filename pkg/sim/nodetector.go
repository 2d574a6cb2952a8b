//go:build !race

package sim

import "github.com/harkgo/hark/internal/seam"

func (s *scheduler) letGo()    {}
func (s *scheduler) takeOver() {}

// seam is the scheduler as processes see it.
func (s *scheduler) seam() seam.Scheduler { return s }
