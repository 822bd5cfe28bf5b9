package parley

import "net/url"

// Request is an operation that a vendor package does not know yet. Client.Do of each vendor package sends it with the
// vendor's credential, retries, limits and errors.
type Request struct {
	// Operation is what errors, hooks and log records call it, such as "get widget".
	Operation string
	// Method is the HTTP method, such as "GET".
	Method string
	// Path is the template of the path below Config.BaseURL. Each placeholder in braces stands for a whole segment, as
	// in "/conversations/{id}/widgets".
	Path string
	// Args fill the placeholders of Path in order. They are escaped. An empty argument, "." and ".." are refused.
	Args []string
	// Query is the query. Nil means that the request has no query.
	Query url.Values
	// Idempotent reports whether the vendor may get the request more than once without harm. If it is false, the
	// request is not retried once the vendor may have acted on it.
	Idempotent bool
	// Body is encoded as JSON. Nil means that the request has no body.
	Body any
}
