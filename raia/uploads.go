package raia

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/multipart"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// A request for a URL counts as not idempotent, because a second call may leave an unused entry in the storage.
var (
	createMessageFileURL = transport.Operation{
		Name: "create message file upload URL", Method: "POST", Path: "/conversations/{id}/message-files/upload-url",
	}
	createPromptFileURL = transport.Operation{
		Name: "create prompt file upload URL", Method: "POST", Path: "/prompts/upload-url",
	}
)

// FileAttachment attaches a file that was uploaded before to a message or prompt. Both fields are required.
type FileAttachment struct {
	FileName    string `json:"fileName"`    // as the reader of the message sees it
	StoragePath string `json:"storagePath"` // of the UploadTarget to which it was uploaded
}

func checkAttachments(files []FileAttachment) error {
	for i, f := range files {
		name := fmt.Sprintf("Files[%d].", i)
		if err := required(field{name + "FileName", f.FileName},
			field{name + "StoragePath", f.StoragePath}); err != nil {
			return err
		}
	}
	return nil
}

// UploadURLParams describes a file that is to be uploaded. Both fields are required.
type UploadURLParams struct {
	FileName    string `json:"fileName"`    // without directories
	ContentType string `json:"contentType"` // such as "image/png"
}

func (p UploadURLParams) validate() error {
	return required(field{"FileName", p.FileName}, field{"ContentType", p.ContentType})
}

// UploadTarget is an address in the storage for one file, which Upload sends. Anyone who has the URL can upload, so
// printing and logging a target does not show it.
type UploadTarget struct {
	SignedURL   string     `json:"signedUrl"`   // a secret, because anyone who has it can upload
	StoragePath string     `json:"storagePath"` // for FileAttachment
	Raw         parley.Raw `json:"-"`           // the response as received
}

func (t *UploadTarget) afterDecode(raw parley.Raw) error {
	t.Raw = raw
	if err := requireMember("signedUrl", t.SignedURL); err != nil {
		return err
	}
	return requireMember("storagePath", t.StoragePath)
}

// Format prints only the storage path, for every verb.
func (t UploadTarget) Format(state fmt.State, verb rune) { redact.Format(state, verb, t.text()) }

// LogValue logs the text that Format prints.
func (t UploadTarget) LogValue() slog.Value { return slog.StringValue(t.text()) }

func (t UploadTarget) text() string {
	return "raia.UploadTarget{SignedURL: " + redacted + ", StoragePath: " + t.StoragePath + "}"
}

// FileURL is the URL of a file to download. Anyone who has the URL can download, so printing and logging a FileURL does
// not show it.
type FileURL struct {
	SignedURL string     `json:"signedUrl"` // a secret, because anyone who has it can download
	FileID    string     `json:"fileId"`
	Raw       parley.Raw `json:"-"` // the response as received
}

func (u *FileURL) afterDecode(raw parley.Raw) error {
	u.Raw = raw
	return requireMember("signedUrl", u.SignedURL)
}

// Format prints only the file's id, for every verb.
func (u FileURL) Format(state fmt.State, verb rune) { redact.Format(state, verb, u.text()) }

// LogValue logs the text that Format prints.
func (u FileURL) LogValue() slog.Value { return slog.StringValue(u.text()) }

func (u FileURL) text() string {
	return "raia.FileURL{SignedURL: " + redacted + ", FileID: " + u.FileID + "}"
}

// CreateMessageFileUploadURL returns the target for a file. SendMessageParams.Files attaches the uploaded file to a
// message. It calls POST /conversations/{id}/message-files/upload-url, which is in the OpenAPI document only.
func (s *ConversationsService) CreateMessageFileUploadURL(
	ctx context.Context, id string, params UploadURLParams,
) (*UploadTarget, error) {
	call := transport.Call{
		Operation: &createMessageFileURL, IDs: []string{id}, Body: params, ArgumentErr: params.validate(),
	}
	return transport.Fetch(ctx, s.api, call, (*UploadTarget).afterDecode)
}

// CreateUploadURL returns the target for a file. PromptParams.Files attaches the uploaded file to a prompt. It calls
// POST /prompts/upload-url, which is in the OpenAPI document only.
func (s *PromptsService) CreateUploadURL(ctx context.Context, params UploadURLParams) (*UploadTarget, error) {
	call := transport.Call{Operation: &createPromptFileURL, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.api, call, (*UploadTarget).afterDecode)
}

