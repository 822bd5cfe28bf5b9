package chat

import "strings"

// drafts collects the deltas of messages, so that a message which only came in pieces can be shown whole. The zero
// value is ready to use.
type drafts struct {
	order []*draft
	byID  map[string]*draft
}

// draft is a message that is being made.
type draft struct {
	event Event           // the message without its text
	text  strings.Builder // so far
	whole bool            // the message was emitted as a whole
}

// add collects an EventDelta or notes an EventMessage.
func (d *drafts) add(e Event) {
	if e.Kind != EventDelta && e.Kind != EventMessage {
		return
	}
	known := d.byID[e.ID]
	if known == nil {
		known = &draft{event: Event{Kind: EventMessage, ID: e.ID, Role: e.Role}}
		if d.byID == nil {
			d.byID = map[string]*draft{}
		}
		d.byID[e.ID] = known
		d.order = append(d.order, known)
	}
	if e.Replace {
		known.text.Reset()
	}
	known.text.WriteString(e.Text)
	known.whole = e.Kind == EventMessage
}

// whole reports whether the message with this ID was emitted as a whole.
func (d *drafts) whole(id string) bool { return d.byID[id] != nil && d.byID[id].whole }

// rest returns the messages of which only deltas came, in order.
func (d *drafts) rest() (messages []Event) {
	for _, known := range d.order {
		if !known.whole {
			known.event.Text = known.text.String()
			messages = append(messages, known.event)
		}
	}
	return messages
}
