package log_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
)

// pid stands for a process's id here.
type pid int

func (p pid) String() string { return fmt.Sprintf("!%d", int(p)) }

// clock stands for time.Now, so that the examples always print the same.
func clock() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// A program's log: text for people, written without making a process wait.
func Example() {
	lines := log.NewAsync(log.NewConsoleWriter(os.Stdout, log.WithTimeFormat("15:04:05", time.UTC)), 4096)
	defer lines.Close()
	logger := log.JSON(lines, log.WithClock(clock))

	self := log.ForProcess(logger, pid(7), "db/pool")
	self.Info().Int("attempt", 2).Msg("connected")
	// Output:
	// 12:00:00 INF !7     db/pool          connected attempt=2
}

func ExampleJSON() {
	l := log.JSON(os.Stdout, log.WithClock(clock))
	l.Info().Int("attempt", 2).Msg("connected")
	// Output:
	// {"level":"info","attempt":2,"time":"2026-03-01T12:00:00.000Z","message":"connected"}
}

func ExampleConsole() {
	l := log.Console(os.Stdout, log.WithClock(clock), log.WithTimeFormat(time.TimeOnly, time.UTC))
	server, db := log.ForProcess(l, pid(3), "server"), log.ForProcess(l, pid(7), "db/pool")
	server.Debug().Msg("started")
	crash := db.Error().Str("stack", "goroutine 7 [running]:\nmain.query()\n\tdb.go:12\n")
	log.Reasons(crash, fmt.Errorf("ping: %w", io.ErrUnexpectedEOF)).Msg("crashed")
	// Output:
	// 12:00:00 DBG !3     server           started
	// 12:00:00 ERR !7     db/pool          crashed
	//     reasons:
	//         - ping
	//         - unexpected EOF
	//     stack:
	//         goroutine 7 [running]:
	//         main.query()
	//         	db.go:12
}

// Both at once: text for people, JSON into a file.
func ExampleNewConsoleWriter() {
	var file strings.Builder
	both := zerolog.MultiLevelWriter(log.NewConsoleWriter(os.Stdout), &file)
	l := log.JSON(both, log.WithoutTime())
	l.Warn().Int("left", 3).Msg("disk nearly full")
	fmt.Print(file.String())
	// Output:
	// WRN                         disk nearly full left=3
	// {"level":"warn","left":3,"message":"disk nearly full"}
}

func ExampleForProcess() {
	self := log.ForProcess(log.JSON(os.Stdout, log.WithoutTime()), pid(7), "db/pool")
	self.Info().Msg("connected")
	// Output:
	// {"level":"info","pid":"!7","title":"db/pool","message":"connected"}
}

func ExampleReasons() {
	l := log.JSON(os.Stdout, log.WithoutTime())
	err := fmt.Errorf("body failed: %w", fmt.Errorf("db: %w", io.EOF))
	log.Reasons(l.Error(), err).Msg("crashed")
	// Output:
	// {"level":"error","reasons":["body failed","db","EOF"],"message":"crashed"}
}

// A writer that is stuck makes nobody wait. What does not fit is counted, and the
// log says where it is missing.
func ExampleAsync() {
	stuck := make(chan struct{})
	lines := log.NewAsync(slowly{stuck, os.Stdout}, 2, log.WithoutTime())
	l := log.JSON(lines, log.WithoutTime())
	for i := range 5 {
		l.Info().Int("i", i).Send()
	}
	fmt.Println(lines.Dropped(), "dropped")
	close(stuck)
	if err := lines.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 3 dropped
	// {"level":"info","i":0}
	// {"level":"info","i":1}
	// {"level":"warn","dropped":3,"message":"log lines dropped"}
}

// slowly writes nothing until it is told to go on.
type slowly struct {
	goOn <-chan struct{}
	w    io.Writer
}

func (s slowly) Write(p []byte) (int, error) {
	<-s.goOn
	return s.w.Write(p)
}

// A program that ends shall not wait for a disk for ever.
func ExampleAsync_Flush() {
	lines := log.NewAsync(slowly{nil, os.Stdout}, 16) // never
	l := log.JSON(lines)
	l.Info().Msg("the last words")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("waited long enough"))
	fmt.Println(lines.Flush(ctx))
	// Output:
	// log: flush: waited long enough
}