// UploadParams is a file for an UploadTarget.
type UploadParams struct {
	// Method is required, because the vendor does not publish which verb a signed URL takes. Storages of this kind
	// usually take PUT.
	Method string
	// ContentType is the type that the URL was asked for. An empty text sends no Content-Type header.
	ContentType string
	// Content is required, and it is sent once. An io.Seeker is sent from its current position, with its length. When
	// Upload has returned, Content is no longer read, except by a Read that still blocks.
	Content io.Reader
	// HTTPClient sends the request, without its cookies and without its CheckRedirect. Nil means the SDK's pool.
	HTTPClient *http.Client
}

func (p UploadParams) validate() error {
	if p.Content == nil {
		return apierr.Required("Content")
	}
	if err := required(field{"Method", p.Method}); err != nil {
		return err
	}
	if _, err := http.NewRequest(p.Method, "/", http.NoBody); err != nil {
		return apierr.Invalid("Method", "is not an HTTP method")
	}
	return origin.CheckHeaderValue("ContentType", p.ContentType)
}

// Upload sends a file to the signed URL in one attempt. It sends no key of this package, because the storage is not
// the API. Only ctx bounds the upload, even while a Read of Content blocks. No error shows the URL.
// A response outside 2xx is an *Error. So is a redirect, which Upload does not follow. ErrDeliveryUnknown means that
// the storage may have taken the file. The error of a PUT never matches it, because a PUT can be repeated.
func (t *UploadTarget) Upload(ctx context.Context, params UploadParams) error {
	call := transport.Call{Operation: &transport.Operation{
		Name: "upload to signed URL", Method: params.Method, Path: "{signedUrl}",
		Idempotent: params.Method == http.MethodPut,
	}}
	storage, body, err := t.prepare(params)
	if err != nil {
		return fmt.Errorf("raia: upload to signed URL: %w", err)
	}
	defer body.Release()
	call.Content = body
	return storage.Send(callopts.Without(ctx), call) // the options of ctx are meant for the API
}

// prepare validates the arguments and returns a client of the storage.
func (t *UploadTarget) prepare(p UploadParams) (*transport.Client, *multipart.Body, error) {
	if err := p.validate(); err != nil {
		return nil, nil, err
	}
	target, err := parseSignedURL(t.SignedURL)
	if err != nil {
		return nil, nil, err
	}
	storage, err := transport.New(transport.Config{
		Vendor: "raia", BaseURL: target.Scheme + "://" + target.Host, HTTPClient: withoutCookies(p.HTTPClient),
		Timeout: -1, MaxRetries: -1, Authorizer: signedURL{target: target}, Secrets: t.secrets(target),
		NewError: newError,
	})
	if err != nil {
		return nil, nil, err
	}
	body, err := multipart.NewFile(multipart.Part{Content: p.Content, ContentType: p.ContentType, Argument: "Content"})
	return storage, body, err
}

// parseSignedURL validates a signed URL like a configured one, except that it may have a query.
func parseSignedURL(signed string) (*url.URL, error) {
	bare, query, _ := strings.Cut(signed, "?")
	target, err := origin.ParseURL("SignedURL", bare, false)
	if err != nil {
		return nil, err
	}
	target.RawQuery = query
	return target, nil
}

func withoutCookies(user *http.Client) *http.Client {
	if user == nil {
		return nil
	}
	c := *user
	c.Jar = nil
	return &c
}

// signedURL is the credential of an upload, because anyone who has the URL can upload.
type signedURL struct {
	auth.None // only the vendor can sign another URL
	target    *url.URL
}

// Authorize sets the URL of the request without changing a byte, because a storage may sign the query as it is spelled.
func (u signedURL) Authorize(_ context.Context, r *http.Request) (string, error) {
	target := *u.target
	r.URL = &target
	return "", nil
}

// secrets returns the URL and the values in its query that are long enough to be keys. Shorter values are words that an
// error text may need.
func (t *UploadTarget) secrets(target *url.URL) []string {
	const shortestKey = 16
	secrets := []string{t.SignedURL, target.String(), target.RawQuery}
	for _, values := range target.Query() {
		for _, value := range values {
			if len(value) >= shortestKey {
				secrets = append(secrets, value)
			}
		}
	}
	return secrets
}
