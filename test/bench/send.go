package bench

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Every format of this work sends and receives this many bytes.
const (
	sendOut  = 222
	sendBack = 704
)

const key = "sk-bench-0123456789abcdef"

func sendWork() Work {
	return Work{
		Name: "send", Title: "Send one message (222 B out, 704 B back)", Memory: true, Loopback: true, JSONv2: true,
		Formats: []Format{
			raiaSend(), siteassistSend("siteassist", parleySiteassistSend),
			siteassistSend("siteassist, TokenSource", parleySiteassistTokens),
			syntphonySend(), syntphonySession(), aiseraSend(), githubSend(),
		},
	}
}

// words returns a text of n bytes.
func words(n int) string {
	return strings.Repeat("How do I reset my password when the mail never comes? ", n/50+1)[:n]
}

// encode returns the JSON of a value that can always be encoded.
func encode(v any) []byte {
	b, _ := json.Marshal(v)
	return b
}

// jsonSite responds to every call with body.
func jsonSite(body []byte) func() Site {
	return func() Site {
		return func(*http.Request, int64) Answer { return Answer{Type: "application/json", Body: body} }
	}
}

// sendFormat returns a format whose floor posts in to path and decodes an Out. in and back make the message and the
// response with a text. The length of that text is chosen so that the bytes have the sizes above.
func sendFormat[In, Out any](name, path string, in func(string) In, back func(string) string, text func(*Out) string,
	subjects func(string) []Subject, header ...string,
) Format {
	say := words(sendOut - len(encode(in(""))))
	body := back(words(sendBack - len(back(""))))
	floor := func(p *Target) (Run, error) {
		e, err := newEndpoint(p, http.MethodPost, path, header...)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			message, out := in(say), new(Out)
			if err := e.post(ctx, &message, out); err != nil {
				return Result{}, err
			}
			return Result{1, len(text(out))}, nil
		}, nil
	}
	return Format{
		Name: name, Site: jsonSite([]byte(body)), Want: Result{1, sendBack - len(back(""))},
		Floor: Subject{Name: "floor", Open: floor}, Subjects: subjects(say),
	}
}

type raiaIn struct {
	Message string `json:"message"`
}

// raiaMessage has the members that raia.Message decodes, as a program would declare them for this call.
type raiaMessage struct {
	ID                    string     `json:"id"`
	Message               string     `json:"message"`
	RawMessage            string     `json:"rawMessage"`
	ConversationID        string     `json:"conversationId"`
	SenderRole            string     `json:"senderRole"`
	ConversationMessageID string     `json:"conversationMessageId"`
	Source                string     `json:"source"`
	CreatedAt             *time.Time `json:"createdAt"`
	SubagentID            string     `json:"subagentId"`
	ExpandedMessage       string     `json:"expandedMessage"`
	IsAnonymized          bool       `json:"isAnonymized"`
}

const conversationID = "0f3c9b1e-7a54-4c1d-9a0b-2f1d5e6c7b80"

func raiaReply(text string) string {
	return `{"id":"9d1f6a3c-51b7-4e0f-8a2d-6c3b9e7f1a24","message":"` + text +
		`","rawMessage":null,"conversationId":"` +
		conversationID + `","senderRole":"assistant","conversationMessageId":"c2a7e4d9-0b36-4f8e-95d1-7e2a4b6c8d10",` +
		`"source":"api","createdAt":"2026-05-04T10:20:30.456Z","conversationMessageFeedbacks":null,` +
		`"isAnonymized":false}`
}

func raiaSend() Format {
	return sendFormat("raia", "/v1/conversations/"+conversationID+"/messages",
		func(s string) raiaIn { return raiaIn{s} }, raiaReply, func(m *raiaMessage) string { return m.Message },
		func(say string) []Subject {
			return []Subject{parleyRaiaSend(say), retryableSend(say), restySend(say)}
		}, "Agent-Secret-Key", key)
}

type siteassistIn struct {
	Content string `json:"content"`
	Stream  bool   `json:"stream"`
}

type siteassistOut struct {
	Steps []struct {
		Content []struct {
			Type string `json:"type"`
			Text string `json:"text"`
		} `json:"content"`
		FinishReason string         `json:"finishReason"`
		Usage        map[string]int `json:"usage"`
	} `json:"steps"`
}

