package siteassist

import (
	"context"
	"iter"
	"net/url"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/transport"
)

// ProjectsService reads the project and its questions and answers.
type ProjectsService struct {
	api    *transport.Client // with the bearer token, if there is one
	public *transport.Client // with the publishable key
}

var (
	currentProject = transport.Operation{
		Name: "get current project", Method: "GET", Path: "/projects/current", Idempotent: true,
	}
	listQnAs = transport.Operation{
		Name: "list Q&As", Method: "GET", Path: "/projects/{projectId}/qnas", Idempotent: true,
	}
	getQnA = transport.Operation{
		Name: "get Q&A", Method: "GET", Path: "/projects/{projectId}/qnas/{qnaId}", Idempotent: true,
	}
)

const (
	maxQnALimit = 100
	maxQnAQuery = 300
)

// Project is what a publishable key belongs to. The vendor's schema and its example differ, so any field but ID may be
// empty.
type Project struct {
	ID               string            `json:"id"`               // a UUID
	Name             string            `json:"name"`             // as shown in the dashboard
	Description      string            `json:"description"`      // "": none
	Status           string            `json:"status"`           // "active" in the vendor's example; its schema lacks it
	ChatWidgetConfig *ChatWidgetConfig `json:"chatWidgetConfig"` // how the vendor's widget looks; nil: not told
	Raw              parley.Raw        `json:"-"`                // the reply as sent
}

// ChatWidgetConfig is how the vendor's widget looks on a site. Lengths are those of the widget; the vendor names no unit.
type ChatWidgetConfig struct {
	WelcomeMessage             string       `json:"welcomeMessage"`             // shown first
	InputPlaceholder           string       `json:"inputPlaceholder"`           // in the empty input field
	UserMessageBubbleColor     string       `json:"userMessageBubbleColor"`     // of the visitor's messages
	UserMessageBubbleColorDark string       `json:"userMessageBubbleColorDark"` // in dark mode; "": the same
	BrandColor                 string       `json:"brandColor"`                 // of the widget
	BrandColorDark             string       `json:"brandColorDark"`             // in dark mode; "": the same
	DisplayName                string       `json:"displayName"`                // of the assistant; "": none
	Width                      float64      `json:"width"`                      // of the widget
	MaxHeight                  float64      `json:"maxHeight"`                  // of the widget
	Offset                     WidgetOffset `json:"offset"`                     // from the edge of the page
	Position                   string       `json:"position"`                   // "right" in the vendor's example
	Theme                      string       `json:"theme"`                      // "light" in the example; not in the schema
	BubbleRadius               float64      `json:"bubbleRadius"`               // of messages
	BaseFontSize               float64      `json:"baseFontSize"`               // of texts
	OpenDelay                  float64      `json:"openDelay"`                  // before the widget opens by itself
	AssistantAvatar            string       `json:"assistantAvatar"`            // URL; "": none
	ChatButtonIcon             string       `json:"chatButtonIcon"`             // URL; "": the vendor's
	ChatButtonColor            string       `json:"chatButtonColor"`            // "": the vendor's
	CustomCSSStyles            string       `json:"customCSSStyles"`            // CSS; "": none
}

// WidgetOffset is a distance from the edge of the page.
type WidgetOffset struct {
	X float64 `json:"x"` // horizontal
	Y float64 `json:"y"` // vertical
}

// GetCurrent returns the project of the publishable key. It calls GET /projects/current (https://docs.siteassist.io,
// projects) with the key in its query; no error and no log shows that. Without Config.PublishableKey the error matches
// ErrInvalidArgument.
func (s *ProjectsService) GetCurrent(ctx context.Context) (*Project, error) {
	return transport.Fetch(ctx, s.public, transport.Call{Operation: &currentProject}, (*Project).complete)
}

func (p *Project) complete(raw parley.Raw) error {
	p.Raw = raw
	return lacks("id", p.ID)
}

// QnA is a question with its answer, written by the project's team.
type QnA struct {
	ID        string     `json:"id"`        // a UUID
	CreatedAt Time       `json:"createdAt"` // when it was written
	UpdatedAt Time       `json:"updatedAt"` // when it last changed
	Question  string     `json:"question"`  // what visitors ask
	Answer    string     `json:"answer"`    // what they are told
	CreatedBy *Author    `json:"createdBy"` // nil: not told
	Raw       parley.Raw `json:"-"`         // the reply as sent; nil for an item of a list
}

// Author is who wrote something.
type Author struct {
	Name  string `json:"name"`  // "": not told
	Image string `json:"image"` // URL; "": none
}

func (q *QnA) identity() string { return q.ID }

func (q *QnA) complete(raw parley.Raw) error {
	q.Raw = raw
	return lacks("id", q.ID)
}

// QnAParams selects questions and answers of a project. The zero value is the server's default.
type QnAParams struct {
	Query  string // full text, at most 300 characters; "": all
	Limit  int    // 1 to 100; 0: the server's default, 10
	Offset int    // to leave out; not negative
}

func (p QnAParams) query() url.Values {
	q := query{}
	q.text("query", p.Query)
	q.number("limit", p.Limit)
	q.number("offset", p.Offset)
	return url.Values(q)
}

func (p QnAParams) check() error {
	if err := atMost("Query", p.Query, maxQnAQuery); err != nil {
		return err
	}
	return checkWindow(p.Limit, maxQnALimit, p.Offset)
}

// ListQnAs returns one page of a project's questions and answers. It calls GET /projects/{projectId}/qnas
// (https://docs.siteassist.io, projects). The page names no credential; like the vendor's widget, the client sends its
// bearer token if it has one.
func (s *ProjectsService) ListQnAs(ctx context.Context, projectID string, params QnAParams) (*Page[QnA], error) {
	return fetchPage[QnA](ctx, s.api, transport.Call{
		Operation: &listQnAs, IDs: []string{projectID}, Query: params.query(), ArgumentErr: params.check(),
	})
}

// AllQnAs returns a project's questions and answers from params.Offset on, page by page as the loop needs them; Limit is
// the size of a page. An error is yielded once and ends it. It calls GET /projects/{projectId}/qnas
// (https://docs.siteassist.io, projects).
func (s *ProjectsService) AllQnAs(ctx context.Context, projectID string, params QnAParams) iter.Seq2[*QnA, error] {
	return walk(&listQnAs, params.Offset, params.Limit, func(at int) (*Page[QnA], error) {
		page := params
		page.Offset = at
		return s.ListQnAs(ctx, projectID, page)
	})
}

// GetQnA returns one question with its answer. It calls GET /projects/{projectId}/qnas/{qnaId} (no documentation page: seen
// only in the vendor's widget, which sends its bearer token). One that does not exist matches ErrNotFound.
func (s *ProjectsService) GetQnA(ctx context.Context, projectID, qnaID string) (*QnA, error) {
	call := transport.Call{Operation: &getQnA, IDs: []string{projectID, qnaID}}
	return transport.Fetch(ctx, s.api, call, (*QnA).complete)
}
