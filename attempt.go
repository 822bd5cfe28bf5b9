package parley

import (
	"context"
	"net/http"
	"time"
)

// Attempt describes one request on the wire after it ended. Hooks.OnAttempt gets it.
type Attempt struct {
	// Operation is the vendor and the operation, such as "raia: get conversation".
	Operation string
	// Method is the HTTP method, such as "GET".
	Method string
	// Path is the template of the path, such as "/conversations/{id}", so that metrics stay countable.
	Path string
	// Number counts the attempts of a call from 1.
	Number int
	// StatusCode is the status of the response. It is 0 if there was no response.
	StatusCode int
	// Header is the header of the response. It is nil if there was no response.
	Header http.Header
	// Duration is the time until the response was read whole, or for a stream the time until its headers arrived.
	Duration time.Duration
	// Wait is the time until the next attempt. It is 0 if this attempt was the last, and if the call is sent again at
	// once with a new credential.
	Wait time.Duration
	// Err says why there is no whole response. It is nil if the response arrived whole, whatever its status.
	Err error
}

// Hooks are functions of the user that observe calls. The zero value observes nothing.
type Hooks struct {
	// OnAttempt is called after every attempt, for metrics and traces. The goroutine that made the attempt calls it and
	// waits for it, so it must be quick.
	OnAttempt func(context.Context, Attempt)
}
