package raia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
)

// maxErrorBody is how much of a refusal is kept, in bytes.
const maxErrorBody = 1 << 20

// UploadParams is a file, and how its storage wants it.
type UploadParams struct {
	// Method is required: the vendor does not publish which verb a signed URL takes. Storages of this kind usually take
	// PUT.
	Method      string
	ContentType string // the one that the URL was asked for; "": none is sent
	// Content is required. It is read once; one that is an io.Seeker is sent with its length, from where it stands.
	Content io.Reader
	// HTTPClient sends the request, without its cookies and redirects; nil: net/http's default transport.
	HTTPClient *http.Client
}

func (p UploadParams) check() error {
	if p.Content == nil {
		return apierr.Required("Content")
	}
	if err := required(field{"Method", p.Method}); err != nil {
		return err
	}
	return origin.CheckHeaderValue("ContentType", p.ContentType)
}

// Upload sends a file to the signed URL, once, without any key of this package: its storage is not the API. ctx alone
// bounds it. No error shows the URL. An answer outside 2xx is an *Error.
func (t *UploadTarget) Upload(ctx context.Context, params UploadParams) error {
	req, err := t.request(ctx, params)
	if err != nil {
		return fmt.Errorf("raia: upload to signed URL: %w", err)
	}
	client := http.Client{}
	if params.HTTPClient != nil {
		client = *params.HTTPClient
	}
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return t.lost(req, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return t.refused(req, resp, body)
}

func (t *UploadTarget) request(ctx context.Context, p UploadParams) (*http.Request, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	target, err := t.target()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, p.Method, "/", io.NopCloser(p.Content))
	if err != nil {
		return nil, apierr.Invalid("Method", "is not an HTTP method")
	}
	req.URL, req.Host, req.ContentLength = target, target.Host, remaining(p.Content)
	if req.ContentLength == 0 {
		req.Body = http.NoBody
	}
	if p.ContentType != "" {
		req.Header.Set("Content-Type", p.ContentType)
	}
	return req, nil
}

// target is the signed URL, which must be https (or loopback) like a configured one, but has a query.
func (t *UploadTarget) target() (*url.URL, error) {
	bare, query, _ := strings.Cut(t.SignedURL, "?")
	target, err := origin.ParseURL("SignedURL", bare, false)
	if err != nil {
		return nil, err
	}
	target.RawQuery = query
	return target, nil
}

// remaining is how many bytes a reader has left, -1 if it cannot tell.
func remaining(r io.Reader) int64 {
	seeker, ok := r.(io.Seeker)
	if !ok {
		return -1
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return -1
	}
	if _, err := seeker.Seek(start, io.SeekStart); err != nil {
		return -1
	}
	return max(end-start, 0)
}

// lost is the error of an upload that got no answer: url.Error, which shows the URL, is taken off.
func (t *UploadTarget) lost(req *http.Request, err error) error {
	err = redact.WithoutURLs(err)
	if t.mask(err.Error()) != err.Error() {
		err = errors.New(t.mask(err.Error()))
	}
	if req.Method == http.MethodPut {
		return fmt.Errorf("raia: upload to signed URL: %w", err)
	}
	return fmt.Errorf("raia: upload to signed URL: %w: %w", err, parley.ErrDeliveryUnknown)
}

func (t *UploadTarget) refused(req *http.Request, resp *http.Response, body []byte) error {
	f := &apierr.ErrorResponse{
		Operation: "raia: upload to signed URL", Method: req.Method, Path: "{signedUrl}",
		StatusCode: resp.StatusCode, Header: resp.Header, Body: body, Attempts: 1, Redact: t.mask,
	}
	if resp.StatusCode >= 500 && req.Method != http.MethodPut {
		f.Causes = []error{parley.ErrDeliveryUnknown}
	}
	return newError(f)
}

// mask hides the URL, and what makes it a key, in what a storage says.
func (t *UploadTarget) mask(text string) string {
	_, query, _ := strings.Cut(t.SignedURL, "?")
	text = redact.Secret(redact.Secret(text, t.SignedURL), query)
	values, _ := url.ParseQuery(query)
	for _, several := range values {
		for _, one := range several {
			if len(one) >= 16 { // shorter ones are no keys, but words that an error may need
				text = redact.Secret(text, one)
			}
		}
	}
	return text
}