func ExampleLevels() {
	levels := log.Levels{
		Default: zerolog.InfoLevel,
		ByTitle: []log.TitleLevel{
			{Pattern: "db/**", Level: zerolog.DebugLevel},
			{Pattern: "db/cache", Level: zerolog.WarnLevel}, // the last that matches counts
		},
	}
	for _, title := range []string{"web", "db/pool/3", "db/cache"} {
		fmt.Println(title, levels.For(title))
	}
	// Output:
	// web info
	// db/pool/3 debug
	// db/cache warn
}

func ExampleParseLevels() {
	levels, err := log.ParseLevels("warn, db/*=debug, web=off")
	fmt.Println(levels, err)
	_, err = log.ParseLevels("warn,db/*=loud")
	fmt.Println(err)
	// Output:
	// warn,db/*=debug,web=disabled <nil>
	// log: levels "warn,db/*=loud": part "db/*=loud": there is no level "loud"; the levels are trace, debug, info, warn, error, fatal, panic, disabled
}

// One place sees what the database's processes say, and nothing else.
func ExampleFilter() {
	levels, _ := log.ParseLevels("disabled,db/**=debug")
	database, err := log.NewFilter(os.Stdout, levels)
	if err != nil {
		fmt.Println(err)
		return
	}
	l := log.JSON(database, log.WithoutTime())
	web, db := log.ForProcess(l, pid(3), "web"), log.ForProcess(l, pid(7), "db/pool")
	web.Error().Msg("not found")
	db.Debug().Msg("connected")
	// Output:
	// {"level":"debug","pid":"!7","title":"db/pool","message":"connected"}
}

func ExampleCapture() {
	var lines log.Capture
	self := log.ForProcess(log.JSON(&lines), pid(7), "db/pool")
	self.Warn().Int("left", 3).Msg("disk nearly full")

	for _, l := range lines.Find("left", 3) {
		fmt.Println(l.Level, l.Pid, l.Title, l.Message)
	}
	// Output:
	// warn !7 db/pool disk nearly full
}

func ExampleCapture_Wait() {
	var lines log.Capture
	l := log.JSON(&lines)
	go l.Info().Str("state", "ready").Msg("up")

	line, err := lines.Wait(context.Background(), "state", "ready")
	fmt.Println(line.Message, err)
	// Output:
	// up <nil>
}

func ExampleNewHandler() {
	self := log.ForProcess(log.JSON(os.Stdout, log.WithClock(clock)), pid(7), "db/pool")
	l := slog.New(noTime{log.NewHandler(self)})
	l.WithGroup("request").Info("served", "path", "/", "status", 200)
	// Output:
	// {"level":"info","request":{"path":"/","status":200},"time":"2026-03-01T12:00:00.000Z","pid":"!7","title":"db/pool","message":"served"}
}

// noTime takes the time off records, so that the example always prints the same.
type noTime struct{ slog.Handler }

func (h noTime) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return h.Handler.Handle(ctx, r)
}

func (h noTime) WithGroup(name string) slog.Handler { return noTime{h.Handler.WithGroup(name)} }

func ExampleFromSlog() {
	l := log.FromSlog(slog.New(noTime{slog.NewTextHandler(os.Stdout, nil)}))
	self := log.ForProcess(l, pid(7), "db/pool")
	self.Debug().Msg("slog's default level is info")
	self.Warn().Int("left", 3).Msg("disk nearly full")
	// Output:
	// level=WARN msg="disk nearly full" left=3 pid=!7 title=db/pool
}

func ExampleSyslog() {
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer daemon.Close()

	w, err := log.Syslog("udp", daemon.LocalAddr().String(), "pingpong", log.WithFacility(log.FacilityDaemon))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	l := log.JSON(w, log.WithoutTime())
	l.Error().Msg("table lost")

	b := make([]byte, 1024)
	n, _, _ := daemon.ReadFrom(b)
	priority, _, _ := strings.Cut(string(b[:n]), ">")
	_, line, _ := strings.Cut(string(b[:n]), "]: ")
	fmt.Printf("%s> %s", priority, line)
	// Output:
	// <27> {"level":"error","message":"table lost"}
}
