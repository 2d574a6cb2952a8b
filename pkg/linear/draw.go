package linear

import (
	"flag"
	"fmt"

	"github.com/anishathalye/porcupine"
)

var flagHTML = flag.String("linear.html", "", "draw a history that is not linearizable into this file, an HTML page")

// draw draws what the checker knows if the flag says where to, and returns what the
// report says about it.
func draw(m porcupine.Model, info porcupine.LinearizationInfo) string {
	if *flagHTML == "" {
		return ""
	}
	if err := porcupine.VisualizePath(m, info, *flagHTML); err != nil {
		return fmt.Sprintf("\nit could not be drawn into %s: %v", *flagHTML, err)
	}
	return "\ndrawn in " + *flagHTML
}
