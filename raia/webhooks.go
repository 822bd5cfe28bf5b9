package raia

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/transport"
)

// maxDelivery is the maximum size of a delivery for ReadWebhook, in bytes.
const maxDelivery = 1 << 20

var createWebhook = transport.Operation{Name: "create webhook", Method: "POST", Path: "/agents/webhooks"}

// WebhookTrigger says when a webhook is called.
type WebhookTrigger string

// These are the triggers. The vendor's help pages explain the first three. Of the others only the names are known.
const (
	WebhookTriggerEachMessage             WebhookTrigger = "each_message" // after each message of the agent
	WebhookTriggerEndDialog               WebhookTrigger = "end_dialog"   // after some minutes of silence
	WebhookTriggerStartDialog             WebhookTrigger = "start_dialog"
	WebhookTriggerChatUnavailable         WebhookTrigger = "chat_currently_unavailable"
	WebhookTriggerAutoArchiveConversation WebhookTrigger = "auto_archive_conversation"
	WebhookTriggerManual                  WebhookTrigger = "manual"
)

// CreateWebhookParams describes a webhook. All fields except Headers are required.
type CreateWebhookParams struct {
	Title       string         `json:"title"` // for the people of the organization, as is Description
	Description string         `json:"description"`
	URL         string         `json:"url"` // https and of a public host; raia refuses others with 400
	Trigger     WebhookTrigger `json:"triggerCondition"`
	// Headers are sent with each delivery. The vendor does not sign deliveries, so a secret header is the only
	// documented way to tell a delivery from a forgery. See ReadWebhook.
	Headers map[string]string `json:"headers,omitempty"`
}

func (p CreateWebhookParams) validate() error {
	return required(
		field{"Title", p.Title}, field{"Description", p.Description}, field{"URL", p.URL},
		field{"Trigger", string(p.Trigger)},
	)
}

// Webhook is a webhook of an agent. Printing and logging it shows no header.
type Webhook struct {
	ID          string            `json:"id"` // of the webhook
	AgentID     string            `json:"agentId"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	URL         string            `json:"url"`
	Trigger     WebhookTrigger    `json:"triggerCondition"`
	Headers     map[string]Secret `json:"headers"` // may be nil
	Status      SkillStatus       `json:"status"`
	CreatedAt   Time              `json:"createdAt"`
	UpdatedAt   Time              `json:"updatedAt"`
	Raw         parley.Raw        `json:"-"` // the response as received, headers included
}

func (w *Webhook) afterDecode(raw parley.Raw) error {
	w.Raw = raw
	return requireMember("id", w.ID)
}

// printedWebhook prints as fmt prints a struct.
type printedWebhook Webhook

// Format prints a Webhook without Raw and with its headers redacted.
func (w Webhook) Format(state fmt.State, verb rune) { formatStruct(state, verb, w.printed()) }

// LogValue logs the text that Format prints.
func (w Webhook) LogValue() slog.Value { return slog.AnyValue(w.printed()) }

func (w Webhook) printed() printedWebhook {
	w.Raw = nil
	return printedWebhook(w)
}

// CreateWebhook makes raia call a URL. The API cannot list, change or delete webhooks. It calls POST
// /agents/webhooks.
// Source: the vendor's page "Agents".
func (s *AgentsService) CreateWebhook(ctx context.Context, params CreateWebhookParams) (*Webhook, error) {
	call := transport.Call{Operation: &createWebhook, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.agent, call, (*Webhook).afterDecode)
}

// WebhookDelivery is the body of a request that raia sent to a webhook. It is raw JSON, because the vendor does not
// document its members.
type WebhookDelivery struct {
	Raw parley.Raw // as received
}

// Decode decodes the delivery into v.
func (d *WebhookDelivery) Decode(v any) error { return json.Unmarshal(d.Raw, v) }

// ReadWebhook reads a delivery of at most 1 MiB from the request of an HTTP handler. Before that, it compares the named
// header with the secret that the webhook was created with (CreateWebhookParams.Headers), in constant time. The vendor
// signs no delivery, so anyone who knows the secret can forge one.
//
// The error matches ErrUnauthorized if the request lacks the secret, ErrResponseTooLarge if the delivery is larger, and
// ErrDecode if it is not JSON. If header or secret is empty, the error matches ErrInvalidArgument.
func ReadWebhook(r *http.Request, header, secret string) (*WebhookDelivery, error) {
	raw, err := readDelivery(r, header, secret)
	if err != nil {
		return nil, fmt.Errorf("raia: read webhook: %w", err)
	}
	return &WebhookDelivery{Raw: raw}, nil
}

func readDelivery(r *http.Request, header, secret string) (parley.Raw, error) {
	if err := required(field{"header", header}, field{"secret", secret}); err != nil {
		return nil, err
	}
	if !sameSecret(r.Header.Get(header), secret) {
		return nil, fmt.Errorf("%w: the request does not carry the secret", ErrUnauthorized)
	}
	if r.Body == nil {
		return nil, fmt.Errorf("%w: the body is empty", ErrDecode)
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxDelivery+1))
	switch {
	case len(raw) > maxDelivery:
		return nil, fmt.Errorf("%w: the limit is %d bytes", parley.ErrResponseTooLarge, maxDelivery)
	case err != nil:
		return nil, fmt.Errorf("the body was cut: %w", err)
	case !json.Valid(raw):
		return nil, fmt.Errorf("%w: the body is not JSON", ErrDecode)
	}
	return raw, nil
}

// sameSecret compares hashes, so that the time it takes shows neither content nor length.
func sameSecret(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
