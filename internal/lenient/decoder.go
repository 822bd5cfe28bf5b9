package lenient

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maxMembers is the number of fields of a struct that a form can hold, because it notes in a uint64 which of them came.
const maxMembers = 64

// Decoder decodes as Unmarshal does. It knows the usual form of each type that it has decoded: objects in which each
// member has the name of its field, comes once and has the type of its field. It decodes that form in a third to a half
// of the time that encoding/json needs, and leaves every other form to Unmarshal. The zero value is ready. A Decoder
// may be used by several goroutines at once. In a build with Go 1.27 or with GOEXPERIMENT=jsonv2 it leaves everything
// to Unmarshal, which is as fast there.
type Decoder struct {
	known sync.Map // from reflect.Type to its decodeFunc
}

// decodeFunc decodes raw into the zero value v. raw is an object, an array, or a value of one that Object or Array
// found. If decodeFunc reports false, raw has another form than usual, or is not valid, and v may hold a part of it.
type decodeFunc func(raw []byte, v reflect.Value) bool

// Unmarshal decodes data into v as the function Unmarshal does.
func (d *Decoder) Unmarshal(data []byte, v any) error {
	target := reflect.ValueOf(v)
	if !slow || target.Kind() != reflect.Pointer || target.IsNil() || !target.Elem().IsZero() {
		return Unmarshal(data, v)
	}
	target = target.Elem()
	raw := bytes.Trim(bytes.TrimPrefix(data, byteOrderMark), " \t\r\n")
	if kind := Kind(raw); (kind == '{' || kind == '[') && !isTooDeep(raw) {
		if d.decoderOf(target.Type())(raw, target) {
			return nil
		}
		target.SetZero()
	}
	return Unmarshal(data, v)
}

func (d *Decoder) decoderOf(t reflect.Type) decodeFunc {
	if known, ok := d.known.Load(t); ok {
		return known.(decodeFunc)
	}
	b := builder{}
	known, _ := d.known.LoadOrStore(t, b.decoderOf(t))
	return known.(decodeFunc)
}

// builder makes the decodeFunc of a type. It holds the structs that the type is in, because a struct that holds itself
// has no end.
type builder []reflect.Type

func (b builder) decoderOf(t reflect.Type) decodeFunc {
	if decodesItself(t) {
		return decodeByMethod
	}
	switch kind := t.Kind(); {
	case t == number: // encoding/json verifies that a string is a number
	case kind == reflect.String:
		return orNull(decodeString)
	case kind == reflect.Bool:
		return orNull(decodeBool)
	case isInteger(kind):
		return orNull(decodeInteger)
	case kind == reflect.Float64:
		return orNull(decodeFloat)
	case kind == reflect.Pointer:
		return orNull(b.pointer(t.Elem()))
	case kind == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return orNull(b.slice(t.Elem()))
	case t == freeObject:
		return orNull(decodeFreeObject)
	case kind == reflect.Struct:
		if form := b.form(t); form != nil {
			return orNull(form.decode)
		}
	}
	return decodeAny
}

// orNull returns a decodeFunc that leaves the value zero for null.
func orNull(decode decodeFunc) decodeFunc {
	return func(raw []byte, v reflect.Value) bool { return string(raw) == "null" || decode(raw, v) }
}

// decodeByMethod calls the UnmarshalJSON method of v.
func decodeByMethod(raw []byte, v reflect.Value) bool {
	own, ok := v.Addr().Interface().(json.Unmarshaler)
	if !ok {
		return decodeAny(raw, v) // v has an UnmarshalText method
	}
	return Valid(raw) && own.UnmarshalJSON(raw) == nil
}

// decodeAny leaves a value to encoding/json.
func decodeAny(raw []byte, v reflect.Value) bool {
	return unmarshalValue(raw, v.Addr().Interface()) == nil
}

var (
	freeObject = reflect.TypeFor[map[string]any]()
	number     = reflect.TypeFor[json.Number]()
)

// decodeFreeObject decodes an object whose members have no types.
func decodeFreeObject(raw []byte, v reflect.Value) bool {
	value, ok := Any(raw, Number)
	object, isObject := value.(map[string]any)
	if !ok || !isObject {
		return false
	}
	*v.Addr().Interface().(*map[string]any) = object
	return true
}

