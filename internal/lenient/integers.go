package lenient

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// integers returns a copy of data in which every number that is decoded into an integer of v is written as an integer.
// Everything else stays as it is, because a fraction in a field of another type must not be lost. data must be valid.
func integers(data []byte, v any) []byte {
	r := rewriter{
		raw: data, out: make([]byte, 0, len(data)), fields: map[reflect.Type][]field{},
	}
	r.value(skipSpace(data, 0), reflect.TypeOf(v))
	return r.out
}

// rewriter collects the copy. It walks the JSON and the type side by side, in one pass, because a type that holds
// itself has as many levels as the JSON.
type rewriter struct {
	raw    []byte
	out    []byte
	fields map[reflect.Type][]field // by struct
}

// value copies the value that begins at i and is decoded into a t. It returns the index behind the value. A nil t
// stands for a member that no field takes.
func (r *rewriter) value(i int, t reflect.Type) int {
	for t != nil && t.Kind() == reflect.Pointer && !decodesItself(t) {
		t = t.Elem()
	}
	first := at(r.raw, i)
	switch {
	case i >= len(r.raw):
		return i // data is not valid
	case t == nil, decodesItself(t):
	case isInteger(t.Kind()):
		end := r.end(i)
		r.out = appendInteger(r.out, r.raw[i:end], t)
		return end
	case t.Kind() == reflect.Struct && first == '{':
		fields := r.fieldsOf(t)
		return r.members(i, func(name string) reflect.Type { return typeOf(fields, name) })
	case t.Kind() == reflect.Map && first == '{':
		return r.members(i, func(string) reflect.Type { return t.Elem() })
	case (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && first == '[':
		return r.elements(i, t.Elem())
	}
	end := r.end(i)
	r.out = append(r.out, r.raw[i:end]...)
	return end
}

// end returns the index behind the value that begins at i.
func (r *rewriter) end(i int) int { return max(i, validValue(r.raw, i, maxDepth)) }

// members copies the object that begins at i and returns the index behind it. typeOf returns the type of a member's
// value.
func (r *rewriter) members(i int, typeOf func(name string) reflect.Type) int {
	return r.items(i, '}', func(i int) int {
		key, next := scanString(r.raw, i)
		if next < 0 {
			return i
		}
		r.out = append(append(r.out, key...), ':')
		name, _ := Text(key)
		return r.value(skipSpace(r.raw, skipSpace(r.raw, next)+1), typeOf(name))
	})
}

// elements copies the array that begins at i and returns the index behind it.
func (r *rewriter) elements(i int, t reflect.Type) int {
	return r.items(i, ']', func(i int) int { return r.value(i, t) })
}

// items copies the object or array that begins at i and ends with closing. item copies one item and returns the index
// behind it.
func (r *rewriter) items(i int, closing byte, item func(i int) int) int {
	r.out = append(r.out, r.raw[i])
	if i = skipSpace(r.raw, i+1); at(r.raw, i) != closing {
		i = skipSpace(r.raw, item(i))
	}
	for at(r.raw, i) == ',' {
		r.out = append(r.out, ',')
		i = skipSpace(r.raw, item(skipSpace(r.raw, i+1)))
	}
	r.out = append(r.out, closing)
	return i + 1
}

// fieldsOf returns the fields into which encoding/json decodes the members of a struct.
func (r *rewriter) fieldsOf(t reflect.Type) []field {
	fields, ok := r.fields[t]
	if ok {
		return fields
	}
	for _, visible := range reflect.VisibleFields(t) {
		f := field{memberName(visible), visible.Type, len(visible.Index)}
		other := slices.IndexFunc(fields, func(other field) bool { return other.name == f.name })
		switch {
		case f.name == "":
		case other < 0:
			fields = append(fields, f)
		case f.depth < fields[other].depth:
			fields[other] = f
		}
	}
	r.fields[t] = fields
	return fields
}

// field is a field of a struct, or of a struct that it embeds.
type field struct {
	name  string // of its member
	typ   reflect.Type
	depth int // 1 for a field that is not in an embedded struct
}

// typeOf returns the type into which encoding/json decodes a member. It returns nil if no field takes the member.
func typeOf(fields []field, name string) (folded reflect.Type) {
	for _, f := range fields {
		switch {
		case f.name == name:
			return f.typ
		case folded == nil && strings.EqualFold(f.name, name):
			folded = f.typ
		}
	}
	return folded
}

// memberName returns the name of the member that is decoded into a field. It returns "" for a field that takes no
// member, and for an embedded struct, whose own fields take the members.
func memberName(f reflect.StructField) string {
	tag := f.Tag.Get("json")
	name, _, _ := strings.Cut(tag, ",")
	switch {
	case tag == "-", name == "" && f.Anonymous, !f.IsExported() && !f.Anonymous:
		return ""
	}
	return cmp.Or(name, f.Name)
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// decodesItself reports whether encoding/json leaves the decoding of a t to a method of t.
func decodesItself(t reflect.Type) bool {
	pointer := reflect.PointerTo(t)
	return pointer.Implements(jsonUnmarshaler) || pointer.Implements(textUnmarshaler)
}

func isInteger(kind reflect.Kind) bool { return kind >= reflect.Int && kind <= reflect.Int64 }

// appendInteger writes the number in text as an integer that an integer of type t can hold, and any other value as it
// is.
func appendInteger(out, text []byte, t reflect.Type) []byte {
	first := at(text, 0)
	if first != '-' && (first < '0' || first > '9') {
		return append(out, text...)
	}
	whole, _, _ := strings.Cut(string(text), ".")
	if !bytes.ContainsAny(text, "eE") {
		n, _ := strconv.ParseInt(whole, 10, t.Bits()) // the nearest value if it is out of range
		return strconv.AppendInt(out, n, 10)
	}
	f, _ := strconv.ParseFloat(string(text), 64) // infinite if it is out of range
	most := int64(1)<<(t.Bits()-1) - 1
	switch {
	case f >= float64(most):
		return strconv.AppendInt(out, most, 10)
	case f <= -float64(most)-1:
		return strconv.AppendInt(out, -most-1, 10)
	}
	return strconv.AppendInt(out, int64(math.Trunc(f)), 10)
}
