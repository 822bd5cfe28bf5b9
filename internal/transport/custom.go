package transport

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// DoRequest sends an operation that the vendor package does not know, and decodes the JSON of a 2xx response into out.
// If out is nil, any 2xx response is a success.
func (c *Client) DoRequest(ctx context.Context, r parley.Request, out any) error {
	call := Call{
		Operation: &Operation{Name: r.Operation, Method: r.Method, Path: r.Path, Idempotent: r.Idempotent},
		IDs:       r.Args, Query: r.Query, Body: r.Body, ArgumentErr: validateRequest(r, out),
	}
	if r.Operation == "" {
		call.Operation.Name = "request"
	}
	if out == nil {
		return c.Send(ctx, call)
	}
	_, err := Fetch(ctx, c, call, func(_ *json.RawMessage, body parley.Raw) error {
		return lenient.Unmarshal(body, out)
	})
	return err
}

// validateRequest refuses requests that could fail only after the vendor has acted, and paths that would leave the base
// URL.
func validateRequest(r parley.Request, out any) error {
	target := reflect.ValueOf(out)
	switch {
	case r.Operation == "":
		return apierr.Required("Operation")
	case !isMethod(r.Method):
		return apierr.Invalid("Method", "must be the name of an HTTP method in upper case, such as POST")
	case !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#"):
		return apierr.Invalid("Path", "must begin with a slash and hold neither a query nor a fragment")
	case strings.Count(r.Path, "{") != len(r.Args):
		return apierr.Invalid("Args", "must hold one value for each placeholder of Path")
	case out != nil && (target.Kind() != reflect.Pointer || target.IsNil()):
		return apierr.Invalid("out", "must be nil or a pointer that is not nil")
	}
	return nil
}

// isMethod reports whether a request can have the method s. CONNECT and TRACE are left out, because a client of an API
// has no use for them and net/http treats CONNECT differently.
func isMethod(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && s != http.MethodConnect &&
		s != http.MethodTrace
}
