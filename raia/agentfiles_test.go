package raia

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

func TestAgentFile_Shapes(t *testing.T) {
	older := get(t, `[{"id":"f1","fileName":"a","url":"u","createdAt":"2023-10-01T12:00:00Z"}]`,
		func(ctx context.Context, c *Client) ([]*AgentFile, error) { return c.AgentFiles.List(ctx) })[0]
	assert.Nil(t, older.IsUploadedToVectorStore)
	assert.Empty(t, older.VectorStoreUploadStatus)
	newer := get(t,
		`{"id":"f1","vectorStoreFileId":"v","isUploadedToVectorStore":false,"vectorStoreUploadStatus":"processing",
		"uploadedToVectorStoreAt":null}`,
		func(ctx context.Context, c *Client) ([]*AgentFile, error) { return c.AgentFiles.List(ctx) })[0]
	assert.False(t, *newer.IsUploadedToVectorStore)
	assert.Equal(t, VectorStoreStatusProcessing, newer.VectorStoreUploadStatus)
	assert.True(t, newer.UploadedToVectorStoreAt.IsZero())
}

// form reads the parts of a multipart body: name or file name, and content.
func form(t *testing.T, r fakeserver.Request) map[string]string {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	reader, parts := multipart.NewReader(bytes.NewReader(r.Body), params["boundary"]), map[string]string{}
	for {
		part, err := reader.NextPart()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			return parts
		}
		content, err := io.ReadAll(part)
		require.NoError(t, err)
		parts[part.FormName()+":"+part.FileName()+":"+part.Header.Get("Content-Type")] = string(content)
	}
}

func TestAgentFilesUpload_Form(t *testing.T) {
	for _, c := range []struct {
		params UploadFileParams
		want   map[string]string
	}{
		{UploadFileParams{FileName: "dir/a.txt", Content: strings.NewReader("hello")},
			map[string]string{"file:a.txt:application/octet-stream": "hello"}},
		{
			UploadFileParams{
				FileName: "a.txt", ContentType: "text/plain", Content: io.MultiReader(strings.NewReader("hello")),
				AutoAddToVectorStore: new(true),
			},
			map[string]string{"file:a.txt:text/plain": "hello", "autoAddToVectorStore::": "true"},
		},
		{UploadFileParams{FileName: "a.txt", Content: strings.NewReader(""), AutoAddToVectorStore: new(false)},
			map[string]string{"file:a.txt:application/octet-stream": "", "autoAddToVectorStore::": "false"}},
	} {
		server := stub(t, 200, `{"id":"f1","fileName":"a.txt"}`)
		file, err := client(t, server).AgentFiles.Upload(t.Context(), c.params)
		require.NoError(t, err)
		assert.Equal(t, "f1", file.ID)
		assert.Equal(t, c.want, form(t, server.Requests()[0]))
	}
}

func TestAgentFilesUpload_SeekerIsSentAgainAfterARefusal(t *testing.T) {
	server := stub(t, 200, anID)
	server.Fail(1, fakeserver.Failure{Status: 503, Header: http.Header{"Retry-After": {"0"}}})
	_, err := client(t, server).AgentFiles.Upload(t.Context(),
		UploadFileParams{FileName: "a", Content: strings.NewReader("whole")})
	require.NoError(t, err)
	require.Len(t, server.Requests(), 2)
	assert.Equal(t, map[string]string{"file:a:application/octet-stream": "whole"}, form(t, server.Requests()[1]))
	assert.NotEmpty(t, server.Requests()[1].Header.Get("Content-Length"))
}

func TestAgentFilesUpload_ReaderThatFails(t *testing.T) {
	_, err := client(t, stub(t, 200, anID)).AgentFiles.Upload(t.Context(),
		UploadFileParams{FileName: "a", Content: failing{}})
	require.ErrorIs(t, err, io.ErrClosedPipe)
}
