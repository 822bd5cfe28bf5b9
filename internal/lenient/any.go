package lenient

import "strconv"

// anyDepth is the number of levels to which Any descends. Each level is scanned once more for each level around it, so
// deeper values, which are rare, are left to encoding/json. That also knows how deep is too deep.
const anyDepth = 20

// Any decodes a value into what encoding/json decodes it into without a type: nil, a bool, a string, a []any or a
// map[string]any. number decodes the numbers. raw is an object, an array, or a value of one that Object or Array found.
// Any reports false for a value that is not valid or too deep, and if number does.
func Any(raw []byte, number func(raw []byte) (any, bool)) (any, bool) {
	return anyDecoder(number).value(raw, anyDepth)
}

// Number decodes a number as encoding/json decodes it without a type.
func Number(raw []byte) (any, bool) {
	f, err := strconv.ParseFloat(string(raw), 64)
	return f, err == nil && Valid(raw)
}

// anyDecoder is the func that decodes numbers.
type anyDecoder func(raw []byte) (any, bool)

func (d anyDecoder) value(raw []byte, depth int) (any, bool) {
	switch at(raw, 0) {
	case '"':
		return Text(raw)
	case '{':
		return d.object(raw, depth-1)
	case '[':
		return d.list(raw, depth-1)
	case 'n':
		return nil, string(raw) == "null"
	case 't', 'f':
		return Bool(raw)
	}
	return d(raw)
}

func (d anyDecoder) object(raw []byte, depth int) (any, bool) {
	if depth < 0 {
		return nil, false
	}
	object := map[string]any{}
	o := NewObject(raw)
	for o.Next() {
		name, ok := Text(o.Key)
		if !ok {
			return nil, false
		}
		if object[name], ok = d.value(o.Value, depth); !ok {
			return nil, false
		}
	}
	return object, o.Alone()
}

func (d anyDecoder) list(raw []byte, depth int) (any, bool) {
	if depth < 0 {
		return nil, false
	}
	list := []any{}
	a := NewArray(raw)
	for a.Next() {
		value, ok := d.value(a.Value, depth)
		if !ok {
			return nil, false
		}
		list = append(list, value)
	}
	return list, a.Alone()
}
