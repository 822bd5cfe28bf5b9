package raiatest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func TestServer_MessageFiles(t *testing.T) {
	server, c := start(t)
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	params := raia.UploadURLParams{FileName: "a.txt", ContentType: "text/plain"}
	target := must[*raia.UploadTarget](t)(c.Conversations.CreateMessageFileUploadURL(t.Context(), talk.ID, params))
	web := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(web.CloseIdleConnections)
	put := raia.UploadParams{Method: http.MethodPut, Content: strings.NewReader("content"), HTTPClient: web}
	require.NoError(t, target.Upload(t.Context(), put))
	message := raia.SendMessageParams{
		Message: "See", Files: []raia.FileAttachment{{FileName: "a.txt", StoragePath: target.StoragePath}},
	}
	must[*raia.Message](t)(c.Conversations.Send(t.Context(), talk.ID, message))
	messages := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{}))
	file := must[*raia.FileURL](t)(c.Conversations.GetMessageFileURL(t.Context(), talk.ID, messages[0].Files[0].ID))
	assert.Equal(t, "content", download(t, web, file.SignedURL))
	_, err := c.Conversations.GetMessageFileURL(t.Context(), talk.ID, "nothing")
	require.ErrorIs(t, err, raia.ErrNotFound)

	target = must[*raia.UploadTarget](t)(c.Prompts.CreateUploadURL(t.Context(), params))
	assert.Contains(t, download(t, web, target.SignedURL), "ENTITY_NOT_FOUND", "nothing was uploaded yet")
	target.SignedURL = strings.ReplaceAll(target.SignedURL, "token=", "token=forged-")
	require.ErrorIs(t, target.Upload(t.Context(), put), raia.ErrForbidden)
	last := server.Requests()[len(server.Requests())-1]
	assert.True(t, strings.HasPrefix(last.Path, "/storage/"))
}

func download(t *testing.T, web *http.Client, url string) string {
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	resp := must[*http.Response](t)(web.Do(req))
	defer func() { _ = resp.Body.Close() }()
	return string(must[[]byte](t)(io.ReadAll(resp.Body)))
}

func TestServer_AgentFiles(t *testing.T) {
	_, c := start(t)
	upload := func(name string, auto *bool) *raia.AgentFile {
		return must[*raia.AgentFile](t)(c.AgentFiles.Upload(t.Context(), raia.UploadFileParams{
			FileName: name, Content: strings.NewReader("content"), AutoAddToVectorStore: auto,
		}))
	}
	first, second := upload("a.txt", nil), upload("b.txt", new(true))
	assert.False(t, *first.IsUploadedToVectorStore)
	assert.Equal(t, raia.VectorStoreStatusDone, second.VectorStoreUploadStatus)
	require.NoError(t, c.AgentFiles.AddToVectorStore(t.Context(), first.ID))
	require.NoError(t, c.AgentFiles.AddToVectorStoreAsync(t.Context(), first.ID))
	require.NoError(t, c.AgentFiles.RemoveFromVectorStore(t.Context(), second.ID))
	files := must[[]*raia.AgentFile](t)(c.AgentFiles.List(t.Context()))
	require.Len(t, files, 2)
	assert.True(t, *files[0].IsUploadedToVectorStore)
	assert.False(t, *files[1].IsUploadedToVectorStore)
	require.NoError(t, c.AgentFiles.Delete(t.Context(), first.ID))
	require.ErrorIs(t, c.AgentFiles.AddToVectorStore(t.Context(), first.ID), raia.ErrNotFound)
	require.NoError(t, c.AgentFiles.DeleteMany(t.Context(), first.ID, second.ID))
	assert.Empty(t, must[[]*raia.AgentFile](t)(c.AgentFiles.List(t.Context())))
}
