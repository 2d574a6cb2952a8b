package log

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/rs/zerolog"
)

// SyslogWriter is a writer to a syslog daemon, made by [Syslog]. Each line is one
// message. Trace and debug lines have the severity debug, info lines and those
// without a level info, warn ones warning, error ones err, fatal and panic ones
// crit.
//
// If the daemon has gone and come back, the next line connects anew. A line that
// cannot be sent is an error of that line's Write. Over UDP nobody knows whether a
// line has arrived; a Unix socket may make a Write wait, which is for an [Async]
// in front of it to bear.
type SyslogWriter struct {
	network, addr string
	out           zerolog.LevelWriter
	conn          io.Closer
}

func (w *SyslogWriter) concurrent() {}

// Write sends a line with the severity info.
func (w *SyslogWriter) Write(p []byte) (int, error) { return w.WriteLevel(zerolog.NoLevel, p) }

// Close closes the connection. Writing after it connects again.
func (w *SyslogWriter) Close() error { return w.conn.Close() }

// Facility says to a syslog daemon which kind of program is logging.
type Facility int

// The facilities for programs that are no part of the operating system.
const (
	FacilityUser   Facility = 1
	FacilityDaemon Facility = 3
	FacilityLocal0 Facility = 16
	FacilityLocal1 Facility = 17
	FacilityLocal2 Facility = 18
	FacilityLocal3 Facility = 19
	FacilityLocal4 Facility = 20
	FacilityLocal5 Facility = 21
	FacilityLocal6 Facility = 22
	FacilityLocal7 Facility = 23
)

// SyslogOption is an option of [Syslog].
type SyslogOption func(*syslogOptions)

type syslogOptions struct{ facility Facility }

// WithFacility sets the facility.
func WithFacility(f Facility) SyslogOption {
	return func(o *syslogOptions) { o.facility = f }
}

func checkSyslog(network, addr, tag string, opts []SyslogOption) (syslogOptions, string, error) {
	o := syslogOptions{facility: FacilityUser}
	for _, opt := range opts {
		opt(&o)
	}
	if tag == "" {
		tag = filepath.Base(os.Args[0])
	}
	switch network {
	case "udp", "udp4", "udp6", "unixgram", "unix":
		if addr == "" {
			return o, "", errors.New("the address is missing")
		}
	case "":
		if addr != "" {
			return o, "", errors.New("the network is missing")
		}
	default:
		return o, "", errors.New("there is no such network; it is udp, unixgram, unix or empty")
	}
	if o.facility < 0 || o.facility > FacilityLocal7 {
		return o, "", fmt.Errorf("there is no facility %d", o.facility)
	}
	for _, r := range tag {
		if !unicode.IsGraphic(r) || strings.ContainsRune(" :[]", r) {
			return o, "", fmt.Errorf("the tag %q has a character that no tag can have: %q", tag, r)
		}
	}
	return o, tag, nil
}

func syslogError(network, addr string, err error) error {
	return fmt.Errorf("log: syslog on network %q, address %q: %w", network, addr, err)
}
