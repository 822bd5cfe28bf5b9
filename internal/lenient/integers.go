package lenient

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// integers returns a copy of data in which every number that is decoded into an integer of v is written as an integer.
// Everything else stays as it is, because a fraction in a field of another type must not be lost. data must be valid.
func integers(data []byte, v any) []byte {
	r := rewriter{out: make([]byte, 0, len(data)), fields: map[reflect.Type]map[string]reflect.Type{}}
	r.value(data, reflect.TypeOf(v))
	return r.out
}

// rewriter collects the copy. It walks the JSON and the type side by side.
type rewriter struct {
	out    []byte
	fields map[reflect.Type]map[string]reflect.Type // by struct, then by the name of the member in lower case
}

// value copies raw, which is decoded into a t. A nil t stands for a member that no field takes.
func (r *rewriter) value(raw []byte, t reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer && !decodesItself(t) {
		t = t.Elem()
	}
	switch {
	case t == nil, decodesItself(t):
		r.out = append(r.out, raw...)
	case isInteger(t.Kind()):
		r.out = appendInteger(r.out, bytes.TrimSpace(raw), t)
	case t.Kind() == reflect.Struct:
		fields := r.fieldsOf(t)
		r.members(raw, func(name string) reflect.Type { return fields[strings.ToLower(name)] })
	case t.Kind() == reflect.Map:
		r.members(raw, func(string) reflect.Type { return t.Elem() })
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		r.elements(raw, t.Elem())
	default:
		r.out = append(r.out, raw...)
	}
}

// members copies an object. typeOf returns the type of a member's value.
func (r *rewriter) members(raw []byte, typeOf func(name string) reflect.Type) {
	before := len(r.out)
	next := byte('{')
	object := NewObject(raw)
	for object.Next() {
		r.out = append(append(append(r.out, next), object.Key...), ':')
		name, _ := Text(object.Key)
		r.value(object.Value, typeOf(name))
		next = ','
	}
	if next == '{' || !object.Whole() {
		r.out = append(r.out[:before], raw...) // an empty object, or null
		return
	}
	r.out = append(r.out, '}')
}

// elements copies an array.
func (r *rewriter) elements(raw []byte, t reflect.Type) {
	before := len(r.out)
	next := byte('[')
	array := NewArray(raw)
	for array.Next() {
		r.out = append(r.out, next)
		r.value(array.Value, t)
		next = ','
	}
	if next == '[' || !array.Alone() {
		r.out = append(r.out[:before], raw...) // an empty array, or null
		return
	}
	r.out = append(r.out, ']')
}

// fieldsOf returns the types of the members that encoding/json decodes into a struct.
func (r *rewriter) fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields, ok := r.fields[t]
	if !ok {
		fields = map[string]reflect.Type{}
		r.fields[t] = fields
		depth := map[string]int{} // of the field of a name
		for _, field := range reflect.VisibleFields(t) {
			name := strings.ToLower(memberName(field))
			if other := depth[name]; name != "" && (other == 0 || len(field.Index) < other) {
				fields[name], depth[name] = field.Type, len(field.Index)
			}
		}
	}
	return fields
}

// memberName returns the name of the member that is decoded into a field. It returns "" for a field that takes no
// member, and for an embedded struct, whose own fields take the members.
func memberName(field reflect.StructField) string {
	tag := field.Tag.Get("json")
	name, _, _ := strings.Cut(tag, ",")
	switch {
	case tag == "-", name == "" && field.Anonymous, !field.IsExported() && !field.Anonymous:
		return ""
	}
	return cmp.Or(name, field.Name)
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
