package uistream

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/chat"
)

// encoder makes chunks of the events of a turn. It keeps account of the parts that are open, because a client fails on
// a delta without its start, and on one behind the end of the step.
type encoder struct {
	emit   func(chunk)
	answer string // ID of the message that the response makes

	started  bool
	inStep   bool
	spoken   bool                 // the step has a whole message
	texts    map[string]*textPart // by the ID of the message, those that are open
	cut      *textPart            // open part of an answer that broke off
	drafts   map[string]*draft
	thoughts map[string]bool // reasoning parts that are open
	tools    map[string]*toolCall
	made     int // how many IDs were made

	ids   []string     // of the vendor's messages
	whole []chat.Event // the whole messages
}

// textPart is a text that is being sent.
type textPart struct {
	id   string
	sent strings.Builder
}

// draft is the text of a message that is replaced while it is made.
type draft struct {
	text strings.Builder
	sent time.Time
}

const (
	// draftInterval is the shortest time between two versions of a draft.
	draftInterval = 100 * time.Millisecond
	// draftSize is how many bytes of a draft lengthen that time by once as much.
	draftSize = 4096
)

func newEncoder(answer string, emit func(chunk)) *encoder {
	return &encoder{
		emit: emit, answer: answer, texts: map[string]*textPart{}, drafts: map[string]*draft{},
		thoughts: map[string]bool{}, tools: map[string]*toolCall{},
	}
}

// event encodes an event that is not the last.
func (e *encoder) event(event chat.Event) {
	switch event.Kind {
	case chat.EventDelta:
		e.delta(event)
	case chat.EventMessage:
		e.message(event)
	case chat.EventStatus:
		e.put(chunk{Type: typeStatus, Data: map[string]any{"status": event.Status}, Transient: true})
	case chat.EventPart:
		e.vendor(event.Part)
	}
}

// put emits a chunk that is no part of the message's text, which may come at any time.
func (e *encoder) put(c chunk) {
	if !c.Transient {
		e.start()
	}
	e.emit(c)
}

// part emits a chunk of the step.
func (e *encoder) part(c chunk) {
	e.start()
	if !e.inStep {
		e.inStep = true
		e.emit(chunk{Type: "start-step"})
	}
	e.emit(c)
}

// start begins the message with its first part. Until then a page shows that the answer is awaited, and an earlier
// part of it stays visible.
func (e *encoder) start() {
	if !e.started {
		e.started = true
		e.emit(chunk{Type: "start", MessageID: e.answer})
	}
}

func (e *encoder) delta(event chat.Event) {
	switch {
	case event.Role != chat.RoleAssistant:
	case event.Replace || e.drafts[event.ID] != nil:
		e.draft(event)
	case event.Text != "":
		e.nextMessage(event.ID)
		e.text(e.open(event.ID), event.Text)
	}
}

// draft sends the text so far as a data part, because text cannot be taken back.
func (e *encoder) draft(event chat.Event) {
	d := e.drafts[event.ID]
	if d == nil {
		d = &draft{}
		e.drafts[event.ID] = d
	}
	if event.Replace {
		d.text.Reset()
	}
	d.text.WriteString(event.Text)
	// A long draft is sent less often, so that all versions of it together need little memory.
	interval := draftInterval * time.Duration(1+d.text.Len()/draftSize)
	if now := time.Now(); now.Sub(d.sent) >= interval {
		d.sent = now
		e.put(chunk{Type: typeDraft, ID: event.ID, Data: map[string]any{"text": d.text.String()}})
	}
}

// open returns the open text part of a message.
func (e *encoder) open(id string) *textPart {
	p := e.texts[id]
	if p == nil {
		e.made++
		p = &textPart{id: fmt.Sprint("text-", e.made)}
		e.texts[id] = p
		e.part(chunk{Type: "text-start", ID: p.id})
	}
	return p
}

func (e *encoder) text(p *textPart, delta string) {
	p.sent.WriteString(delta)
	e.part(chunk{Type: "text-delta", ID: p.id, Delta: delta})
}

