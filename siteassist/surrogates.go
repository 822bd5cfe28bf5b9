package siteassist

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed-127a5941/parley/internal/lenient"
)

const (
	replacement = string(utf8.RuneError) // the text that encoding/json decodes half of a surrogate pair to
	escapeSize  = len(`\ud83d`)

	textDelta = `"delta"` // the member of a chunk that holds the text
	toolDelta = `"inputTextDelta"`
)

// surrogateHalves joins characters that were cut in two. A token of the model may end inside of a character. Then two
// deltas hold one half of a surrogate pair each, as JSON escapes. The first half is kept until the delta with the
// second half comes.
type surrogateHalves struct {
	waiting map[deltaKey]rune
}

// deltaKey names the target of a delta: the text, the reasoning or the tool's input with an id.
type deltaKey struct{ member, kind, id string }

// deltaOf returns the text of a delta chunk and its target. The text is nil for any other chunk.
func deltaOf(chunk Chunk) (key deltaKey, text *string) {
	switch c := chunk.(type) {
	case *TextDeltaChunk:
		return deltaKey{textDelta, "text", c.ID}, &c.Delta
	case *ReasoningDeltaChunk:
		return deltaKey{textDelta, "reasoning", c.ID}, &c.Delta
	case *ToolInputDeltaChunk:
		return deltaKey{toolDelta, "tool-input", c.ToolCallID}, &c.InputTextDelta
	}
	return deltaKey{}, nil
}

// join moves the first half of a character from the end of a delta to the beginning of the next one, if that begins
// with the second half. Raw stays as sent.
func (h *surrogateHalves) join(chunk Chunk) {
	key, text := deltaOf(chunk)
	if text == nil || *text == "" || len(h.waiting) == 0 && !strings.Contains(*text, replacement) {
		return
	}
	low, high := surrogateEdges(*chunk.kept(), key.member)
	if first, ok := h.waiting[key]; ok {
		delete(h.waiting, key)
		if low == 0 {
			*text = replacement + *text
		} else {
			*text = string(utf16.DecodeRune(first, low)) + strings.TrimPrefix(*text, replacement)
		}
	}
	if high != 0 && strings.HasSuffix(*text, replacement) {
		*text = strings.TrimSuffix(*text, replacement)
		h.wait(key, high)
	}
}

func (h *surrogateHalves) wait(key deltaKey, high rune) {
	if h.waiting == nil {
		h.waiting = map[deltaKey]rune{}
	}
	h.waiting[key] = high
}

// lost returns a delta for each first half whose second half can no longer come, because chunk ends its text or the
// answer. A nil chunk stands for the end of the answer. The delta holds U+FFFD for the half, as encoding/json does. It
// has no Raw, because the server sent the half in an earlier chunk.
func (h *surrogateHalves) lost(chunk Chunk) (deltas []Chunk) {
	if len(h.waiting) == 0 {
		return nil
	}
	ends, ended := endOf(chunk)
	for _, key := range slices.SortedFunc(maps.Keys(h.waiting), deltaKey.compare) {
		if ended || key == ends {
			deltas = append(deltas, key.delta(replacement))
			delete(h.waiting, key)
		}
	}
	return deltas
}

// endOf returns the target whose deltas chunk ends. all reports that chunk is a finish chunk, which ends all of them.
func endOf(chunk Chunk) (key deltaKey, all bool) {
	switch c := chunk.(type) {
	case nil, *FinishChunk:
		return deltaKey{}, true
	case *TextEndChunk:
		return deltaKey{textDelta, "text", c.ID}, false
	case *ReasoningEndChunk:
		return deltaKey{textDelta, "reasoning", c.ID}, false
	case *ToolInputAvailableChunk:
		return deltaKey{toolDelta, "tool-input", c.ToolCallID}, false
	case *ToolInputErrorChunk:
		return deltaKey{toolDelta, "tool-input", c.ToolCallID}, false
	}
	return deltaKey{}, false
}

// delta returns a delta chunk for the target k that holds text.
func (k deltaKey) delta(text string) Chunk {
	switch k.kind {
	case "reasoning":
		return &ReasoningDeltaChunk{ID: k.id, Delta: text}
	case "tool-input":
		return &ToolInputDeltaChunk{ToolCallID: k.id, InputTextDelta: text}
	}
	return &TextDeltaChunk{ID: k.id, Delta: text}
}

func (k deltaKey) compare(other deltaKey) int {
	return cmp.Or(strings.Compare(k.kind, other.kind), strings.Compare(k.id, other.id))
}

// surrogateEdges looks at a string member of the JSON object raw. It returns the second half of a pair if the string
// begins with one, and the first half if the string ends with one. Otherwise it returns zero for them.
func surrogateEdges(raw []byte, member string) (low, high rune) {
	var content string
	for o := lenient.NewObject(raw); o.Next(); {
		if string(o.Key) == member && len(o.Value) >= 2 {
			content = string(o.Value[1 : len(o.Value)-1])
		}
	}
	if len(content) < escapeSize {
		return 0, 0
	}
	low = surrogate(content[:escapeSize], 0xdc00)
	head, tail := content[:len(content)-escapeSize], content[len(content)-escapeSize:]
	if trimmed := strings.TrimRight(head, `\`); (len(head)-len(trimmed))%2 == 0 {
		high = surrogate(tail, 0xd800)
	}
	return low, high
}

// surrogate returns the value of a JSON escape if that is one of the 1024 surrogates from first on. Otherwise it
// returns zero.
func surrogate(escape string, first rune) rune {
	if !strings.HasPrefix(escape, `\u`) {
		return 0
	}
	value, err := strconv.ParseUint(escape[2:], 16, 16)
	if r := rune(value); err == nil && r >= first && r < first+0x400 {
		return r
	}
	return 0
}
