package sim

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"strings"
)

// recipe is what a replay line says: how to take a run again, step by step.
type recipe struct {
	check    uint32 // which check it is for
	seed     uint64
	careful  bool
	instant  bool
	strategy string
	digest   uint32 // of the trace
	again
}

const (
	recipeVersion = 3
	longestRecipe = 1 << 24 // unpacked
)

// String is what follows -sim.replay=.
func (r recipe) String() string {
	flags := uint64(0)
	if r.careful {
		flags |= 1
	}
	if r.instant {
		flags |= 2
	}
	if r.minimal {
		flags |= 4
	}
	b := []byte{recipeVersion}
	for _, n := range []uint64{uint64(r.check), r.seed, flags, uint64(r.digest), uint64(len(r.strategy))} {
		b = binary.AppendUvarint(b, n)
	}
	b = append(b, r.strategy...)
	b = appendInts(b, flat(r.deviations))
	b = appendInts(b, r.late)
	b = appendInts(b, r.faults)
	b = appendInts(b, r.related)
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression) // its errors are of the level, and of the buffer
	_, _ = w.Write(b)
	_ = w.Close()
	return base64.RawURLEncoding.EncodeToString(packed.Bytes())
}

var errRecipe = errors.New("sim: this is not what -sim.replay takes")

func parseRecipe(text string) (recipe, error) {
	packed, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return recipe{}, fmt.Errorf("%w: %w", errRecipe, err)
	}
	all, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), longestRecipe))
	if err != nil {
		return recipe{}, fmt.Errorf("%w: %w", errRecipe, err)
	}
	in := bytes.NewReader(all)
	if version, err := in.ReadByte(); err != nil || version != recipeVersion {
		return recipe{}, fmt.Errorf("%w, or of another version", errRecipe)
	}
	var numbers [5]uint64
	for i := range numbers {
		if numbers[i], err = binary.ReadUvarint(in); err != nil {
			return recipe{}, fmt.Errorf("%w: %w", errRecipe, err)
		}
	}
	if numbers[4] > uint64(in.Len()) || numbers[0] > math.MaxUint32 || numbers[3] > math.MaxUint32 || numbers[2] > 7 {
		return recipe{}, errRecipe
	}
	name := make([]byte, numbers[4])
	_, _ = io.ReadFull(in, name)
	r := recipe{
		check: uint32(numbers[0]), seed: numbers[1], careful: numbers[2]&1 != 0, instant: numbers[2]&2 != 0,
		digest: uint32(numbers[3]), strategy: string(name), again: again{minimal: numbers[2]&4 != 0},
	}
	var deviations []int
	for _, to := range []*[]int{&deviations, &r.late, &r.faults, &r.related} {
		if *to, err = readInts(in); err != nil {
			return recipe{}, err
		}
	}
	if r.deviations, err = unflat(deviations); err != nil {
		return recipe{}, err
	}
	if in.Len() > 0 {
		return recipe{}, errRecipe
	}
	return r, nil
}

// flat are deviations as numbers: how many choices are between one and the one
// before it, and the option.
func flat(deviations []deviation) []int {
	var all []int
	next := 0
	for _, d := range deviations {
		all = append(all, d.choice-next, d.option)
		next = d.choice + 1
	}
	return all
}

func unflat(all []int) ([]deviation, error) {
	if len(all)%2 != 0 {
		return nil, errRecipe
	}
	var deviations []deviation
	next := 0
	for i := 0; i < len(all); i += 2 {
		d := deviation{choice: next + all[i], option: all[i+1]}
		if next = d.choice + 1; d.choice >= mostInRecipe {
			return nil, errRecipe
		}
		deviations = append(deviations, d)
	}
	return deviations, nil
}

// mostInRecipe is more than any number in a recipe is.
const mostInRecipe = 1 << 40

func appendInts(b []byte, all []int) []byte {
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, n := range all {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

func readInts(in *bytes.Reader) ([]int, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil || n > uint64(in.Len()) { // each takes a byte at least
		return nil, errRecipe
	}
	var all []int
	for range n {
		c, err := binary.ReadUvarint(in)
		if err != nil || c >= mostInRecipe {
			return nil, errRecipe
		}
		all = append(all, int(c))
	}
	return all, nil
}

// digest tells two traces apart.
func digest(events []event) uint32 {
	h := fnv.New32a()
	for _, e := range events {
		_, _ = io.WriteString(h, e.String())
	}
	return h.Sum32()
}

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, text)
	return h.Sum64()
}
