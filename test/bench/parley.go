package bench

import (
	"bytes"
	"context"
	"time"

	"golang.org/x/oauth2"

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
	return Subject{Name: "parley/siteassist", Open: func(p *Target) (Run, error) {
		c, err := newSiteassist(p)
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

func parleySyntphonySend(say string) Subject {
	return Subject{Name: "parley/syntphony", Open: func(p *Target) (Run, error) {
		c, err := syntphony.NewClient(syntphony.Config{
			OrgID: "o", EnvID: "e", BotID: "b", ChannelID: "c", Locale: "en-US", APIKey: key, TokenSource: fixedToken{},
			BaseURL: p.URL, HTTPClient: p.Client,
		})
		if err != nil {
			return nil, err
		}
		caller := syntphony.Caller{UserRef: "127.0.0.1", OS: "Linux"}
		return func(ctx context.Context) (Result, error) {
			reply, err := c.Conversations.Send(ctx, conversationID, caller, syntphony.Input{Text: say})
			if err != nil {
				return Result{}, err
			}
			text, _ := reply.Answers[0].Content.Text()
			return Result{1, len(text)}, nil
		}, nil
	}}
}

func parleyList() Subject {
	return Subject{Name: "parley/raia", Open: func(p *Target) (Run, error) {
		c, err := newRaia(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (r Result, err error) {
			for one, err := range c.Conversations.All(ctx, raia.ListConversationsParams{Page: 1, PageSize: pageSize}) {
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
