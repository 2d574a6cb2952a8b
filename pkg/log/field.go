package log

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// stringField is the text of a line's field, if there is one of that name and it
// is a string. As for encoding/json, the last of several counts. It reads the
// line's outermost object only, and does not decode it.
func stringField(line []byte, name string) ([]byte, bool) {
	raw, ok := rawField(line, name)
	if !ok || raw[0] != '"' {
		return nil, false
	}
	return unquote(raw)
}

// rawField is the JSON of a line's field. A line that is no JSON object has none,
// or any; it is not checked further than needed.
func rawField(line []byte, name string) (raw []byte, ok bool) {
	i := skipSpace(line, 0)
	if i == len(line) || line[i] != '{' {
		return nil, false
	}
	i++
	for {
		i = skipSpace(line, i)
		if i == len(line) {
			return nil, false
		}
		switch line[i] {
		case '}':
			return raw, ok
		case ',':
			i++
			continue
		case '"':
		default:
			return nil, false
		}
		key := line[i:]
		if i = skipString(line, i); i < 0 {
			return nil, false
		}
		key = key[:len(key)-(len(line)-i)]
		i = skipSpace(line, i)
		if i == len(line) || line[i] != ':' {
			return nil, false
		}
		start := skipSpace(line, i+1)
		if i = skipValue(line, start); i < 0 {
			return nil, false
		}
		if isKey(key, name) {
			raw, ok = line[start:i], true
		}
	}
}

func isKey(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == name
	}
	key, ok := unquote(quoted)
	return ok && string(key) == name
}

func unquote(quoted []byte) ([]byte, bool) {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner, true
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return nil, false
	}
	return []byte(s), true
}

func skipSpace(line []byte, i int) int {
	for i < len(line) && (line[i] == ' ' || line[i] == '\n' || line[i] == '\t' || line[i] == '\r') {
		i++
	}
	return i
}

// skipString is the index behind the string that starts at i, or -1.
func skipString(line []byte, i int) int {
	for i++; i < len(line); i++ {
		switch line[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

// skipValue is the index behind the value that starts at i, or -1.
func skipValue(line []byte, i int) int {
	start, depth := i, 0
	for i < len(line) {
		switch line[i] {
		case '"':
			if i = skipString(line, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth == 0 {
				return behind(start, i)
			}
			depth--
			i++
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return behind(start, i)
			}
			i++
			continue
		default: // of a number or a word, or a colon
			i++
			continue
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}

// behind is end, unless there is nothing between start and it.
func behind(start, end int) int {
	if start == end {
		return -1
	}
	return end
}
