package syntphony

import (
	"encoding/json"

	"github.com/seed-127a5941/parley/internal/lenient"
)

// These numbers stand for a member that is not known, and for one that some decoder may take for a known one.
const (
	otherMember   = -1
	unclearMember = -2
)

// DecodePlain decodes a reply in the form in which the vendor's pages show it: each known member at most once and of
// the usual type, beside unknown ones. It takes a third of the time of encoding/json. The contents of the answers and
// the contexts refer to raw.
func (w *wireReply) DecodePlain(raw []byte) bool {
	if decodeMembers(raw, w.member) {
		return true
	}
	*w = wireReply{}
	return false
}

// decodeMembers decodes the members of an object. member returns the number of a known one, and the address of its
// field. It returns otherMember or unclearMember for any other.
func decodeMembers(raw []byte, member func(name []byte) (number int, field any)) bool {
	var seen uint64
	o := lenient.NewObject(raw)
	for o.Next() {
		number, field := member(o.Key)
		switch {
		case number == unclearMember, number == otherMember && !lenient.Valid(o.Value):
			return false
		case number == otherMember:
			continue
		case seen&(1<<number) != 0 || !decodeMember(lenient.Trim(o.Value), field):
			return false
		}
		seen |= 1 << number
	}
	return o.Alone()
}

// decodeMember decodes a value into a field.
func decodeMember(value []byte, field any) (ok bool) {
	switch field := field.(type) {
	case *json.RawMessage:
		*field, ok = value[:len(value):len(value)], lenient.Valid(value)
		return ok
	case *Content:
		field.Raw, ok = value[:len(value):len(value)], lenient.Valid(value)
		return ok
	}
	if string(value) == "null" {
		return true
	}
	switch field := field.(type) {
	case *string:
		*field, ok = lenient.Text(value)
	case *bool:
		*field = string(value) == "true"
		ok = *field || string(value) == "false"
	case *[]Answer:
		ok = decodeAnswers(value, field)
	default:
		ok = lenient.Unmarshal(value, field) == nil
	}
	return ok
}

func decodeAnswers(value []byte, answers *[]Answer) bool {
	*answers = []Answer{}
	list := lenient.NewArray(value)
	for list.Next() {
		*answers = append(*answers, Answer{})
		if !decodeMembers(list.Value, (&(*answers)[len(*answers)-1]).member) {
			return false
		}
	}
	return list.Alone()
}

// unknownMember returns the number for a member whose name is not one of known as it is written.
func unknownMember(name []byte, known ...string) (number int, field any) {
	if lenient.IsOther(name, known...) {
		return otherMember, nil
	}
	return unclearMember, nil
}

func (w *wireReply) member(name []byte) (number int, field any) {
	switch string(name) {
	case `"text"`:
		return 0, &w.Text
	case `"sessionCode"`:
		return 1, &w.SessionCode
	case `"userInteractionUUID"`:
		return 2, &w.UserInteractionID
	case `"userInput"`:
		return 3, &w.UserInput
	case `"answers"`:
		return 4, &w.Answers
	case `"context"`:
		return 5, &w.Context
	case `"contextReadOnly"`:
		return 6, &w.ContextReadOnly
	case `"nlpResponse"`:
		return 7, &w.NLP
	case `"intent"`:
		return 8, &w.Intent
	case `"confidence"`:
		return 9, &w.Confidence
	}
	return unknownMember(name, "text", "sessioncode", "userinteractionuuid", "userinput", "answers", "context",
		"contextreadonly", "nlpresponse", "intent", "confidence")
}

func (a *Answer) member(name []byte) (number int, field any) {
	switch string(name) {
	case `"type"`:
		return 0, (*string)(&a.Type)
	case `"content"`:
		return 1, &a.Content
	case `"technicalText"`:
		return 2, &a.TechnicalText
	case `"buttons"`:
		return 3, &a.Buttons
	case `"quickReply"`:
		return 4, &a.QuickReplies
	case `"description"`:
		return 5, &a.Description
	case `"interactionId"`:
		return 6, &a.InteractionID
	case `"evaluable"`:
		return 7, &a.Evaluable
	case `"masked"`:
		return 8, &a.Masked
	}
	return unknownMember(name, "type", "content", "technicaltext", "buttons", "quickreply", "description",
		"interactionid", "evaluable", "masked")
}
