module github.com/harkgo/hark/bench

go 1.26.0

require (
	github.com/harkgo/hark v0.0.0
	github.com/rs/zerolog v1.35.1
)

require (
	github.com/aclements/go-moremath v0.0.0-20210112150236-f10218a38794 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	golang.org/x/perf v0.0.0-20260908200009-22c9c6c9d4da // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace github.com/harkgo/hark => ..

tool golang.org/x/perf/cmd/benchstat
