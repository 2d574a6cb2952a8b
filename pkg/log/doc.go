// Package log sets zerolog up for systems of processes: who wrote a line is a
// field of it, how much a process may say goes by its title, and no process
// waits for a slow disk.
//
// A line is what one logging call makes: one JSON object, ended by a newline,
// handed to a writer in a single Write. A writer is an io.Writer that takes such
// lines; if it is a [zerolog.LevelWriter] it is told each line's level too. Every
// writer made here takes lines from many goroutines at once, and passes the
// level on to the writer beneath it.
//
// A title is what a process is called ("db/pool"); many processes may share
// one. A pid is one life of one process and prints as "!7". A line of a process
// has them in the fields [PidField] and [TitleField]; a line without them was
// not written by a process.
//
// A logger makes lines: [JSON] for machines, [Console] for people. Between it and
// the place where lines end up stand the writers of this package:
//
//   - [ConsoleWriter] turns lines into text, with a pid and a title column;
//   - [Async] takes lines without blocking, counts what it must drop, and drains
//     on close;
//   - [Filter] lets lines pass by title and level;
//   - [SyslogWriter] sends lines to a syslog daemon;
//   - [Capture] keeps lines for a test to look at.
//
// They are put together from the outside in: the logger first, the place last.
//
//	lines := log.NewAsync(log.NewConsoleWriter(os.Stderr), 4096)
//	defer lines.Close()
//	logger := log.JSON(lines)
//
// A level is the least severity that is logged. [Levels] gives one to each
// title; a process asks for its own once, when it starts, so that levels by
// title cost nothing for each line, and a line below the level allocates nothing.
//
// [NewHandler] is an slog.Handler onto a zerolog logger, [FromSlog] a zerolog
// logger onto an slog one.
//
// The package keeps no state of its own and changes none of zerolog's
// package-level settings; names of fields (time, level, message, error) that a
// program has set there are respected.
package log
