package aisera

import (
	"context"
	"errors"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// receive is the only operation of the HTTP API. The server acts on each message, so no message is sent twice.
var receive = transport.Operation{Name: "send message", Method: "POST", Path: "/api/receive"}

// errNoReply says that a 2xx response has no member of a reply.
var errNoReply = errors.New("the response holds no answer")

// Send sends m for user and returns the reply, which takes about 2 s according to the vendor. A user's messages are
// processed in the order of their arrival, so send the next one after the reply to the previous one. If the reply
// reports a failure (Mode Error or ExternalSystemError), Send returns both the reply and its Err, which matches
// ErrAnswerFailed. An error that matches ErrDeliveryUnknown says that the message may have been processed.
//
// It calls POST /api/receive. The address is from the vendor's API overview. That it is a POST, that the token is sent
// as a bearer token and that the body is flat is inferred.
func (c *Client) Send(ctx context.Context, user User, m Message) (*Response, error) {
	call := transport.Call{Operation: &receive}
	body, err := c.body(user, m)
	call.Body, call.ArgumentErr = body, err
	return transport.Decode(ctx, c.api, call, c.decode)
}

// decode returns the reply, and the error if it reports one.
func (c *Client) decode(response *transport.Response) (*Response, error) {
	r, err := decodeResponse(response.Body)
	if err == nil && r.Mode == "" && (r.failure != nil || emptyObject(response.Body)) {
		err = errNoReply
	}
	if err != nil {
		return nil, response.Fail(parley.ErrDecode, err)
	}
	r.mask = c.redact(nil)
	return r, r.callError()
}

func (c *Client) body(user User, m Message) (transport.Encoded, error) {
	if err := validateUser(user); err != nil {
		return nil, err
	}
	return encodeBody(user, c.cfg.ChannelID, m)
}

// emptyObject reports whether body, which is an object, has no member.
func emptyObject(body []byte) bool {
	for _, c := range body {
		if c == '"' {
			return false
		}
	}
	return true
}

// redact returns a func that redacts, in texts of the server, every token that was ever sent and the secrets in more.
func (c *Client) redact(more []string) func(string) string {
	return func(text string) string {
		for _, secret := range more {
			text = redact.Secret(text, secret)
		}
		return c.tokens.Redact(text)
	}
}
