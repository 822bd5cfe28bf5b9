package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/google/go-github/v89/github"
	"github.com/hashicorp/go-retryablehttp"
	gosse "github.com/tmaxmax/go-sse"
	"resty.dev/v3"
)

// peer adds the version of a module in this build to its name. A test binary does not know versions.
func peer(name, module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dep := range info.Deps {
		if dep.Path == module {
			return name + " " + strings.TrimPrefix(dep.Version, "v")
		}
	}
	return name
}

func newRetryable(p *Target) *retryablehttp.Client {
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.RetryWaitMin, c.RetryWaitMax = 1, 1
	c.HTTPClient = p.Client
	return c
}

// retryableSend uses the library as it is meant to be used, with its own request type, which can rewind the body.
func retryableSend(say string) Subject {
	return Subject{
		Name: peer("go-retryablehttp", "github.com/hashicorp/go-retryablehttp"), Open: func(p *Target) (Run, error) {
			c, target := newRetryable(p), p.URL+"/v1/conversations/"+conversationID+"/messages"
			return func(ctx context.Context) (Result, error) {
				r, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, target, encode(raiaIn{say}))
				if err != nil {
					return Result{}, err
				}
				r.Header.Set("Content-Type", "application/json")
				out := new(raiaMessage)
				_, err = retryableDo(c, r, nil, out)
				return Result{1, len(out.Message)}, err
			}, nil
		},
	}
}

func retryableDo(c *retryablehttp.Client, r *retryablehttp.Request, buf []byte, out any) ([]byte, error) {
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "floor")
	r.Header.Set("Agent-Secret-Key", key)
	resp, err := c.Do(r)
	if err != nil {
		return buf, err
	}
	return take(resp, buf, out)
}

func retryableList() Subject {
	return Subject{
		Name: peer("go-retryablehttp", "github.com/hashicorp/go-retryablehttp"), Open: func(p *Target) (Run, error) {
			c := newRetryable(p)
			return func(ctx context.Context) (r Result, err error) {
				var buf []byte
				page := raiaPage{HasNextPage: true}
				for n := 1; page.HasNextPage; n++ {
					target := p.URL + "/v1/conversations?page=" + strconv.Itoa(n) + "&pageSize=" +
						strconv.Itoa(pageSize)
					req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, target, nil)
					if err != nil {
						return r, err
					}
					if buf, err = retryableDo(c, req, buf, &page); err != nil {
						return r, err
					}
					for i := range page.Data {
						r.add(page.Data[i].Title)
					}
					clear(page.Data)
				}
				return r, nil
			}, nil
		},
	}
}

func newResty(p *Target) *resty.Client {
	return resty.NewWithClient(p.Client).SetBaseURL(p.URL).SetHeader("Agent-Secret-Key", key).
		SetRetryCount(2).SetRetryAllowNonIdempotent(true).SetRetryWaitTime(1).SetRetryMaxWaitTime(1)
}

func resty3() string { return peer("resty", "resty.dev/v3") }

func restySend(say string) Subject {
	return Subject{Name: resty3(), Open: func(p *Target) (Run, error) {
		c := newResty(p)
		return func(ctx context.Context) (Result, error) {
			out := new(raiaMessage)
			_, err := c.R().SetContext(ctx).SetBody(&raiaIn{say}).SetResult(out).
				SetPathParam("id", conversationID).Post("/v1/conversations/{id}/messages")
			return Result{1, len(out.Message)}, err
		}, nil
	}}
}

func restyList() Subject {
	return Subject{Name: resty3(), Open: func(p *Target) (Run, error) {
		c := newResty(p)
		return func(ctx context.Context) (r Result, err error) {
			for n, more := 1, true; more; n++ {
				page := new(raiaPage)
				_, err := c.R().SetContext(ctx).SetQueryParam("page", strconv.Itoa(n)).SetQueryParam("pageSize",
					strconv.Itoa(pageSize)).
					SetResult(page).Get("/v1/conversations")
				if err != nil {
					return r, err
				}
				for i := range page.Data {
					r.add(page.Data[i].Title)
				}
				more = page.HasNextPage
			}
			return r, nil
		}, nil
	}}
}

func restyUpload() Subject {
	return Subject{Name: resty3(), Open: func(p *Target) (Run, error) {
		c := newResty(p)
		return func(ctx context.Context) (Result, error) {
			out := new(uploaded)
			_, err := c.R().SetContext(ctx).SetFileReader("file", fileName, bytes.NewReader(fileBytes)).SetResult(out).
				Post("/v1/agent-files/upload")
			return Result{1, len(out.ID)}, err
		}, nil
	}}
}

func newGithub(p *Target) (*github.Client, error) {
	base := p.URL + "/"
	return github.NewClient(github.WithURLs(&base, &base), github.WithAuthToken(key), github.WithHTTPClient(p.Client))
}

func goGithub() string { return peer("go-github", "github.com/google/go-github/v89") }

func goGithubSend(say string) Subject {
	return Subject{Name: goGithub(), Open: func(p *Target) (Run, error) {
		c, err := newGithub(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			out, _, err := c.Issues.CreateComment(ctx, "o", "r", 1, &github.IssueComment{Body: &say})
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(out.GetBody())}, nil
		}, nil
	}}
}

func goGithubList() Subject {
	return Subject{Name: goGithub(), Open: func(p *Target) (Run, error) {
		c, err := newGithub(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (r Result, err error) {
			opts := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: pageSize}}
			for comment, err := range c.Issues.ListCommentsIter(ctx, "o", "r", 1, opts) {
				if err != nil {
					return r, err
				}
				r.add(comment.GetBody())
			}
			return r, nil
		}, nil
	}}
}

func goSSE() string { return peer("go-sse", "github.com/tmaxmax/go-sse") }

func goSSEStream(path string) Subject {
	return Subject{Name: goSSE() + " + encoding/json", Open: func(p *Target) (Run, error) {
		e, err := newEndpoint(p, http.MethodPost, path, "Authorization", "Bearer "+key)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (r Result, err error) {
			resp, err := e.send(ctx, "application/json", encode(siteassistIn{"Hi", true}))
			if err != nil {
				return r, err
			}
			defer resp.Body.Close()
			for event, err := range gosse.Read(resp.Body, nil) {
				if err != nil {
					return r, err
				}
				chunk := new(siteassistChunk)
				if err := json.Unmarshal([]byte(event.Data), chunk); err != nil {
					return r, err
				}
				if text, counts := siteassistText(chunk); counts {
					r.add(text)
				}
			}
			return r, nil
		}, nil
	}}
}

func goSSEParse() Subject {
	return parse(goSSE(), func(body *bytes.Reader, r *Result) error {
		for event, err := range gosse.Read(body, nil) {
			if err != nil {
				return err
			}
			r.Items++
			r.Text += len(event.Data)
		}
		return nil
	})
}
