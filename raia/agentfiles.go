package raia

import (
	"context"
	"io"
	"slices"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/multipart"
	"github.com/seed-127a5941/parley/internal/transport"
)

var (
	uploadAgentFile = transport.Operation{Name: "upload agent file", Method: "POST", Path: "/agent-files/upload"}
	listAgentFiles  = transport.Operation{
		Name: "list agent files", Method: "GET", Path: "/agent-files/by-api-key", Idempotent: true,
	}
	deleteAgentFiles = transport.Operation{
		Name: "delete agent files", Method: "DELETE", Path: "/agent-files", Idempotent: true,
	}
	deleteAgentFile = transport.Operation{
		Name: "delete agent file", Method: "DELETE", Path: "/agent-files/{id}/delete", Idempotent: true,
	}
	removeFromVectorStore = transport.Operation{
		Name: "remove agent file from vector store", Method: "DELETE", Idempotent: true,
		Path: "/agent-files/{id}/delete-from-vector-store",
	}
	addToVectorStore = transport.Operation{
		Name: "add agent file to vector store", Method: "PUT", Idempotent: true,
		Path: "/agent-files/{id}/add-to-vector-store",
	}
	addToVectorStoreAsync = transport.Operation{
		Name: "add agent file to vector store async", Method: "PUT", Idempotent: true,
		Path: "/agent-files/{id}/add-to-vector-store/async",
	}
)

// AgentFilesService manages the documents that the agent learns from. It is safe for concurrent use.
type AgentFilesService service

// VectorStoreStatus says whether a file is in the vector store yet.
type VectorStoreStatus string

// These are the statuses.
const (
	VectorStoreStatusProcessing VectorStoreStatus = "processing"
	VectorStoreStatusDone       VectorStoreStatus = "done"
	VectorStoreStatusFailed     VectorStoreStatus = "failed"
)

// AgentFile is a document that the agent learns from.
type AgentFile struct {
	ID                string `json:"id"` // for the methods of AgentFilesService
	FileName          string `json:"fileName"`
	URL               string `json:"url"`
	CreatedAt         Time   `json:"createdAt"`
	VectorStoreFileID string `json:"vectorStoreFileId"` // may be empty
	// IsUploadedToVectorStore is nil if the server sent null, which hints at an error in the vector store.
	IsUploadedToVectorStore *bool             `json:"isUploadedToVectorStore"`
	VectorStoreUploadStatus VectorStoreStatus `json:"vectorStoreUploadStatus"` // empty before an upload
	UploadedToVectorStoreAt Time              `json:"uploadedToVectorStoreAt"` // zero before an upload
	Raw                     parley.Raw        `json:"-"`                       // as received, nil inside a list
}

func (f *AgentFile) afterDecode(raw parley.Raw) error {
	f.Raw = raw
	return requireMember("id", f.ID)
}

func (f *AgentFile) identity() string { return f.ID }

// UploadFileParams is a document. The vendor publishes no limits for the API. Its own interface takes 50 MB.
type UploadFileParams struct {
	FileName    string // required, without its directories
	ContentType string // empty means application/octet-stream
	// Content is required. An io.Seeker is sent from its current position, with its length, and is sent again after a
	// response with 429. Any other reader is sent again only if no byte was read from it.
	Content io.Reader
	// AutoAddToVectorStore puts the file into the vector store at once. Nil leaves that to the vendor, whose default is
	// not published.
	AutoAddToVectorStore *bool
}

func (p UploadFileParams) body() (*multipart.Body, error) {
	if p.Content == nil {
		return nil, apierr.Required("Content")
	}
	if err := required(field{"FileName", p.FileName}); err != nil {
		return nil, err
	}
	parts := []multipart.Part{{
		Field: "file", FileName: p.FileName, ContentType: p.ContentType, Content: p.Content, Argument: "Content",
	}}
	if p.AutoAddToVectorStore != nil {
		text := "false" // the spelling is not documented
		if *p.AutoAddToVectorStore {
			text = "true"
		}
		parts = slices.Insert(parts, 0, multipart.Part{Field: "autoAddToVectorStore", Text: []byte(text)})
	}
	return multipart.New(parts...)
}

// Upload uploads a document. Memory does not grow with the document. ErrBadRequest means that raia cannot take it. It
// calls POST /agent-files/upload.
// Source: the vendor's page "Agent Files".
func (s *AgentFilesService) Upload(ctx context.Context, params UploadFileParams) (*AgentFile, error) {
	call := transport.Call{Operation: &uploadAgentFile}
	body, err := params.body()
	if err != nil {
		call.ArgumentErr = err
	} else {
		call.Content = body
		defer body.Release()
	}
	return transport.Fetch(ctx, s.api, call, (*AgentFile).afterDecode)
}

// List returns the agent's documents. It calls GET /agent-files/by-api-key.
// Source: the vendor's page "Agent Files".
func (s *AgentFilesService) List(ctx context.Context) ([]*AgentFile, error) {
	return fetchList[AgentFile](ctx, s.api, transport.Call{Operation: &listAgentFiles})
}

// DeleteMany deletes the documents with the given ids. Without an id it returns ErrInvalidArgument. It calls DELETE
// /agent-files, which is in the OpenAPI document only.
func (s *AgentFilesService) DeleteMany(ctx context.Context, ids ...string) error {
	body := struct {
		FileIDs []string `json:"fileIds"`
	}{ids}
	call := transport.Call{Operation: &deleteAgentFiles, Body: body}
	if len(ids) == 0 || slices.Contains(ids, "") {
		call.ArgumentErr = apierr.Required("ids")
	}
	return s.api.Send(ctx, call)
}

// Delete deletes a document. ErrNotFound means that it does not exist. It calls DELETE /agent-files/{id}/delete.
// Source: the vendor's page "Agent Files".
func (s *AgentFilesService) Delete(ctx context.Context, id string) error {
	return s.api.Send(ctx, transport.Call{Operation: &deleteAgentFile, IDs: []string{id}})
}

// RemoveFromVectorStore takes a document out of the vector store and keeps it. It calls
// DELETE /agent-files/{id}/delete-from-vector-store.
// Source: the vendor's page "Agent Files".
func (s *AgentFilesService) RemoveFromVectorStore(ctx context.Context, id string) error {
	return s.api.Send(ctx, transport.Call{Operation: &removeFromVectorStore, IDs: []string{id}})
}

// AddToVectorStore puts a document into the vector store and waits until it is there, see Config.Timeout. It calls
// PUT /agent-files/{id}/add-to-vector-store.
// Source: the vendor's page "Agent Files", as a heading.
func (s *AgentFilesService) AddToVectorStore(ctx context.Context, id string) error {
	return s.api.Send(ctx, transport.Call{Operation: &addToVectorStore, IDs: []string{id}})
}

// AddToVectorStoreAsync puts a document into the vector store without waiting for the result, which List shows. It
// calls PUT /agent-files/{id}/add-to-vector-store/async, which is in the OpenAPI document only.
func (s *AgentFilesService) AddToVectorStoreAsync(ctx context.Context, id string) error {
	return s.api.Send(ctx, transport.Call{Operation: &addToVectorStoreAsync, IDs: []string{id}})
}
