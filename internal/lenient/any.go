package lenient

import "strconv"

// anyDepth is the number of levels to which Any descends. Deeper values are rare and left to encoding/json, which also
// knows how deep is too deep.
const anyDepth = 20

// Any decodes a value into what encoding/json decodes it into without a type: nil, a bool, a string, a []any or a
// map[string]any. number decodes the numbers. Any reports false for a value that is not valid or too deep, and if
// number does.
func Any(raw []byte, number func(raw []byte) (any, bool)) (any, bool) {
	d := anyDecoder{raw: raw, number: number}
	value, end := d.value(skipSpace(raw, 0), anyDepth)
	if end < 0 || skipSpace(raw, end) != len(raw) {
		return nil, false
	}
	return value, true
}

// Number decodes a number as encoding/json decodes it without a type.
func Number(raw []byte) (any, bool) {
	f, err := strconv.ParseFloat(string(raw), 64)
	return f, err == nil && Valid(raw)
}

// anyDecoder decodes in one pass. Its methods return the index behind the value that begins at i, or -1 if Any has to
// report false.
type anyDecoder struct {
	raw    []byte
	number func(raw []byte) (any, bool)
}

func (d *anyDecoder) value(i, depth int) (value any, end int) {
	switch at(d.raw, i) {
	case '"':
		return d.text(i)
	case '{':
		return d.object(i, depth-1)
	case '[':
		return d.list(i, depth-1)
	case 'n':
		return nil, validLiteral(d.raw, i, "null")
	case 't':
		return true, validLiteral(d.raw, i, "true")
	case 'f':
		return false, validLiteral(d.raw, i, "false")
	}
	if end = validNumber(d.raw, i); end >= 0 {
		var ok bool
		if value, ok = d.number(d.raw[i:end]); ok {
			return value, end
		}
	}
	return nil, -1
}

func (d *anyDecoder) text(i int) (text string, end int) {
	quoted, end := scanString(d.raw, i)
	if end < 0 {
		return "", -1
	}
	text, ok := Text(quoted)
	if !ok {
		return "", -1
	}
	return text, end
}

func (d *anyDecoder) object(i, depth int) (any, int) {
	object := map[string]any{}
	end := d.items(i, '}', depth, func(i int) int {
		name, end := d.text(i)
		if end < 0 {
			return -1
		}
		if end = skipSpace(d.raw, end); at(d.raw, end) != ':' {
			return -1
		}
		object[name], end = d.value(skipSpace(d.raw, end+1), depth)
		return end
	})
	return object, end
}

func (d *anyDecoder) list(i, depth int) (any, int) {
	list := []any{}
	end := d.items(i, ']', depth, func(i int) int {
		value, end := d.value(i, depth)
		list = append(list, value)
		return end
	})
	return list, end
}

// items decodes the items of the object or array that begins at i and ends with closing. item decodes one of them.
func (d *anyDecoder) items(i int, closing byte, depth int, item func(i int) int) int {
	if depth < 0 {
		return -1
	}
	i = skipSpace(d.raw, i+1)
	for first := true; at(d.raw, i) != closing; first = false {
		if !first {
			if at(d.raw, i) != ',' {
				return -1
			}
			i = skipSpace(d.raw, i+1)
		}
		if i = item(i); i < 0 {
			return -1
		}
		i = skipSpace(d.raw, i)
	}
	return i + 1
}
