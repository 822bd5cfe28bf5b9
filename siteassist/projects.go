package siteassist

import (
	"context"
	"iter"
	"net/url"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/transport"
)

// ProjectsService reads the project and its questions and answers.
type ProjectsService service

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

// Project is the project of a publishable key. The vendor's schema and its example differ, so any field but ID may be
// empty.
type Project struct {
	ID          string `json:"id"`          // a UUID
	Name        string `json:"name"`        // as shown in the dashboard
	Description string `json:"description"` // may be empty
	// Status is "active" in the vendor's example and absent in its schema.
	Status           string            `json:"status"`
	ChatWidgetConfig *ChatWidgetConfig `json:"chatWidgetConfig"` // the look of the vendor's widget, or nil
	Raw              parley.Raw        `json:"-"`                // the response as sent
}

// ChatWidgetConfig is the look of the vendor's widget on a site. The vendor names no unit for lengths.
type ChatWidgetConfig struct {
	WelcomeMessage             string  `json:"welcomeMessage"`             // shown first
	InputPlaceholder           string  `json:"inputPlaceholder"`           // in the empty input field
	UserMessageBubbleColor     string  `json:"userMessageBubbleColor"`     // the color of the visitor's messages
	UserMessageBubbleColorDark string  `json:"userMessageBubbleColorDark"` // the same in dark mode, or ""
	BrandColor                 string  `json:"brandColor"`                 // the color of the widget
	BrandColorDark             string  `json:"brandColorDark"`             // the same in dark mode, or ""
	DisplayName                string  `json:"displayName"`                // the name of the assistant, or ""
	Width                      float64 `json:"width"`                      // the width of the widget
	MaxHeight                  float64 `json:"maxHeight"`                  // the maximum height of the widget
	// Offset is the distance from the edge of the page.
	Offset          WidgetOffset `json:"offset"`
	Position        string       `json:"position"`        // "right" in the vendor's example
	Theme           string       `json:"theme"`           // "light" in the example, absent in the schema
	BubbleRadius    float64      `json:"bubbleRadius"`    // the radius of messages
	BaseFontSize    float64      `json:"baseFontSize"`    // the font size of texts
	OpenDelay       float64      `json:"openDelay"`       // the delay before the widget opens by itself
	AssistantAvatar string       `json:"assistantAvatar"` // the URL of a picture, or ""
	ChatButtonIcon  string       `json:"chatButtonIcon"`  // the URL of a picture, or "" for the vendor's
	ChatButtonColor string       `json:"chatButtonColor"` // a color, or "" for the vendor's
	CustomCSSStyles string       `json:"customCSSStyles"` // CSS, or ""
}

// WidgetOffset is a distance from the edge of the page.
type WidgetOffset struct {
	X float64 `json:"x"` // horizontal
	Y float64 `json:"y"` // vertical
}

// GetCurrent returns the project of the publishable key. It calls GET /projects/current (https://docs.siteassist.io,
// projects) with the key in its query, which no error and no log record shows. Without Config.PublishableKey the error
// matches ErrInvalidArgument.
func (s *ProjectsService) GetCurrent(ctx context.Context) (*Project, error) {
	return transport.Fetch(ctx, s.public, transport.Call{Operation: &currentProject}, (*Project).afterDecode)
}

func (p *Project) afterDecode(raw parley.Raw) error {
	p.Raw = raw
	return requireMember("id", p.ID)
}

// QnA is a question with its answer, written by the project's team.
type QnA struct {
	ID        string     `json:"id"`        // a UUID
	CreatedAt Time       `json:"createdAt"` // when it was written
	UpdatedAt Time       `json:"updatedAt"` // when it last changed
	Question  string     `json:"question"`  // the question of visitors
	Answer    string     `json:"answer"`    // the answer that they get
	CreatedBy *Author    `json:"createdBy"` // the person who wrote it, or nil
	Raw       parley.Raw `json:"-"`         // the response as sent, or nil for an item of a list
}

// Author is the person who wrote a question or an answer.
type Author struct {
	Name  string `json:"name"`  // the name of the author, or ""
	Image string `json:"image"` // the URL of a picture, or ""
}

func (q *QnA) identity() string { return q.ID }

func (q *QnA) afterDecode(raw parley.Raw) error {
	q.Raw = raw
	return requireMember("id", q.ID)
}

// QnAParams selects questions and answers of a project. The zero value leaves the choice to the server.
type QnAParams struct {
	// Query searches the full text. It has at most 300 characters. Empty selects all.
	Query string
	// Limit is the number of questions on a page, 1 to 100. Zero means the server's default, 10.
	Limit int
	// Offset is the number of questions to leave out. It must not be negative.
	Offset int
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
// (https://docs.siteassist.io, projects). The page names no credential. Like the vendor's widget, the client sends its
// bearer token if it has one.
func (s *ProjectsService) ListQnAs(ctx context.Context, projectID string, params QnAParams) (*Page[QnA], error) {
	return fetchPage[QnA](ctx, s.optional, transport.Call{
		Operation: &listQnAs, IDs: []string{projectID}, Query: params.query(), ArgumentErr: params.check(),
	})
}

// AllQnAs returns a project's questions and answers from params.Offset on. It requests a page when the loop needs the
// first question of it. params.Limit is the size of a page. An error is yielded once and ends the loop. It calls GET
// /projects/{projectId}/qnas (https://docs.siteassist.io, projects).
func (s *ProjectsService) AllQnAs(ctx context.Context, projectID string, params QnAParams) iter.Seq2[*QnA, error] {
	return allPages(&listQnAs, params.Offset, params.Limit, func(at int) (*Page[QnA], error) {
		page := params
		page.Offset = at
		return s.ListQnAs(ctx, projectID, page)
	})
}

// GetQnA returns one question with its answer. It calls GET /projects/{projectId}/qnas/{qnaId} (no documentation page:
// seen only in the vendor's widget, which sends its bearer token). If there is no such question, the error matches
// ErrNotFound.
func (s *ProjectsService) GetQnA(ctx context.Context, projectID, qnaID string) (*QnA, error) {
	call := transport.Call{Operation: &getQnA, IDs: []string{projectID, qnaID}}
	return transport.Fetch(ctx, s.optional, call, (*QnA).afterDecode)
}
