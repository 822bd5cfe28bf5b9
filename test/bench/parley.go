package bench

import (
	"bytes"
	"context"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/syntphony"
)

func newRaia(p *Target) (*raia.Client, error) {
	return raia.NewClient(raia.Config{
		AgentKey: key, BaseURL: p.URL + "/v1", HTTPClient: p.Client, MaxRetryWait: time.Millisecond,
	})
}

func newSiteassist(p *Target) (*siteassist.Client, error) {
	return siteassist.NewClient(siteassist.Config{Token: key, BaseURL: p.URL + "/v1", HTTPClient: p.Client})
}

func parleyRaiaSend(say string) Subject {
	return Subject{Name: "parley/raia", Open: func(p *Target) (Run, error) {
		c, err := newRaia(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			m, err := c.Conversations.Send(ctx, conversationID, raia.SendMessageParams{Message: say})
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(m.Message)}, nil
		}, nil
	}}
}

func parleySiteassistSend(say string) Subject {
	return parleySiteassist(say, newSiteassist)
}

// parleySiteassistTokens has a TokenSource whose token has no expiry. It is called once, because its type is known to
// repeat its token.
func parleySiteassistTokens(say string) Subject {
	return parleySiteassist(say, func(p *Target) (*siteassist.Client, error) {
		tokens := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: key})
		return siteassist.NewClient(
			siteassist.Config{TokenSource: tokens, BaseURL: p.URL + "/v1", HTTPClient: p.Client})
	})
}

func parleySiteassist(say string, open func(*Target) (*siteassist.Client, error)) Subject {
	return Subject{Name: "parley/siteassist", Open: func(p *Target) (Run, error) {
		c, err := open(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			answer, err := c.Messages.Send(ctx, conversationID, siteassist.SendMessageParams{Content: say})
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(answer.Text())}, nil
		}, nil
	}}
}

type fixedToken struct{}

func (fixedToken) Token() (*oauth2.Token, error) {
	return &oauth2.Token{AccessToken: key, TokenType: "Bearer", Expiry: time.Now().Add(time.Hour)}, nil
}

func newSyntphony(p *Target) (*syntphony.Client, error) {
	return syntphony.NewClient(syntphonyConfig(
		syntphony.Config{BaseURL: p.URL, HTTPClient: p.Client, TokenSource: fixedToken{}}))
}

// syntphonyConfig adds the ids to cfg.
func syntphonyConfig(cfg syntphony.Config) syntphony.Config {
	cfg.OrgID, cfg.EnvID, cfg.BotID, cfg.ChannelID = "o", "e", "b", "c"
	cfg.Locale, cfg.APIKey = "en-US", key
	return cfg
}

var syntphonyCaller = syntphony.Caller{UserRef: "127.0.0.1", OS: "Linux"}

func syntphonyResult(reply *syntphony.Reply, err error) (Result, error) {
	if err != nil {
		return Result{}, err
	}
	text, _ := reply.Answers[0].Content.Text()
	return Result{1, len(text)}, nil
}

func parleySyntphonySend(say string) Subject {
	return Subject{Name: "parley/syntphony", Open: func(p *Target) (Run, error) {
		c, err := newSyntphony(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			return syntphonyResult(
				c.Conversations.Send(ctx, conversationID, syntphonyCaller, syntphony.Input{Text: say}))
		}, nil
	}}
}

func parleySyntphonySession(say string) Subject {
	return Subject{Name: "parley/syntphony", Open: func(p *Target) (Run, error) {
		c, err := newSyntphony(p)
		if err != nil {
			return nil, err
		}
		session := c.ResumeSession(syntphonyCaller,
			syntphony.SessionState{Code: conversationID, Context: map[string]any{"step": "2"}})
		return func(ctx context.Context) (Result, error) { return syntphonyResult(session.Say(ctx, say)) }, nil
	}}
}

func parleyAiseraSend(say string) Subject {
	return Subject{Name: "parley/aisera", Open: func(p *Target) (Run, error) {
		c, err := aisera.NewClient(aisera.Config{BaseURL: p.URL, Token: key, HTTPClient: p.Client})
		if err != nil {
			return nil, err
		}
		message := aisera.Text(say)
		message.RequestID = socketRequest
		return func(ctx context.Context) (Result, error) {
			reply, err := c.Send(ctx, aisera.User{ID: socketUser}, message)
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(reply.Answers[0].Text)}, nil
		}, nil
	}}
}

func parleyList() Subject {
	return parleyWalk(raia.ListConversationsParams{Page: 1, PageSize: pageSize})
}

func parleyWalk(params raia.ListConversationsParams) Subject {
	return Subject{Name: "parley/raia", Open: func(p *Target) (Run, error) {
		c, err := newRaia(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (r Result, err error) {
			for one, err := range c.Conversations.All(ctx, params) {
				if err != nil {
					return r, err
				}
				r.add(one.Title)
			}
			return r, nil
		}, nil
	}}
}

func parleyUpload() Subject {
	return Subject{Name: "parley/raia", Open: func(p *Target) (Run, error) {
		c, err := newRaia(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			f, err := c.AgentFiles.Upload(ctx,
				raia.UploadFileParams{FileName: fileName, Content: bytes.NewReader(fileBytes)})
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(f.ID)}, nil
		}, nil
	}}
}

func parleyStream() Subject {
	return Subject{Name: "parley/siteassist", Open: func(p *Target) (Run, error) {
		c, err := newSiteassist(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (r Result, err error) {
			s, err := c.Messages.Stream(ctx, conversationID, siteassist.SendMessageParams{Content: "Hi"})
			if err != nil {
				return r, err
			}
			for chunk, err := range s.Chunks() {
				if err != nil {
					return r, err
				}
				if delta, ok := chunk.(*siteassist.TextDeltaChunk); ok {
					r.add(delta.Delta)
				}
			}
			return r, nil
		}, nil
	}}
}

func parleyAudio() Subject {
	return Subject{Name: "parley/syntphony", Open: func(p *Target) (Run, error) {
		c, err := newSyntphony(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			audio := syntphony.Audio{Name: audioName, Content: bytes.NewReader(fileBytes)}
			return syntphonyResult(
				c.Conversations.SendAudio(ctx, conversationID, syntphonyCaller, audio, syntphony.Input{}))
		}, nil
	}}
}

func parleySigned() Subject {
	return Subject{Name: "parley/raia", Open: func(p *Target) (Run, error) {
		target := &raia.UploadTarget{SignedURL: p.URL + signedPath}
		return func(ctx context.Context) (Result, error) {
			return Result{1, 0}, target.Upload(ctx, raia.UploadParams{
				Method: "PUT", ContentType: "application/pdf", Content: bytes.NewReader(fileBytes),
				HTTPClient: p.Client,
			})
		}, nil
	}}
}
