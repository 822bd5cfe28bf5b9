package raiatest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/raia"
)

// Delivery is one call of a webhook.
type Delivery struct {
	// URL is the URL of the webhook. Trigger says why it was called.
	URL     string
	Trigger raia.WebhookTrigger
	// Body is the body of the request: a JSON object with conversationId, messageId, userId, message and timestamp, and
	// with event, which is the trigger. Its members are the fake's choice, because the vendor does not publish its
	// payload.
	Body []byte
	// Status is the status of the receiver's response. Zero means that the receiver did not respond.
	Status int
}

// webhooks calls the webhooks that were created, one delivery after another. A webhook whose host is not loopback is
// kept and never called. A delivery that fails is not repeated.
type webhooks struct {
	mu         sync.Mutex
	created    []object
	last       chan struct{} // closed when the previous delivery has ended
	deliveries []Delivery
}

// Deliveries returns the webhook calls that have ended, in order.
func (s *Server) Deliveries() []Delivery {
	s.webhooks.mu.Lock()
	defer s.webhooks.mu.Unlock()
	return slices.Clone(s.webhooks.deliveries)
}

// CallWebhooks calls the webhooks with a trigger, for a conversation. The server itself calls those of start_dialog and
// each_message. CallWebhooks reports whether there is such a conversation.
func (s *Server) CallWebhooks(trigger raia.WebhookTrigger, conversationID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	conversation, refused := s.conversations.get(conversationID)
	if refused == nil {
		s.notify(trigger, conversation, object{})
	}
	return refused == nil
}

// notify calls the webhooks with a trigger. The message may be empty.
func (s *Server) notify(trigger raia.WebhookTrigger, conversation, message object) {
	body, _ := json.Marshal(object{
		"event": trigger, "conversationId": conversation["id"], "userId": conversation["conversationUserId"],
		"messageId": message["id"], "message": message["message"], "timestamp": now(),
	})
	for _, webhook := range s.webhooks.of(trigger) {
		s.deliver(webhook, Delivery{Trigger: trigger, Body: body})
	}
}

func (w *webhooks) add(webhook object) object {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.created = append(w.created, webhook)
	return webhook
}

// of returns the webhooks with a trigger.
func (w *webhooks) of(trigger raia.WebhookTrigger) (found []object) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, webhook := range w.created {
		if target, _ := webhook["url"].(string); webhook["triggerCondition"] == string(trigger) && onLoopback(target) {
			found = append(found, webhook)
		}
	}
	return found
}

func onLoopback(target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// deliver calls a webhook after the previous delivery has ended. It does not wait for that.
func (s *Server) deliver(webhook object, d Delivery) {
	d.URL, _ = webhook["url"].(string)
	headers, _ := webhook["headers"].(object)
	before, done := s.webhooks.queue()
	s.fake.Go(func(ctx context.Context) {
		defer close(done)
		select {
		case <-before:
		case <-ctx.Done():
		}
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		d.Status = post(ctx, d, headers)
		s.webhooks.record(d)
	})
}

// queue returns a channel that is closed when the previous delivery has ended, and one to close when this one has.
func (w *webhooks) queue() (before <-chan struct{}, done chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.last
	if last == nil {
		last = make(chan struct{})
		close(last)
	}
	w.last = make(chan struct{})
	return last, w.last
}

func (w *webhooks) record(d Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deliveries = append(w.deliveries, d)
}

// post calls the webhook. It returns the status of the receiver's response, or 0 without a response.
func post(ctx context.Context, d Delivery, headers object) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		if text, ok := value.(string); ok {
			request.Header.Set(name, text)
		}
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}
