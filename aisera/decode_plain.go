package aisera

import "github.com/seed-127a5941/parley/internal/lenient"

// plainReply is a reply in the form in which the vendor's samples have it: each known member at most once and of the
// usual type, beside unknown ones. It is decoded in a third of the time that encoding/json needs.
type plainReply struct {
	top, data, header plainMembers
}

// plainMembers are the members of a reply at one level.
type plainMembers struct {
	mode, followUpID, requestID string
	answers                     []Answer

	seen [4]bool // mode, followUpID, requestID and answers came
	came bool    // the level itself came
}

// decodePlain decodes a reply in the usual form. It reports false for any other form, valid or not.
func decodePlain(raw []byte) (*Response, bool) {
	var p plainReply
	if !p.top.decode(raw, &p) {
		return nil, false
	}
	r := &Response{Raw: raw}
	for _, m := range [...]*plainMembers{&p.top, &p.data, &p.header} {
		r.setMissing(Mode(m.mode), m.answers, m.followUpID, m.requestID)
	}
	return r, true
}

// decode decodes one level. inner holds the levels below it. It is nil for these themselves.
func (m *plainMembers) decode(raw []byte, inner *plainReply) bool {
	if m.came {
		return false
	}
	m.came = true
	o := lenient.NewObject(raw)
	for o.Next() {
		if !m.set(&o, inner) {
			return false
		}
	}
	return o.Alone()
}

// set decodes the member at which o is.
func (m *plainMembers) set(o *lenient.Object, inner *plainReply) bool {
	switch value := o.Value; string(o.Key) {
	case `"modeType"`:
		return m.first(0) && setText(&m.mode, value)
	case `"followUpId"`:
		return m.first(1) && setText(&m.followUpID, value)
	case `"reqId"`:
		return m.first(2) && setText(&m.requestID, value)
	case `"answers"`:
		return m.first(3) && setAnswers(&m.answers, value)
	case `"data"`:
		return inner != nil && inner.data.decode(value, nil)
	case `"header"`:
		return inner != nil && inner.header.decode(value, nil)
	}
	return o.IsOther("modetype", "answers", "followupid", "reqid", "data", "header", "error", "errors")
}

// first reports whether a member comes for the first time.
func (m *plainMembers) first(member int) bool {
	again := m.seen[member]
	m.seen[member] = true
	return !again
}

// setText decodes a text or null.
func setText(text *string, value []byte) (ok bool) {
	if string(value) == "null" {
		return true
	}
	*text, ok = lenient.Text(value)
	return ok
}

// setAnswers decodes a list of objects with a text, or null.
func setAnswers(answers *[]Answer, value []byte) bool {
	if string(value) == "null" {
		return true
	}
	*answers = []Answer{}
	list := lenient.NewArray(value)
	for list.Next() {
		answer, ok := decodeAnswer(list.Value)
		if !ok {
			return false
		}
		*answers = append(*answers, answer)
	}
	return list.Alone()
}

// decodeAnswer decodes an object whose member "text" is a text or null, or is missing.
func decodeAnswer(raw []byte) (answer Answer, ok bool) {
	o := lenient.NewObject(raw)
	for o.Next() {
		if string(o.Key) == `"text"` {
			ok = setText(&answer.Text, o.Value)
		} else {
			ok = o.IsOther("text")
		}
		if !ok {
			return answer, false
		}
	}
	return answer, o.Alone()
}
