package siteassist

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// IdentityService opens visitor sessions and returns the visitor of a session.
type IdentityService service

var (
	// The same key and device id give the same visitor, so opening a session twice does no harm.
	initSession = transport.Operation{Name: "init session", Method: "POST", Path: "/identity/init", Idempotent: true}
	getVisitor  = transport.Operation{Name: "get visitor", Method: "GET", Path: "/identity/me", Idempotent: true}
)

// InitParams is the input of Identity.Init.
type InitParams struct {
	PublishableKey string `json:"-"` // empty means the PublishableKey of the Config
	// DeviceID is the lasting id of the visitor, 1 to 100 characters. An empty text means the DeviceID of the Config or
	// of Client.ForVisitor.
	DeviceID string
}

// Format prints no key, for every verb.
func (p InitParams) Format(state fmt.State, verb rune) {
	redact.Format(state, verb, "siteassist.InitParams{PublishableKey: [redacted]}")
}

// VisitorType says whether the vendor knows who a visitor is. The vendor may add values.
type VisitorType string

// These are the types of visitors. The vendor does not document how a visitor becomes identified.
const (
	VisitorTypeAnonymous  VisitorType = "anonymous"
	VisitorTypeIdentified VisitorType = "identified"
)

// Visitor is a person on a site, as the vendor knows it.
type Visitor struct {
	ID         string      `json:"id"`         // a UUID
	Type       VisitorType `json:"type"`       // anonymous or identified
	ExternalID string      `json:"externalId"` // may be empty
	Name       string      `json:"name"`       // may be empty
	AvatarURL  string      `json:"avatarUrl"`  // may be empty
	Raw        parley.Raw  `json:"-"`          // the response as sent, nil inside a VisitorSession
}

// VisitorSession is an open session. Printing it does not show the token.
type VisitorSession struct {
	// SessionToken can be used as Config.Token. It expires when it was not used for some time, which the vendor does
	// not state.
	SessionToken string     `json:"sessionToken"`
	Visitor      *Visitor   `json:"visitor"` // the visitor of the session
	Raw          parley.Raw `json:"-"`       // the response as sent, token included
}

// Init opens a session for a device with a publishable key. At the first time it creates the visitor of the device.
// Clients with PublishableKey and DeviceID do so by themselves. Init is for callers that pass the token on. It calls
// POST /identity/init (https://docs.siteassist.io, identity). If the key is not accepted, the error matches
// ErrUnauthorized or ErrForbidden.
func (s *IdentityService) Init(ctx context.Context, params InitParams) (*VisitorSession, error) {
	if params.PublishableKey == "" {
		params.PublishableKey = s.core.key
	}
	if params.DeviceID == "" {
		params.DeviceID = s.deviceID
	}
	return openSession(ctx, s.core.api, params, false)
}

// Me returns the visitor of the session. It calls GET /identity/me (https://docs.siteassist.io, identity). If the token
// has expired and cannot be refreshed, the error matches ErrUnauthorized.
func (s *IdentityService) Me(ctx context.Context) (*Visitor, error) {
	return transport.Fetch(ctx, s.api, transport.Call{Operation: &getVisitor}, (*Visitor).afterDecode)
}

func (v *Visitor) afterDecode(raw parley.Raw) error {
	v.Raw = raw
	return requireMember("id", v.ID)
}

// openSession calls POST /identity/init. As a fetch for other calls it has a deadline, and each attempt gets half of
// the time that is left.
func openSession(
	ctx context.Context, api *transport.Client, params InitParams, isFetch bool,
) (*VisitorSession, error) {
	type body struct {
		APIKey   string `json:"apiKey"`
		DeviceID string `json:"saVid"`
	}
	session, err := transport.Fetch(ctx, api, transport.Call{
		Operation:   &initSession,
		Body:        body{params.PublishableKey, params.DeviceID},
		Authorizer:  keyInBody{key: params.PublishableKey},
		ArgumentErr: params.check(),

		HalveTimeLeft: isFetch,
	}, (*VisitorSession).afterDecode)
	if isFetch {
		err = transport.Nested("cannot open a visitor session", err)
	}
	return session, err
}

func (p InitParams) check() error {
	if p.PublishableKey == "" {
		return apierr.Required("PublishableKey")
	}
	return checkDeviceID(p.DeviceID)
}

func checkDeviceID(id string) error {
	if id == "" {
		return apierr.Required("DeviceID")
	}
	return atMost("DeviceID", id, maxDeviceID)
}

func (s *VisitorSession) afterDecode(raw parley.Raw) error {
	s.Raw = raw
	return requireMember("sessionToken", s.SessionToken)
}

// Format prints the visitor of the session, for every verb, but neither token nor Raw.
func (s VisitorSession) Format(state fmt.State, verb rune) { redact.Format(state, verb, s.text()) }

// LogValue logs the text that Format prints.
func (s VisitorSession) LogValue() slog.Value { return slog.StringValue(s.text()) }

func (s VisitorSession) text() string {
	id := ""
	if s.Visitor != nil {
		id = s.Visitor.ID
	}
	return "siteassist.VisitorSession{Visitor: " + id + ", SessionToken: [redacted]}"
}

// keyInBody is the credential for a publishable key in the body. It only redacts the key in texts of the server.
type keyInBody struct {
	auth.None
	key string
}

// Redact replaces the key in text.
func (k keyInBody) Redact(text string) string { return redact.Secret(text, k.key) }

// session returns the credential of a visitor: a token that is opened at the first call and kept until a 401, because
// the vendor states no lifetime.
func (c *core) session(deviceID string) auth.Authorizer {
	params := InitParams{PublishableKey: c.key, DeviceID: deviceID}
	fetch := func(ctx context.Context, _ string) (auth.Token, error) {
		session, err := openSession(ctx, c.api, params, true)
		if err != nil {
			return auth.Token{}, err
		}
		return auth.Token{AccessToken: session.SessionToken}, nil
	}
	return auth.NewTokens(auth.TokensConfig{
		Fetcher: fetch, Timeout: c.timeout, Store: c.sharedSession(deviceID), Logger: c.logger,
	})
}

// sharedSession returns the Store in which replicas share the session of a device. It is nil without a TokenStore.
func (c *core) sharedSession(deviceID string) *auth.Store {
	key := auth.StoreKey("siteassist", strings.TrimSuffix(c.baseURL, "/"), c.key, deviceID)
	return auth.NewStore(c.store, key, c.logger)
}
