//go:build !windows && !plan9

package log

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// socketPath is a path for a socket, short enough for every system.
func socketPath(t *testing.T) string {
	dir, err := os.MkdirTemp("", "log")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// daemon is a syslog daemon of this test: what comes is read with next.
type daemon struct {
	network, addr string
	next          func() string
	close         func()
}

func datagramDaemon(t *testing.T, network, addr string) daemon {
	conn, err := net.ListenPacket(network, addr)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute))) // a test that fails shall end
	return daemon{network, conn.LocalAddr().String(), func() string {
		b := make([]byte, 1<<16)
		n, _, err := conn.ReadFrom(b)
		require.NoError(t, err)
		return string(b[:n])
	}, func() { conn.Close() }}
}

func streamDaemon(t *testing.T) daemon {
	addr := socketPath(t)
	listener, err := net.Listen("unix", addr)
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	var conn net.Conn
	var lines *bufio.Reader
	return daemon{"unix", addr, func() string {
		if conn == nil {
			var err error
			conn, err = listener.Accept()
			require.NoError(t, err)
			t.Cleanup(func() { conn.Close() })
			require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
			lines = bufio.NewReader(conn)
		}
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		return line
	}, nil}
}

func TestSyslog_LinesArriveWithTheirSeverity(t *testing.T) {
	for _, d := range []daemon{
		datagramDaemon(t, "udp", "127.0.0.1:0"),
		datagramDaemon(t, "unixgram", socketPath(t)),
		streamDaemon(t),
	} {
		t.Run(d.network, func(t *testing.T) {
			w, err := Syslog(d.network, d.addr, "pingpong", WithFacility(FacilityLocal3))
			require.NoError(t, err)
			defer w.Close()
			l := ForProcess(JSON(w, WithoutTime()), pid(7), "db")
			for _, tt := range []struct {
				level    zerolog.Level
				severity int
			}{
				{zerolog.TraceLevel - 1, 7},
				{zerolog.TraceLevel, 7},
				{zerolog.DebugLevel, 7},
				{zerolog.InfoLevel, 6},
				{zerolog.WarnLevel, 4},
				{zerolog.ErrorLevel, 3},
				{zerolog.FatalLevel, 2},
				{zerolog.PanicLevel, 2},
				{zerolog.NoLevel, 6},
				{zerolog.Disabled + 1, 2},
			} {
				text := fmt.Sprintf("{\"level\":%q,\"message\":\"a\\nb\"}\n", tt.level)
				_, err := w.WriteLevel(tt.level, []byte(text))
				require.NoError(t, err)
				priority := 19<<3 | tt.severity
				assert.Regexp(t, fmt.Sprintf(`^<%d>.* pingpong\[%d\]: %s$`, priority, os.Getpid(), regexp.QuoteMeta(text)), d.next())
			}
			l.Info().Msg("hello")
			assert.True(t, strings.HasSuffix(d.next(), `]: {"level":"info","pid":"!7","title":"db","message":"hello"}`+"\n"))
			write(t, w, "plain")
			assert.Regexp(t, `^<158>`, d.next())
		})
	}
}

func TestSyslog_WorksBehindAnAsync(t *testing.T) {
	d := datagramDaemon(t, "udp", "127.0.0.1:0")
	w, err := Syslog(d.network, d.addr, "")
	require.NoError(t, err)
	a := NewAsync(w, 16)
	l := JSON(a)
	l.Error().Msg("hello")
	require.NoError(t, a.Close())
	require.NoError(t, w.Close())
	got := d.next()
	assert.Regexp(t, `^<11>`, got, "levels reach it")
	assert.Contains(t, got, " "+filepath.Base(os.Args[0])+"[")
}

func TestSyslog_ADaemonThatComesBackIsFoundAgain(t *testing.T) {
	addr := socketPath(t)
	d := datagramDaemon(t, "unixgram", addr)
	w, err := Syslog(d.network, d.addr, "x")
	require.NoError(t, err)
	defer w.Close()
	write(t, w, "one")
	assert.Contains(t, d.next(), "one")
	d.close()
	require.NoError(t, os.Remove(addr))

	_, err = w.Write([]byte("lost"))
	require.ErrorContains(t, err, "log: syslog unixgram "+addr+": ")
	require.ErrorIs(t, err, fs.ErrNotExist)

	d = datagramDaemon(t, "unixgram", addr)
	write(t, w, "two")
	assert.Contains(t, d.next(), "two")
}

func TestSyslog_BadArguments(t *testing.T) {
	missing := socketPath(t)
	for _, tt := range []struct {
		network, addr, tag string
		opts               []SyslogOption
		says               string
	}{
		{"tcp", "x:1", "", nil, `log: syslog on network "tcp", address "x:1": there is no such network; it is udp, unixgram, unix or empty`},
		{"udp", "", "", nil, `log: syslog on network "udp", address "": the address is missing`},
		{"", "/dev/log", "", nil, `log: syslog on network "", address "/dev/log": the network is missing`},
		{"udp", "x:1", "a b", nil, `log: syslog on network "udp", address "x:1": the tag "a b" has a character that no tag can have: ' '`},
		{"udp", "x:1", "ä\n", nil, `log: syslog on network "udp", address "x:1": the tag "ä\n" has a character that no tag can have: '\n'`},
		{"udp", "x:1", "a", []SyslogOption{WithFacility(24)}, `log: syslog on network "udp", address "x:1": there is no facility 24`},
		{"udp", "x:1", "a", []SyslogOption{WithFacility(-1)}, `log: syslog on network "udp", address "x:1": there is no facility -1`},
		{"udp", "127.0.0.1", "a", nil, `log: syslog on network "udp", address "127.0.0.1": dial udp: address 127.0.0.1: missing port in address`},
		{"unix", missing, "a", nil, fmt.Sprintf(`log: syslog on network "unix", address %q: dial unix %s: connect: no such file or directory`, missing, missing)},
	} {
		w, err := Syslog(tt.network, tt.addr, tt.tag, tt.opts...)
		require.EqualError(t, err, tt.says)
		assert.Nil(t, w)
	}
	_, err := Syslog("unix", missing, "a")
	require.ErrorIs(t, err, fs.ErrNotExist)
	var op *net.OpError
	require.True(t, errors.As(err, &op))
}
