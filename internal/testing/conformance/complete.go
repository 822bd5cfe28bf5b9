package conformance

import (
	"context"
	"reflect"
	"slices"
	"testing"
)

// Complete fails for every exported method that makes calls and is in no table, and for every name in the table that is
// not a method. It examines client and the services in its exported fields. Their methods are called "Service.Method",
// and the client's own "Method". more holds further types by their names in the table. exempt names methods that the
// table cannot hold, with the reason as the value.
func Complete[C any](t *testing.T, client C, table []Operation[C], more map[string]any, exempt map[string]string) {
	complete(t, client, table, more, exempt)
}

func complete[C any](t reporter, client C, table []Operation[C], more map[string]any, exempt map[string]string) {
	found := map[string]bool{}
	collect(found, "", reflect.TypeOf(client))
	value := reflect.Indirect(reflect.ValueOf(client))
	for i := range value.NumField() {
		if field := value.Type().Field(i); field.IsExported() {
			collect(found, field.Name+".", field.Type)
		}
	}
	for name, v := range more {
		collect(found, name+".", reflect.TypeOf(v))
	}
	for name := range found {
		inTable := slices.ContainsFunc(table, func(op Operation[C]) bool { return op.Name == name })
		if !inTable && exempt[name] == "" {
			t.Errorf("%s makes calls, but is not in the table of operations", name)
		}
	}
	for _, op := range table {
		if !found[op.Name] {
			t.Errorf("%s is in the table, but is no method", op.Name)
		}
	}
	for name := range exempt {
		if !found[name] {
			t.Errorf("%s is exempt, but is no method", name)
		}
	}
}

// collect adds the methods of typ that take a context or return an iterator.
func collect(found map[string]bool, prefix string, typ reflect.Type) {
	for i := range typ.NumMethod() {
		if method := typ.Method(i); calls(method.Type) {
			found[prefix+method.Name] = true
		}
	}
}

func calls(f reflect.Type) bool {
	for i := range f.NumIn() {
		if f.In(i) == reflect.TypeFor[context.Context]() {
			return true
		}
	}
	for i := range f.NumOut() {
		if out := f.Out(i); out.Kind() == reflect.Func && (out.CanSeq() || out.CanSeq2()) {
			return true
		}
	}
	return false
}
