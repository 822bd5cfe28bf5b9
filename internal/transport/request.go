package transport

import (
	"context"
	"net/url"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/urlpath"
)

// request holds everything that the attempts of one call share. It does not change once prepare has filled it.
type request struct {
	Call
	ctx        context.Context // the caller's
	client     *Client
	authorizer auth.Authorizer
	url        url.URL
	options    *callopts.Options // of ctx; nil if ctx carries no options
	timeout    time.Duration     // of one attempt; 0 means no timeout
	maxRetries int
	payload    []byte // the encoded Body or Form; nil if the call has neither

	contentType []string // of the payload
}

// prepare validates the arguments and fills r. When it fails, no request was sent.
func (r *request) prepare(ctx context.Context, c *Client, in *Call) error {
	if in.ArgumentErr != nil {
		return in.ArgumentErr
	}
	path, raw, err := urlpath.ExpandBelow(c.settings.base.Path, in.Operation.Path, in.IDs...)
	if err != nil {
		return err
	}
	r.Call, r.ctx, r.client, r.authorizer = *in, ctx, c, in.Authorizer
	r.timeout, r.maxRetries = c.settings.Timeout, c.settings.MaxRetries
	if r.options = callopts.From(ctx); r.options != nil {
		if err := r.applyOptions(); err != nil {
			return err
		}
	}
	if r.authorizer == nil {
		r.authorizer = c.authorizer
	}
	if in.Query != nil || in.Form != nil {
		if err := checkText(in.Query, in.Form); err != nil {
			return err
		}
	}
	r.url = c.urlOf(path, raw)
	if len(r.Query) > 0 {
		r.url.RawQuery = r.Query.Encode()
	}
	switch {
	case r.Form != nil:
		r.payload, r.contentType = []byte(r.Form.Encode()), contentForm
	case r.Body != nil:
		r.contentType = contentJSON
		r.payload, err = EncodeJSON("request", r.Body)
	}
	return err
}

// applyOptions applies the options that ctx carries.
func (r *request) applyOptions() error {
	o := r.options
	if argument, problem := o.Validate(r.client.settings.CredentialHeaders...); problem != "" {
		return apierr.Invalid(argument, "%s", problem)
	}
	if o.AttemptTimeout != nil {
		r.timeout = max(*o.AttemptTimeout, 0)
	}
	if o.MaxRetries != nil {
		r.maxRetries = min(max(*o.MaxRetries, 0), mostRetries)
	}
	return nil
}

// halfOfTimeLeft returns the timeout of an attempt that has to leave time for another one. Zero means no timeout.
func (r *request) halfOfTimeLeft() time.Duration {
	deadline, ok := r.ctx.Deadline()
	if !ok {
		return r.timeout
	}
	half := max(time.Until(deadline)/2, 1)
	if r.timeout > 0 {
		half = min(half, r.timeout)
	}
	return half
}

// replayable reports whether the body can be sent once more.
func (r *request) replayable() bool { return r.Content == nil || r.Content.Replayable() }
