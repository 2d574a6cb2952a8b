package bench

import "testing"

// begin starts the timer of a benchmark, once all is set up. It ends with the
// benchmark, or when what begin returns is called. Besides the time it measures
// the work of all processors: that depends less on who else is at work.
func begin(b *testing.B) (end func()) {
	ended := false
	worked, known := processorTime()
	end = func() {
		if ended {
			return
		}
		ended = true
		b.StopTimer()
		if now, _ := processorTime(); known {
			b.ReportMetric(float64(now-worked)/float64(b.N), perWork)
		}
	}
	b.Cleanup(end)
	b.ResetTimer()
	return end
}
