package syntphonytest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"github.com/seed-127a5941/parley/syntphony"
)

// maxAudio is the vendor's limit of a recording, in bytes.
const maxAudio = 16 << 20

// readTurn reads the request of a turn, of text or of audio. fault is "" or says why the request is invalid.
func readTurn(r *http.Request) (turn Turn, fault string) {
	turn.Header, turn.UserRef = r.Header.Clone(), r.Header.Get("User-Ref")
	turn.Test = r.URL.Query().Get("test") == "true"
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "multipart/form-data":
		return turn, turn.readAudio(r)
	case err == nil && kind == "application/json":
		body, err := io.ReadAll(r.Body)
		if err != nil || !turn.readJSON(body) {
			return turn, "the body is no JSON object"
		}
		if turn.Text == "" && turn.Code == "" {
			return turn, "text or code is needed"
		}
		return turn, ""
	}
	return turn, "the content type is neither application/json nor multipart/form-data"
}

func (t *Turn) readJSON(body []byte) bool {
	var request struct {
		Text    string         `json:"text"`
		Code    string         `json:"code"`
		Context map[string]any `json:"context"`

		Intent     string   `json:"intent"`
		Confidence *float64 `json:"confidence"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // numbers of the context must go back unchanged
	if decoder.Decode(&request) != nil {
		return false
	}
	t.Body, t.Text, t.Code, t.Context = body, request.Text, request.Code, request.Context
	t.Intent, t.Confidence = request.Intent, request.Confidence
	return true
}

func (t *Turn) readAudio(r *http.Request) (fault string) {
	if r.ParseMultipartForm(2*maxAudio) != nil {
		return "the multipart body is broken"
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	values := r.MultipartForm.Value["conversationRequestJson"]
	if len(values) != 1 || !t.readJSON([]byte(values[0])) {
		return "the part conversationRequestJson is missing or no JSON object"
	}
	t.Text, t.Code = "", ""
	file, header, err := r.FormFile("file")
	if err != nil {
		return "the part file is missing"
	}
	t.Audio, err = io.ReadAll(file)
	_ = file.Close()
	if err != nil {
		return "the part file is broken"
	}
	t.AudioName = header.Filename
	return audioFault(t.Audio)
}

func audioFault(audio []byte) string {
	switch {
	case len(audio) > maxAudio:
		return "the recording is larger than 16 MB"
	case bytes.HasPrefix(audio, []byte("OggS")):
		return ""
	case len(audio) >= 12 && string(audio[:4]) == "RIFF" && string(audio[8:12]) == "WAVE":
		return ""
	}
	return "the recording is neither ogg nor wav"
}

// rate serves the likable service. That an unknown interaction is 404 is the fake's choice.
func (b *brokerState) rate(w http.ResponseWriter, r *http.Request) {
	var rating struct {
		Evaluation    *bool  `json:"evaluation"`
		InteractionID string `json:"interactionId"`
	}
	if json.NewDecoder(r.Body).Decode(&rating) != nil || rating.Evaluation == nil || rating.InteractionID == "" {
		problem(w, 400, "evaluation and interactionId are needed")
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.answers[rating.InteractionID] {
		problem(w, 404, "no such interaction")
		return
	}
	b.ratings[rating.InteractionID] = *rating.Evaluation
	b.act(Action{Operation: operation(r)})
	success(w)
}

func success(w http.ResponseWriter) { _, _ = io.WriteString(w, `"Success"`) }

// satisfaction accepts one evaluation per session. That it refuses a second one with 409 is the fake's choice.
func (b *brokerState) satisfaction(w http.ResponseWriter, r *http.Request) {
	if missing(r, "LOCAL") != "" {
		problem(w, 400, "header LOCAL is missing")
		return
	}
	var body struct {
		Evaluation    *int   `json:"evaluation"`
		Answered      *int   `json:"answered"`
		UserComments  string `json:"userComments"`
		ExpireSession *bool  `json:"expireSession"`
	}
	err := json.NewDecoder(r.Body).Decode(&body)
	if err != nil || body.Evaluation == nil || body.Answered == nil || body.ExpireSession == nil {
		problem(w, 400, "evaluation, answered and expireSession are needed")
		return
	}
	given := syntphony.Satisfaction{
		Evaluation: *body.Evaluation, Answered: *body.Answered == 1, Comments: body.UserComments,
		ExpireSession: *body.ExpireSession, Locale: r.Header.Get("LOCAL"),
	}
	switch status := b.evaluate(r.PathValue("session"), given); status {
	case http.StatusOK:
		b.act(Action{Operation: operation(r), Conversation: r.PathValue("session"), Text: given.Comments})
		success(w)
	default:
		problem(w, status, "the session is over, or was evaluated before")
	}
}

func (b *brokerState) evaluate(code string, given syntphony.Satisfaction) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, done := b.satisfied[code]; done {
		return http.StatusConflict
	}
	if b.sessions[code] == nil {
		return http.StatusNotFound
	}
	b.satisfied[code] = given
	if given.ExpireSession {
		delete(b.sessions, code)
	}
	return http.StatusOK
}