func (e *encoder) endText(id string) {
	if p := e.texts[id]; p != nil {
		delete(e.texts, id)
		e.part(chunk{Type: "text-end", ID: p.id})
	}
}

// nextMessage begins another step if the message with this ID follows a whole one.
func (e *encoder) nextMessage(id string) {
	if e.spoken && e.texts[id] == nil {
		e.endStep()
	}
}

// message sends what of a whole message was not sent yet.
func (e *encoder) message(event chat.Event) {
	e.whole = append(e.whole, event)
	switch event.Role {
	case chat.RoleHuman, chat.RoleUser, chat.RoleSystem:
		e.put(chunk{Type: typeMessage, ID: event.ID, Data: uiMessage(event)})
		return
	}
	e.ids = append(e.ids, event.ID)
	e.resume(event)
	e.nextMessage(event.ID)
	e.rest(event)
	if e.drafts[event.ID] != nil {
		delete(e.drafts, event.ID)
		e.put(chunk{Type: typeDraft, ID: event.ID, Data: map[string]any{"text": ""}})
	}
	event.Text = ""
	for _, p := range partsOf(event) {
		if p.Type == "file" {
			e.part(chunk{Type: p.Type, URL: p.URL, MediaType: p.MediaType})
		} else {
			e.part(chunk{Type: p.Type, ID: p.ID, Data: p.Data})
		}
	}
	e.spoken = true
}

// rest sends the text of a whole message beyond its deltas. If the deltas said something else, the whole text follows
// them.
func (e *encoder) rest(event chat.Event) {
	sent := ""
	if p := e.texts[event.ID]; p != nil {
		sent = p.sent.String()
	}
	rest, ok := strings.CutPrefix(event.Text, sent)
	if !ok {
		e.endText(event.ID)
	}
	if rest != "" {
		e.text(e.open(event.ID), rest)
	}
	e.endText(event.ID)
}

// broken says that the answer broke off and will be looked for.
func (e *encoder) broken() {
	ids := e.openTexts()
	for i, id := range ids {
		if i < len(ids)-1 {
			e.endText(id)
			continue
		}
		e.cut = e.texts[id]
		delete(e.texts, id)
	}
}

// resume lets a whole message that was found go on where the answer broke off, if it begins alike.
func (e *encoder) resume(event chat.Event) {
	if e.cut == nil {
		return
	}
	p := e.cut
	e.cut = nil
	if e.texts[event.ID] == nil && strings.HasPrefix(event.Text, p.sent.String()) {
		e.texts[event.ID] = p
		return
	}
	e.part(chunk{Type: "text-end", ID: p.id})
	e.endStep()
}

func (e *encoder) openTexts() []string {
	ids := make([]string, 0, len(e.texts))
	for id := range e.texts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// endStep closes the open parts and the step.
func (e *encoder) endStep() {
	if e.cut != nil {
		e.part(chunk{Type: "text-end", ID: e.cut.id})
		e.cut = nil
	}
	for _, id := range e.openTexts() {
		e.endText(id)
	}
	for id := range e.thoughts {
		e.endReasoning(id)
	}
	if e.inStep {
		e.emit(chunk{Type: "finish-step"})
	}
	e.inStep, e.spoken = false, false
}

// finish ends the response of a turn that ended well.
func (e *encoder) finish(done chat.Event) {
	e.start()
	e.endStep()
	e.emit(chunk{Type: "finish", MessageMetadata: metadata{ID: done.ID, Finish: done.Finish}})
}

// notice tells of a message before that of the response.
func (e *encoder) notice(f failure) {
	e.put(chunk{Type: typeNotice, Data: f})
}

// fail ends the response of a turn that failed. A client drops all chunks behind an error.
func (e *encoder) fail(f failure) {
	if e.started {
		e.endStep()
	}
	e.emit(chunk{Type: typeError, Data: f, Transient: true})
	e.emit(chunk{Type: "error", ErrorText: f.Message})
}
