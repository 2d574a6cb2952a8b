package main

import (
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

func TestDefaultFlags(t *testing.T) {
	c, err := parseFlags(nil)
	require.NoError(t, err)
	require.NotZero(t, c.seed, "a seed is picked")
	c.seed = 0
	require.Equal(t, config{
		pairs: 100, duration: 3 * time.Second, level: zerolog.WarnLevel,
		idlers: 10_000, pause: time.Millisecond,
	}, c)
}

func TestGoodFlags(t *testing.T) {
	with := func(change func(*config)) config {
		c := config{
			pairs: 100, duration: 3 * time.Second, seed: 1, level: zerolog.WarnLevel,
			idlers: 10_000, pause: time.Millisecond,
		}
		change(&c)
		return c
	}
	for args, want := range map[string]config{
		"-pairs 1":              with(func(c *config) { c.pairs = 1 }),
		"-pairs=100000":         with(func(c *config) { c.pairs = 100_000 }),
		"--pairs 7":             with(func(c *config) { c.pairs = 7 }),
		"-pairs 1 -pairs 2":     with(func(c *config) { c.pairs = 2 }),
		"-rounds 0":             with(func(*config) {}),
		"-rounds 5":             with(func(c *config) { c.rounds = 5 }),
		"-rounds 1 -duration 0": with(func(c *config) { c.rounds, c.duration = 1, 0 }),
		"-rounds 9223372036854775807": with(func(c *config) {
			c.rounds = 1<<63 - 1
		}),
		"-duration 1ns":     with(func(c *config) { c.duration = 1 }),
		"-duration 1h30m":   with(func(c *config) { c.duration = 90 * time.Minute }),
		"-payload 0":        with(func(*config) {}),
		"-payload 1048576":  with(func(c *config) { c.payload = 1 << 20 }),
		"-backlog 0":        with(func(*config) {}),
		"-backlog 500000":   with(func(c *config) { c.backlog = 500_000 }),
		"-json":             with(func(c *config) { c.json = true }),
		"-json=false":       with(func(*config) {}),
		"-chaos":            with(func(c *config) { c.chaos, c.level = true, zerolog.Disabled }),
		"-chaos -log error": with(func(c *config) { c.chaos, c.level = true, zerolog.ErrorLevel }),
		"-log debug":        with(func(c *config) { c.level = zerolog.DebugLevel }),
		"-log info":         with(func(c *config) { c.level = zerolog.InfoLevel }),
		"-log warn":         with(func(c *config) { c.level = zerolog.WarnLevel }),
		"-log off":          with(func(c *config) { c.level = zerolog.Disabled }),
		"-seed 42":          with(func(c *config) { c.seed = 42 }),
		"-pairs 1 -backlog 10000000": with(func(c *config) {
			c.pairs, c.backlog = 1, 10_000_000
		}),
	} {
		t.Run(args, func(t *testing.T) {
			c, err := parseFlags(append([]string{"-seed", "1"}, strings.Fields(args)...))
			require.NoError(t, err)
			require.Equal(t, want, c)
		})
	}
}

func TestBadFlags(t *testing.T) {
	const tooLarge = "99999999999999999999"
	for args, want := range map[string]string{
		"-pairs 0":                       "-pairs must be from 1 to 100000, not 0",
		"-pairs -1":                      "-pairs must be from 1",
		"-pairs 100001":                  "-pairs must be from 1",
		"-pairs " + tooLarge:             "value out of range",
		"-pairs x":                       `invalid value "x" for flag -pairs`,
		"-pairs 1.5":                     `invalid value "1.5" for flag -pairs`,
		"-pairs=":                        `invalid value "" for flag -pairs`,
		"-pairs":                         "flag needs an argument: -pairs",
		"-rounds -1":                     "-rounds must not be negative",
		"-rounds " + tooLarge:            "value out of range",
		"-rounds 9223372036854775808":    "value out of range",
		"-rounds x":                      `invalid value "x" for flag -rounds`,
		"-duration -1s":                  "-duration must not be negative",
		"-duration 5":                    `invalid value "5" for flag -duration`,
		"-duration 0":                    "the game would never end",
		"-duration 0 -rounds 0":          "the game would never end",
		"-duration 9999999999h":          `invalid value "9999999999h" for flag -duration`,
		"-duration x":                    `invalid value "x" for flag -duration`,
		"-payload -1":                    "-payload must be from 0 to 1048576 bytes, not -1",
		"-payload 1048577":               "-payload must be from 0",
		"-payload " + tooLarge:           "value out of range",
		"-payload 1048576 -pairs 100000": "-payload 1048576 for -pairs 100000 is more than",
		"-payload x":                     `invalid value "x" for flag -payload`,
		"-backlog -1":                    "-backlog must be from 0 to 10000000, not -1",
		"-backlog 10000001":              "-backlog must be from 0",
		"-backlog " + tooLarge:           "value out of range",
		"-backlog 10000000":              "-backlog 10000000 for -pairs 100 is more than",
		"-backlog x":                     `invalid value "x" for flag -backlog`,
		"-seed -1":                       `invalid value "-1" for flag -seed`,
		"-seed " + tooLarge:              "value out of range",
		"-seed x":                        `invalid value "x" for flag -seed`,
		"-json=maybe":                    `invalid boolean value "maybe" for -json`,
		"-chaos=maybe":                   `invalid boolean value "maybe" for -chaos`,
		"-log loud":                      `-log must be debug, info, warn, error or off, not "loud"`,
		"-log WARN":                      "-log must be",
		"-log":                           "flag needs an argument: -log",
		"-unknown":                       "flag provided but not defined: -unknown",
		"-unknown=3":                     "flag provided but not defined: -unknown",
		"-":                              `unexpected argument "-"`,
		"--":                             "",
		"leftover":                       `unexpected argument "leftover"`,
		"-pairs 2 leftover":              `unexpected argument "leftover"`,
		"-json true":                     `unexpected argument "true"`,
		"-- -pairs":                      `unexpected argument "-pairs"`,
		"---pairs 3":                     "bad flag syntax: ---pairs",
		"-=3":                            "bad flag syntax: -=3",
	} {
		t.Run(args, func(t *testing.T) {
			_, err := parseFlags(strings.Fields(args))
			if want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestHelpFlag(t *testing.T) {
	for _, arg := range []string{"-h", "-help", "--help"} {
		_, err := parseFlags([]string{"-pairs", "3", arg})
		require.ErrorIs(t, err, flag.ErrHelp)
	}
}

func TestAnErrorIsOneLineWhateverTheArgument(t *testing.T) {
	for _, args := range [][]string{{"-pairs", "1\n2"}, {"-a\nb"}, {"-log", "a\nb"}, {"a\nb"}, {"-json=a\nb"}} {
		_, err := parseFlags(args)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "\n")
	}
}