func siteassistSend(name string, ours func(string) Subject) Format {
	return sendFormat(name, siteassistPath,
		func(s string) siteassistIn { return siteassistIn{Content: s} },
		func(text string) string {
			return `{"steps":[{"content":[{"type":"text","text":"` + text + `"}],"finishReason":"stop","usage":` +
				`{"inputTokens":812,"outputTokens":96,"totalTokens":908,"reasoningTokens":0,"cachedInputTokens":512}}]}`
		},
		func(out *siteassistOut) string { return out.Steps[0].Content[0].Text },
		func(say string) []Subject { return []Subject{ours(say)} }, "Authorization", "Bearer "+key)
}

type syntphonyIn struct {
	Text string `json:"text"`
}

type syntphonyOut struct {
	Text        string `json:"text"`
	SessionCode string `json:"sessionCode"`
	UserInput   *struct {
		Type string `json:"type"`
	} `json:"userInput"`
	Answers []struct {
		Type          string          `json:"type"`
		Content       string          `json:"content"`
		TechnicalText json.RawMessage `json:"technicalText"`
		InteractionID string          `json:"interactionId"`
		Evaluable     bool            `json:"evaluable"`
	} `json:"answers"`
	Context map[string]any `json:"context"`
}

const syntphonyPath = "/org/o/env/e/bot/b/channel/c/v1/conversations/" + conversationID

var syntphonyHeader = []string{
	"Authorization", "Bearer " + key, "Os", "Linux", "User-Ref", "127.0.0.1", "Locale", "en-US", "Api-Key", key,
}

func syntphonyReply(text string) string {
	return `{"text":"hello","sessionCode":"` + conversationID + `","answers":[{"type":"TEXT","content":"` + text +
		`","technicalText":null,"interactionId":"c2a7e4d9-0b36-4f8e-95d1-7e2a4b6c8d10","evaluable":true}],` +
		`"context":{"step":"2"}}`
}

func syntphonyText(out *syntphonyOut) string { return out.Answers[0].Content }

func syntphonySend() Format {
	return sendFormat("syntphony turn", syntphonyPath, func(s string) syntphonyIn { return syntphonyIn{s} },
		syntphonyReply, syntphonyText,
		func(say string) []Subject { return []Subject{parleySyntphonySend(say)} }, syntphonyHeader...)
}

// syntphonyNext is the turn of a session, which sends the context of the previous reply back.
type syntphonyNext struct {
	Text    string         `json:"text"`
	Context map[string]any `json:"context"`
}

func syntphonySession() Format {
	return sendFormat("syntphony session", syntphonyPath,
		func(s string) syntphonyNext { return syntphonyNext{s, map[string]any{"step": "2"}} },
		syntphonyReply, syntphonyText,
		func(say string) []Subject { return []Subject{parleySyntphonySession(say)} }, syntphonyHeader...)
}

// aiseraIn is the body of aisera.Client.Send.
type aiseraIn struct {
	UserID      string         `json:"userId"`
	SessionVars map[string]any `json:"sessionVars"`
	IsKL        bool           `json:"isKL"`
	Text        string         `json:"text"`
	RequestID   string         `json:"reqId"`
}

func aiseraSend() Format {
	return sendFormat("aisera", "/api/receive",
		func(s string) aiseraIn {
			return aiseraIn{UserID: socketUser, SessionVars: map[string]any{}, Text: s, RequestID: socketRequest}
		},
		socketReply, func(out *socketAnswer) string { return out.Answers[0].Text },
		func(say string) []Subject { return []Subject{parleyAiseraSend(say)} }, "Authorization", "Bearer "+key)
}

type githubIn struct {
	Body string `json:"body"`
}

// githubComment is an item of the list too.
type githubComment struct {
	ID        int64     `json:"id"`
	NodeID    string    `json:"node_id"`
	Body      string    `json:"body"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	URL       string    `json:"url"`
	User      struct {
		Login string `json:"login"`
		ID    int64  `json:"id"`
	} `json:"user"`
}

func githubReply(id, text string) string {
	return `{"id":` + id + `,"node_id":"IC_kwDOAAAAAM5abcde","body":"` + text +
		`","created_at":"2026-05-04T10:20:30Z",` +
		`"updated_at":"2026-05-04T10:20:30Z","url":"https://api.example.com/repos/o/r/issues/comments/` + id +
		`","user":{"login":"octo","id":7}}`
}

func githubSend() Format {
	return sendFormat("github", "/repos/o/r/issues/1/comments",
		func(s string) githubIn { return githubIn{s} },
		func(text string) string { return githubReply("1234567", text) },
		func(out *githubComment) string { return out.Body },
		func(say string) []Subject { return []Subject{goGithubSend(say)} }, "Authorization", "Bearer "+key)
}
