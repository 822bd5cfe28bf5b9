package siteassist

import (
	"strconv"

	"github.com/seed-127a5941/parley/internal/lenient"
)

// decodePlainCompletion decodes an answer in the form that the vendor documents: each known member at most once and of
// the usual type, beside unknown ones. It takes a fifth of the time of encoding/json, which scans a step four times,
// because its types decode other forms too. It returns nil for any other form, valid or not.
func decodePlainCompletion(body []byte) *Completion {
	c := new(Completion)
	o := lenient.NewObject(body)
	for o.Next() {
		switch {
		case string(o.Key) == `"steps"` && c.Steps == nil:
			if !c.decodePlainSteps(o.Value) {
				return nil
			}
		case !o.IsOther("steps"):
			return nil
		}
	}
	if !o.Alone() {
		return nil
	}
	return c
}

func (c *Completion) decodePlainSteps(raw []byte) bool {
	c.Steps = []CompletionStep{}
	list := lenient.NewArray(raw)
	for list.Next() {
		c.Steps = append(c.Steps, CompletionStep{})
		if !c.Steps[len(c.Steps)-1].decodePlain(list.Value) {
			return false
		}
	}
	return list.Alone()
}

func (s *CompletionStep) decodePlain(raw []byte) bool {
	var content, reason, usage bool // whether the member came
	o := lenient.NewObject(raw)
	for o.Next() {
		var ok bool
		switch {
		case string(o.Key) == `"content"` && !content:
			content, ok = true, s.decodePlainContent(o.Value)
		case string(o.Key) == `"finishReason"` && !reason:
			reason = true
			s.FinishReason, ok = plainReason(o.Value)
		case string(o.Key) == `"usage"` && !usage:
			usage, ok = true, s.Usage.decodePlain(o.Value)
		default:
			ok = o.IsOther("content", "finishreason", "usage")
		}
		if !ok {
			return false
		}
	}
	return o.Alone()
}

func plainReason(value []byte) (FinishReason, bool) {
	if string(value) == `"stop"` {
		return FinishReasonStop, true
	}
	reason, ok := lenient.Text(value)
	return FinishReason(reason), ok
}

func (s *CompletionStep) decodePlainContent(raw []byte) bool {
	s.Content = []CompletionContent{}
	list := lenient.NewArray(raw)
	for list.Next() {
		s.Content = append(s.Content, CompletionContent{})
		if !s.Content[len(s.Content)-1].decodePlain(list.Value) {
			return false
		}
	}
	return list.Alone()
}

// decodePlain decodes a piece that has a type. A piece of type "text" must have a text.
func (c *CompletionContent) decodePlain(raw []byte) bool {
	var hasType, hasText bool
	o := lenient.NewObject(raw)
	for o.Next() {
		var ok bool
		switch {
		case string(o.Key) == `"type"` && !hasType:
			hasType = true
			c.Type, ok = plainType(o.Value)
		case string(o.Key) == `"text"` && !hasText:
			hasText = true
			c.Text, ok = lenient.Text(o.Value)
		default:
			ok = o.IsOther("type", "text")
		}
		if !ok {
			return false
		}
	}
	return hasType && (hasText || c.Type != typeText) && o.Alone()
}

func plainType(value []byte) (string, bool) {
	if string(value) == `"text"` {
		return typeText, true
	}
	return lenient.Text(value)
}

// decodePlain decodes counts of at most 15 digits.
func (u *Usage) decodePlain(raw []byte) bool {
	o := lenient.NewObject(raw)
	for o.Next() {
		count := u.member(o.Key)
		switch {
		case count != nil && *count == 0:
			n, err := strconv.Atoi(string(o.Value))
			if err != nil || len(o.Value) > 15 || !lenient.Valid(o.Value) {
				return false
			}
			*count = n
		case count != nil || !o.IsOther("inputtokens", "outputtokens", "totaltokens", "reasoningtokens",
			"cachedinputtokens"):
			return false
		}
	}
	return o.Alone()
}

// member returns the count with that quoted name, or nil.
func (u *Usage) member(name []byte) *int {
	switch string(name) {
	case `"inputTokens"`:
		return &u.InputTokens
	case `"outputTokens"`:
		return &u.OutputTokens
	case `"totalTokens"`:
		return &u.TotalTokens
	case `"reasoningTokens"`:
		return &u.ReasoningTokens
	case `"cachedInputTokens"`:
		return &u.CachedInputTokens
	}
	return nil
}
