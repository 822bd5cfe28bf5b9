package conformance

import "reflect"

// snapshot copies the arguments of all operations. The returned func verifies that they have not changed.
func (s *subject[C]) snapshot() func(reporter) {
	before := make([][]any, len(s.Operations))
	for i, op := range s.Operations {
		before[i] = deepCopies(op.Params)
	}
	return func(t reporter) {
		for i, op := range s.Operations {
			for j, params := range op.Params {
				if !reflect.DeepEqual(before[i][j], params) {
					t.Errorf("%s changes its arguments: %+v became %+v", op.Name, before[i][j], params)
				}
			}
		}
	}
}

func deepCopies(list []any) (copies []any) {
	for _, v := range list {
		copies = append(copies, deepCopy(reflect.ValueOf(v)).Interface())
	}
	return copies
}

// deepCopy copies the value that v points to, as far as exported fields lead.
func deepCopy(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			out.Set(deepCopyOfElem(v))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(deepCopy(v.Field(i)))
			}
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		}
		for i := range v.Len() {
			out.Index(i).Set(deepCopy(v.Index(i)))
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(v.Type()))
		}
		for _, key := range v.MapKeys() {
			out.SetMapIndex(key, deepCopy(v.MapIndex(key)))
		}
	}
	return out
}

func deepCopyOfElem(v reflect.Value) reflect.Value {
	inner := deepCopy(v.Elem())
	if v.Kind() == reflect.Interface {
		return inner
	}
	pointer := reflect.New(inner.Type())
	pointer.Elem().Set(inner)
	return pointer
}
