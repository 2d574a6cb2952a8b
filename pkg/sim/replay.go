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
	choices  []int
	faults   []int
}

const recipeVersion = 2

// String is what follows -sim.replay=.
func (r recipe) String() string {
	flags := uint64(0)
	if r.careful {
		flags |= 1
	}
	if r.instant {
		flags |= 2
	}
	b := []byte{recipeVersion}
	for _, n := range []uint64{uint64(r.check), r.seed, flags, uint64(r.digest), uint64(len(r.strategy))} {
		b = binary.AppendUvarint(b, n)
	}
	b = append(b, r.strategy...)
	b = appendInts(b, r.choices)
	b = appendInts(b, r.faults)
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
	all, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
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
	if numbers[4] > uint64(in.Len()) {
		return recipe{}, errRecipe
	}
	name := make([]byte, numbers[4])
	_, _ = io.ReadFull(in, name)
	r := recipe{
		check: uint32(numbers[0]), seed: numbers[1], careful: numbers[2]&1 != 0, instant: numbers[2]&2 != 0,
		digest: uint32(numbers[3]), strategy: string(name),
	}
	if r.choices, err = readInts(in); err != nil {
		return recipe{}, err
	}
	if r.faults, err = readInts(in); err != nil {
		return recipe{}, err
	}
	return r, nil
}

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
	all := make([]int, n)
	for i := range all {
		c, err := binary.ReadUvarint(in)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errRecipe, err)
		}
		all[i] = int(c)
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
