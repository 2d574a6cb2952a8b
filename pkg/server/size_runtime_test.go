//go:build gc && go1.26 && !go1.27 && !race && !hark_cond

package server_test

const compact = true
