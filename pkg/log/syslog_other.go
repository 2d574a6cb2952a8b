//go:build windows || plan9

package log

import (
	"errors"

	"github.com/rs/zerolog"
)

// Syslog is not there on this system: it returns an error that is
// errors.ErrUnsupported.
func Syslog(network, addr, _ string, _ ...SyslogOption) (*SyslogWriter, error) {
	return nil, syslogError(network, addr, errors.ErrUnsupported)
}

// WriteLevel is never called: there is no SyslogWriter on this system.
func (w *SyslogWriter) WriteLevel(zerolog.Level, []byte) (int, error) {
	return 0, errors.ErrUnsupported
}
