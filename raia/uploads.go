package raia

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// Asking for a URL counts as not idempotent: nothing says that a second call leaves nothing behind in the storage.
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
	StoragePath string `json:"storagePath"` // of the UploadTarget that it was uploaded to
}

func checkAttachments(files []FileAttachment) error {
	for i, f := range files {
		name := fmt.Sprintf("Files[%d].", i)
		if err := required(field{name + "FileName", f.FileName}, field{name + "StoragePath", f.StoragePath}); err != nil {
			return err
		}
	}
	return nil
}

// UploadURLParams describes a file that is to be uploaded. Both fields are required.
type UploadURLParams struct {
	FileName    string `json:"fileName"`    // without directories
	ContentType string `json:"contentType"` // "image/png"
}

func (p UploadURLParams) check() error {
	return required(field{"FileName", p.FileName}, field{"ContentType", p.ContentType})
}

// UploadTarget is where a file can be uploaded to, with Upload. Whoever has the URL can upload, so printing and logging
// a target shows none.
type UploadTarget struct {
	SignedURL   string     `json:"signedUrl"`   // a key: whoever has it can upload
	StoragePath string     `json:"storagePath"` // for FileAttachment
	Raw         parley.Raw `json:"-"`           // the reply as sent
}

func (t *UploadTarget) complete(raw parley.Raw) error {
	t.Raw = raw
	if err := lacks("signedUrl", t.SignedURL); err != nil {
		return err
	}
	return lacks("storagePath", t.StoragePath)
}

// Format prints the storage path only, whatever the verb.
func (t UploadTarget) Format(state fmt.State, verb rune) { redact.Format(state, verb, t.text()) }

// LogValue logs what Format prints.
func (t UploadTarget) LogValue() slog.Value { return slog.StringValue(t.text()) }

func (t UploadTarget) text() string {
	return "raia.UploadTarget{SignedURL: " + redacted + ", StoragePath: " + t.StoragePath + "}"
}

// FileURL is where a file can be downloaded from. Whoever has the URL can download, so printing and logging it shows
// none.
type FileURL struct {
	SignedURL string     `json:"signedUrl"` // a key: whoever has it can download
	FileID    string     `json:"fileId"`
	Raw       parley.Raw `json:"-"` // the reply as sent
}

func (u *FileURL) complete(raw parley.Raw) error {
	u.Raw = raw
	return lacks("signedUrl", u.SignedURL)
}

// Format prints the file's id only, whatever the verb.
func (u FileURL) Format(state fmt.State, verb rune) { redact.Format(state, verb, u.text()) }

// LogValue logs what Format prints.
func (u FileURL) LogValue() slog.Value { return slog.StringValue(u.text()) }

func (u FileURL) text() string {
	return "raia.FileURL{SignedURL: " + redacted + ", FileID: " + u.FileID + "}"
}

// CreateMessageFileUploadURL returns where a file of a message can be uploaded to; SendMessageParams.Files then attaches it.
// It calls POST /conversations/{id}/message-files/upload-url, which is in the OpenAPI document only.
func (s *ConversationsService) CreateMessageFileUploadURL(
	ctx context.Context, id string, params UploadURLParams,
) (*UploadTarget, error) {
	call := transport.Call{Operation: &createMessageFileURL, IDs: []string{id}, Body: params, ArgumentErr: params.check()}
	return transport.Fetch(ctx, s.api, call, (*UploadTarget).complete)
}

// CreateUploadURL returns where a file of a prompt can be uploaded to; PromptParams.Files then attaches it. It calls
// POST /prompts/upload-url, which is in the OpenAPI document only.
func (s *PromptsService) CreateUploadURL(ctx context.Context, params UploadURLParams) (*UploadTarget, error) {
	call := transport.Call{Operation: &createPromptFileURL, Body: params, ArgumentErr: params.check()}
	return transport.Fetch(ctx, s.api, call, (*UploadTarget).complete)
}