func decodeString(raw []byte, v reflect.Value) bool {
	text, ok := Text(raw)
	v.SetString(text)
	return ok
}

func decodeBool(raw []byte, v reflect.Value) bool {
	truth, ok := Bool(raw)
	v.SetBool(truth)
	return ok
}

func decodeInteger(raw []byte, v reflect.Value) bool {
	n, err := strconv.ParseInt(string(raw), 10, v.Type().Bits())
	v.SetInt(n)
	return err == nil && Valid(raw)
}

func decodeFloat(raw []byte, v reflect.Value) bool {
	f, err := strconv.ParseFloat(string(raw), 64)
	v.SetFloat(f)
	return err == nil && Valid(raw)
}

func (b builder) pointer(t reflect.Type) decodeFunc {
	decode := b.decoderOf(t)
	return func(raw []byte, v reflect.Value) bool {
		v.Set(reflect.New(t))
		return decode(raw, v.Elem())
	}
}

func (b builder) slice(t reflect.Type) decodeFunc {
	decode := b.decoderOf(t)
	empty := reflect.MakeSlice(reflect.SliceOf(t), 0, 0)
	return func(raw []byte, v reflect.Value) bool {
		v.Set(empty)
		list := NewArray(raw)
		for i := 0; list.Next(); i++ {
			v.Grow(1)
			v.SetLen(i + 1)
			if !decode(list.Value, v.Index(i)) {
				return false
			}
		}
		return list.Alone()
	}
}

// form is the usual form of a struct.
type form struct {
	members map[string]*member // by their quoted names
	names   []string           // of all members, as IsOther needs them
}

type member struct {
	number int   // of the bit that tells whether it came
	index  []int // of the field, for reflect.Value.FieldByIndex
	decode decodeFunc
}

// form returns the form of a struct. It returns nil for a struct that only encoding/json decodes.
func (b builder) form(t reflect.Type) *form {
	f := &form{members: map[string]*member{}}
	if slices.Contains(b, t) || !append(b, t).addFields(f, t, nil) || len(f.members) > maxMembers {
		return nil
	}
	return f
}

// addFields adds the fields of a struct. at is the index of an embedded struct, and nil otherwise. addFields reports
// false for a struct that only encoding/json decodes.
func (b builder) addFields(f *form, t reflect.Type, at []int) bool {
	for i := range t.NumField() {
		field, index := t.Field(i), append(slices.Clone(at), i)
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		ok := true
		switch {
		case tag == "-", !field.IsExported() && !field.Anonymous:
		case strings.Contains(options, "string"), strings.ContainsFunc(cmp.Or(name, field.Name), isUnusual):
			ok = false
		case field.Anonymous:
			ok = name == "" && field.Type.Kind() == reflect.Struct && !decodesItself(field.Type) &&
				b.addFields(f, field.Type, index)
		default:
			ok = f.add(cmp.Or(name, field.Name), &member{len(f.members), index, b.decoderOf(field.Type)})
		}
		if !ok {
			return false
		}
	}
	return true
}

// isUnusual reports whether r does not occur in the usual names of members.
func isUnusual(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// add adds a member. A field of a struct hides one of the same name of an embedded struct. add reports false if none of
// the two hides the other.
func (f *form) add(name string, m *member) bool {
	key := `"` + name + `"`
	if other := f.members[key]; other != nil {
		m.number = other.number
		if len(other.index) == len(m.index) {
			return false
		}
		if len(other.index) < len(m.index) {
			return true
		}
	}
	f.members[key] = m
	f.names = append(f.names, strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name)))
	return true
}

func (f *form) decode(raw []byte, v reflect.Value) bool {
	var came uint64
	o := NewObject(raw)
	for o.Next() {
		m := f.members[string(o.Key)]
		if m == nil {
			if !o.IsOther(f.names...) {
				return false
			}
			continue
		}
		if again := came&(1<<m.number) != 0; again || !m.decode(o.Value, v.FieldByIndex(m.index)) {
			return false
		}
		came |= 1 << m.number
	}
	return o.Alone()
}
