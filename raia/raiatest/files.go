package raiatest

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
)

// uploadFile records a file and discards its content. No handler serves the URL that it returns.
func (s *Server) uploadFile(c *call) (any, *refusal) {
	content, header, err := c.FormFile("file")
	if err != nil {
		return nil, badRequest
	}
	defer func() { _ = content.Close() }()
	file := object{
		"id": s.id(), "fileName": header.Filename, "url": s.fake.URL() + "/files/" + header.Filename,
		"createdAt":               now(),
		"isUploadedToVectorStore": false, "vectorStoreUploadStatus": nil,
	}
	if c.FormValue("autoAddToVectorStore") == "true" {
		addToVectorStore(file, true)
	}
	return s.files.add(file), nil
}

func addToVectorStore(file object, in bool) {
	file["isUploadedToVectorStore"], file["vectorStoreUploadStatus"] = in, nil
	delete(file, "uploadedToVectorStoreAt")
	if in {
		file["vectorStoreUploadStatus"], file["uploadedToVectorStoreAt"] = "done", now()
	}
}

func (s *Server) vectorStore(in bool) handler {
	return func(c *call) (any, *refusal) {
		file, refused := s.files.get(c.PathValue("id"))
		if refused == nil {
			addToVectorStore(file, in)
		}
		return nil, refused
	}
}

func (s *Server) deleteFiles(c *call) (any, *refusal) {
	ids, _ := c.body["fileIds"].([]any)
	for _, id := range ids {
		text, _ := id.(string)
		_ = s.files.remove(text)
	}
	return nil, nil
}

// uploadURL returns a URL of the server's own storage.
func (s *Server) uploadURL(c *call) (any, *refusal) {
	path := cmp.Or(c.PathValue("id"), "prompts") + "/" + s.id() + "-" + c.text("fileName")
	return object{"signedUrl": s.signed(path), "storagePath": path}, nil
}

// fileURL signs the storage path of a file of a message. The fake uses storage paths as file ids.
func (s *Server) fileURL(c *call) (any, *refusal) {
	path := c.PathValue("file")
	if _, ok := s.storage[path]; !ok {
		return nil, notFound
	}
	return object{"signedUrl": s.signed(path), "fileId": path}, nil
}

const signature = "signature-of-the-fake-storage"

func (s *Server) signed(path string) string {
	return s.fake.URL() + "/storage/" + path + "?token=" + signature
}

// store serves the uploads and downloads of signed URLs. It refuses a request that carries a key of the API.
func (s *Server) store(w http.ResponseWriter, r *http.Request) {
	keys := []string{agentKey.header, organizationKey.header, superAdminKey.header, "Authorization", "Cookie"}
	carries := slices.ContainsFunc(keys, func(name string) bool { return r.Header.Get(name) != "" })
	if carries || r.URL.Query().Get("token") != signature {
		refuse(w, forbidden)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/storage/")
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet {
		s.storage[path], _ = io.ReadAll(r.Body)
		return
	}
	content, ok := s.storage[path]
	if !ok {
		refuse(w, notFound)
		return
	}
	_, _ = w.Write(content)
}
