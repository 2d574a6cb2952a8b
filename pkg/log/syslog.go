//go:build !windows && !plan9

package log

import (
	"fmt"
	"log/syslog"

	"github.com/rs/zerolog"
)

// Syslog connects to the syslog daemon at addr: network is "udp" ("udp4",
// "udp6") with host:port, or "unixgram" or "unix" with the path of a socket; "" is the daemon of
// this machine, wherever its socket is, and addr must then be empty too.
//
// tag is the program's name in the syslog; empty, it is that of the executable.
// The facility is [FacilityUser] unless [WithFacility] says otherwise.
func Syslog(network, addr, tag string, opts ...SyslogOption) (*SyslogWriter, error) {
	o, tag, err := checkSyslog(network, addr, tag, opts)
	if err != nil {
		return nil, syslogError(network, addr, err)
	}
	w, err := syslog.Dial(network, addr, syslog.Priority(o.facility<<3)|syslog.LOG_INFO, tag)
	if err != nil {
		return nil, syslogError(network, addr, err)
	}
	return &SyslogWriter{network, addr, zerolog.SyslogLevelWriter(w), w}, nil
}

// WriteLevel sends a line with its level's severity.
func (w *SyslogWriter) WriteLevel(level zerolog.Level, p []byte) (int, error) {
	n, err := w.out.WriteLevel(syslogLevel(level), p)
	if err != nil {
		return 0, fmt.Errorf("log: syslog %s %s: %w", w.network, w.addr, err)
	}
	return n, nil
}

// syslogLevel is the level that zerolog's writer shall take l for. As it is, that
// leaves out trace lines, panics at levels it has no name for, and sends fatal
// ones as emergencies, which many daemons show on every terminal.
func syslogLevel(l zerolog.Level) zerolog.Level {
	switch {
	case l < zerolog.DebugLevel:
		return zerolog.DebugLevel
	case l == zerolog.FatalLevel:
		return zerolog.PanicLevel
	case l > zerolog.NoLevel:
		return zerolog.PanicLevel
	default:
		return l
	}
}
