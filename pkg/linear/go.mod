module github.com/harkgo/hark/pkg/linear

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/harkgo/hark v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/rs/zerolog v1.35.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.29.0 // indirect
)

replace github.com/harkgo/hark => ../..
