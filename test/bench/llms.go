package bench

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	anthropicsse "github.com/anthropics/anthropic-sdk-go/packages/ssestream"
	openaigo "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/sashabaranov/go-openai"
)

func openaiGo() string    { return peer("openai-go", "github.com/openai/openai-go/v3") }
func goOpenAI() string    { return peer("go-openai", "github.com/sashabaranov/go-openai") }
func anthropicGo() string { return peer("anthropic-sdk-go", "github.com/anthropics/anthropic-sdk-go") }

func newOpenAIGo(p *Place) openaigo.Client {
	opts := []option.RequestOption{option.WithAPIKey(key), option.WithBaseURL(p.URL + "/v1")}
	if p.Client != nil {
		opts = append(opts, option.WithHTTPClient(p.Client))
	}
	return openaigo.NewClient(opts...)
}

func openaiGoParams(say string) openaigo.ChatCompletionNewParams {
	return openaigo.ChatCompletionNewParams{
		Model: model, Messages: []openaigo.ChatCompletionMessageParamUnion{openaigo.UserMessage(say)},
	}
}

func openaiGoSend(say string) Subject {
	return Subject{Name: openaiGo() + " typed", Open: func(p *Place) (Run, error) {
		c := newOpenAIGo(p)
		return func(ctx context.Context) (Result, error) {
			out, err := c.Chat.Completions.New(ctx, openaiGoParams(say))
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(out.Choices[0].Message.Content)}, nil
		}, nil
	}}
}

func openaiGoList() Subject {
	return Subject{Name: openaiGo(), Open: func(p *Place) (Run, error) {
		c := newOpenAIGo(p)
		return func(ctx context.Context) (r Result, err error) {
			pager := c.Files.ListAutoPaging(ctx, openaigo.FileListParams{Limit: openaigo.Int(pageSize)})
			for pager.Next() {
				r.add(pager.Current().Filename)
			}
			return r, pager.Err()
		}, nil
	}}
}

func openaiGoUpload() Subject {
	return Subject{Name: openaiGo(), Open: func(p *Place) (Run, error) {
		c := newOpenAIGo(p)
		return func(ctx context.Context) (Result, error) {
			file := openaigo.File(bytes.NewReader(fileBytes), fileName, "application/octet-stream")
			out, err := c.Files.New(ctx, openaigo.FileNewParams{File: file, Purpose: openaigo.FilePurposeAssistants})
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(out.ID)}, nil
		}, nil
	}}
}

func openaiGoStream() Subject {
	return Subject{Name: openaiGo(), Open: func(p *Place) (Run, error) {
		c := newOpenAIGo(p)
		return func(ctx context.Context) (r Result, err error) {
			s := c.Chat.Completions.NewStreaming(ctx, openaiGoParams("Hi"))
			defer s.Close()
			for s.Next() {
				r.add(s.Current().Choices[0].Delta.Content)
			}
			return r, s.Err()
		}, nil
	}}
}

func openaiGoParse() Subject {
	return parse(openaiGo(), func(body *bytes.Reader, r *Result) error {
		d := ssestream.NewDecoder(eventReply(body))
		for d.Next() {
			r.count(bytes.TrimSuffix(d.Event().Data, []byte("\n")))
		}
		return d.Err()
	})
}

func newGoOpenAI(p *Place) *openai.Client {
	cfg := openai.DefaultConfig(key)
	cfg.BaseURL = p.URL + "/v1"
	if p.Client != nil {
		cfg.HTTPClient = p.Client
	}
	return openai.NewClientWithConfig(cfg)
}

func goOpenAIRequest(say string) openai.ChatCompletionRequest {
	return openai.ChatCompletionRequest{
		Model: model, Messages: []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: say}},
	}
}

func goOpenAISend(say string) Subject {
	return Subject{Name: goOpenAI(), Open: func(p *Place) (Run, error) {
		c := newGoOpenAI(p)
		return func(ctx context.Context) (Result, error) {
			out, err := c.CreateChatCompletion(ctx, goOpenAIRequest(say))
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(out.Choices[0].Message.Content)}, nil
		}, nil
	}}
}

func goOpenAIUpload() Subject {
	return Subject{Name: goOpenAI(), Open: func(p *Place) (Run, error) {
		c := newGoOpenAI(p)
		return func(ctx context.Context) (Result, error) {
			out, err := c.CreateFileBytes(ctx, openai.FileBytesRequest{Name: fileName, Bytes: fileBytes, Purpose: openai.PurposeAssistants})
			return Result{1, len(out.ID)}, err
		}, nil
	}}
}

func goOpenAIStream() Subject {
	return Subject{Name: goOpenAI(), Open: func(p *Place) (Run, error) {
		c := newGoOpenAI(p)
		return func(ctx context.Context) (r Result, err error) {
			s, err := c.CreateChatCompletionStream(ctx, goOpenAIRequest("Hi"))
			if err != nil {
				return r, err
			}
			defer s.Close()
			for {
				chunk, err := s.Recv()
				if errors.Is(err, io.EOF) {
					return r, nil
				}
				if err != nil {
					return r, err
				}
				r.add(chunk.Choices[0].Delta.Content)
			}
		}, nil
	}}
}

func newAnthropicGo(p *Place) anthropic.Client {
	opts := []anthropicoption.RequestOption{anthropicoption.WithAPIKey(key), anthropicoption.WithBaseURL(p.URL)}
	if p.Client != nil {
		opts = append(opts, anthropicoption.WithHTTPClient(p.Client))
	}
	return anthropic.NewClient(opts...)
}

func anthropicGoParams(say string) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: claude, MaxTokens: 1024,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(say))},
	}
}

func anthropicGoSend(say string) Subject {
	return Subject{Name: anthropicGo() + " typed", Open: func(p *Place) (Run, error) {
		c := newAnthropicGo(p)
		return func(ctx context.Context) (Result, error) {
			out, err := c.Messages.New(ctx, anthropicGoParams(say))
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(out.Content[0].Text)}, nil
		}, nil
	}}
}

func anthropicGoStream() Subject {
	return Subject{Name: anthropicGo(), Open: func(p *Place) (Run, error) {
		c := newAnthropicGo(p)
		return func(ctx context.Context) (r Result, err error) {
			s := c.Messages.NewStreaming(ctx, anthropicGoParams("Hi"))
			defer s.Close()
			for s.Next() {
				if event := s.Current(); event.Type == "content_block_delta" {
					r.add(event.Delta.Text)
				}
			}
			return r, s.Err()
		}, nil
	}}
}

func anthropicGoParse() Subject {
	return parse(anthropicGo(), func(body *bytes.Reader, r *Result) error {
		d := anthropicsse.NewDecoder(eventReply(body))
		for d.Next() {
			r.count(bytes.TrimSuffix(d.Event().Data, []byte("\n")))
		}
		return d.Err()
	})
}
