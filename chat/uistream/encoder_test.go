package uistream_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// play returns what the strictest client makes of a script.
func play(t testing.TB, steps ...any) *uiMessage {
	t.Helper()
	_, s := newPair(t, always(steps...))
	return s.say("c1", "m1", "hello")
}

// types returns the types of a message's parts.
func (m *uiMessage) types() []string {
	var types []string
	for _, p := range m.Parts {
		types = append(types, p["type"].(string))
	}
	return types
}

func TestEncoder_DeltasAreOneTextPart(t *testing.T) {
	m := play(t, delta("Hel"), delta(""), delta("lo"))
	assert.Equal(t, []string{
		"start", "start-step", "text-start", "text-delta", "text-delta", "text-end", "finish-step", "finish",
	}, m.Types)
	assert.Equal(t, "Hello", m.text())
	assert.Equal(t, map[string]any{"finish": "stop", "id": "v1-2"}, m.Metadata)
}

func TestEncoder_WholeMessages(t *testing.T) {
	assert.Equal(t, "Hello", play(t, whole("Hello")).text())
	assert.Equal(t, "Hello", play(t, delta("Hel"), whole("Hello")).text())
	assert.Equal(t, "Hello", play(t, delta("Hello"), whole("Hello")).text())
	assert.Equal(t, "Hullo\nHello", play(t, delta("Hullo"), whole("Hello")).text(), "text cannot be taken back")
	assert.Equal(t, "Hel\ufffdlo", play(t, whole("Hel\xfflo")).text())
	assert.Equal(t, "<b>&\u2028", play(t, whole("<b>&\u2028")).text())
}

func TestEncoder_MessagesAreSteps(t *testing.T) {
	one, two := whole("One"), whole("Two")
	one.ID, two.ID = "1", "2"
	m := play(t, one, two)
	assert.Equal(t, "One\nTwo", m.text())
	assert.Equal(t, []string{
		"start", "start-step", "text-start", "text-delta", "text-end", "finish-step",
		"start-step", "text-start", "text-delta", "text-end", "finish-step", "finish",
	}, m.Types)
	d1, d2, d3 := delta("a"), delta("b"), delta("c")
	d1.ID, d2.ID, d3.ID = "1", "2", "1"
	assert.Equal(t, "ac\nb", play(t, d1, d2, d3).text())
}

func TestEncoder_ReplacedDeltasAreDrafts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBareSite(t, uistream.Config{Driver: newVendor(always(
			replace("Hel"), replace("Hell"), func() { time.Sleep(time.Second) }, delta("?"), whole("Hello!"),
		))})
		m := s.handle("c1", "m1", "hello")
		assert.Equal(t, "Hello!", m.text())
		drafts := 0
		for _, kind := range m.Types {
			if kind == "data-draft" {
				drafts++
			}
		}
		assert.Equal(t, 3, drafts, "the first, one after the interval, and the empty one at the end")
		assert.Equal(t, map[string]any{"text": ""}, m.part("data-draft")["data"])
	})
}

func replace(text string) chat.Event {
	return chat.Event{Kind: chat.EventDelta, Text: text, Replace: true}
}

func TestEncoder_ChoicesCardsFilesAndStatus(t *testing.T) {
	e := whole("Choose")
	e.Choices = []chat.Choice{
		{ID: "a", Label: "A"}, {Label: "Site", URL: "https://x.test"}, {Label: "Bad", URL: "javascript:alert(1)"},
	}
	e.Cards = []chat.Card{
		{Title: "T", Subtitle: "S", ImageURL: "https://x.test/i.png", Choices: []chat.Choice{{ID: "b", Label: "B"}}},
		{Title: "U", ImageURL: " JavaScript:x"},
	}
	e.Files = []chat.File{
		{URL: "https://x.test/f.pdf", MediaType: "application/pdf", Name: "f.pdf"}, {URL: "data:,x"},
		{ID: "7", Name: "g"},
	}
	m := play(t, chat.Event{Kind: chat.EventStatus, Status: chat.StatusThinking}, e)
	assert.Equal(t, []string{"text", "file", "file", "data-file", "data-cards", "data-choices"}, m.types())
	assert.Equal(t, map[string]any{"choices": []any{
		map[string]any{"id": "a", "label": "A"}, map[string]any{"label": "Site", "url": "https://x.test"},
	}}, m.part("data-choices")["data"])
	assert.Equal(t, map[string]any{"cards": []any{
		map[string]any{
			"title": "T", "subtitle": "S", "imageUrl": "https://x.test/i.png",
			"choices": []any{map[string]any{"id": "b", "label": "B"}},
		},
		map[string]any{"title": "U", "choices": []any{}},
	}}, m.part("data-cards")["data"])
	assert.Equal(t, map[string]any{"id": "7", "name": "g"}, m.part("data-file")["data"])
	assert.Equal(t, map[string]any{"status": "thinking"}, m.part("data-status")["data"])
	assert.Equal(t, "data-status", m.Types[0], "a status needs no message")
}

// A human's words never go into the text of a running answer.
func TestEncoder_OthersSpeakInPartsOfTheirOwn(t *testing.T) {
	human, notice := whole("I am Ann"), whole("You are number 3")
	human.Role, human.ID, notice.Role, notice.ID = chat.RoleHuman, "h", chat.RoleSystem, "n"
	ignored := delta("I am")
	ignored.Role, ignored.ID = chat.RoleHuman, "h"
	m := play(t, delta("Hel"), ignored, human, delta("lo"), notice)
	assert.Equal(t, "Hello", m.text())
	assert.Equal(t, []string{"text", "data-message", "data-message"}, m.types())
	said := m.Parts[1]["data"].(map[string]any)
	assert.Equal(t, "human", said["metadata"].(map[string]any)["role"])
	assert.Equal(t, "assistant", said["role"])
}

func TestEncoder_AFailureClosesWhatIsOpen(t *testing.T) {
	m := play(t, partEvent(`{"type":"reasoning-delta","id":"r","delta":"hm"}`), delta("Hel"), parley.ErrAnswerFailed)
	assert.Equal(t, "Hel", m.text())
	assert.Equal(t, []string{
		"start", "start-step", "reasoning-start", "reasoning-delta", "text-start", "text-delta", "text-end",
		"reasoning-end",
		"finish-step", "data-error", "error",
	}, m.Types)
	assert.Equal(t, m.Err, m.part("data-error")["data"].(map[string]any)["message"])
}

func TestEncoder_AFailureBeforeAnythingMakesNoMessage(t *testing.T) {
	assert.Equal(t, []string{"data-error", "error"}, play(t, parley.ErrAnswerFailed).Types)
}

func TestEncoder_AnEmptyAnswerIsAMessage(t *testing.T) {
	m := play(t, chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
	assert.Equal(t, []string{"start", "finish"}, m.Types)
	assert.Equal(t, "queued", m.Metadata["finish"])
}

// An answer that breaks off goes on with what Recover finds.
func TestEncoder_ABrokenAnswerGoesOn(t *testing.T) {
	other := whole("Something else")
	other.ID = "other"
	for name, c := range map[string]struct {
		found chat.Event
		text  string
	}{"alike": {whole("Hello, world"), "Hello, world"}, "otherwise": {other, "Hel\nSomething else"}} {
		t.Run(name, func(t *testing.T) {
			var v *vendor
			v, s := newPair(t, always(delta("Hel"), func() { v.answerWith(c.found) }, parley.ErrTruncated))
			m := s.say("c1", "m1", "hello")
			assert.Equal(t, c.text, m.text())
			assert.Empty(t, m.Err)
			assert.Equal(t, []string{"hello"}, v.said())
		})
	}
}

// Whatever a vendor emits, no client fails on it.
func TestEncoder_AnyEvents(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			var steps []any
			for range r.IntN(40) {
				steps = append(steps, anyEvent(r))
			}
			if r.IntN(3) == 0 {
				steps = append(steps, errors.Join(parley.ErrAnswerFailed, io.ErrUnexpectedEOF))
			}
			v, s := newPair(t, always(steps...))
			m := s.say("c1", "m1", "hello")
			assert.Len(t, v.said(), 1)
			again := s.say("c1", "m1", "hello")
			assert.Equal(t, m.text(), again.text())
			assert.Equal(t, m.types(), again.types())
			messages, err := s.messages("c1")
			require.NoError(t, err)
			assert.NotEmpty(t, messages)
		})
	}
}

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

func anyEvent(r *rand.Rand) chat.Event {
	id := pick(r, "a", "b", "c", "")
	e := chat.Event{
		ID: id, Text: pick(r, "", "x", "Hello", "\xff", "\r\n\ndata: x", strings.Repeat("y", 3000)),
		Role: pick(r, chat.RoleAssistant, chat.RoleAssistant, chat.RoleHuman, chat.RoleSystem, ""),
	}
	switch r.IntN(5) {
	case 0, 1:
		e.Kind, e.Replace = chat.EventDelta, r.IntN(6) == 0
	case 2:
		e.Kind = chat.EventMessage
		e.Choices = []chat.Choice{{ID: "1", Label: "L"}}[r.IntN(2):]
		e.Files = []chat.File{{URL: "https://x.test"}}[r.IntN(2):]
	case 3:
		return chat.Event{Kind: chat.EventStatus, Status: chat.Status(pick(r, "thinking", ""))}
	default:
		return partEvent(anyPart(r))
	}
	return e
}

func anyPart(r *rand.Rand) string {
	kinds := []string{
		"start", "finish", "abort", "error", "text-start", "text-delta", "data-x", "data-error", "data-", "source-url",
		"source-document", "file", "reasoning-start", "reasoning-delta", "reasoning-end", "tool-input-start",
		"tool-input-delta", "tool-input-available", "tool-input-error", "tool-output-available", "tool-output-error",
		"future", "", "tool-approval-request",
	}
	values := []string{
		"null", `"x"`, `""`, "true", "7", `{"a":[1]}`, `[]`, `"https://x.test"`, `"javascript:x"`,
	}
	var b strings.Builder
	fmt.Fprintf(&b, `{"type":%q`, pick(r, kinds...))
	members := slices.Clone([]string{
		"id", "delta", "text", "toolCallId", "toolName", "input", "output", "errorText", "url", "mediaType", "sourceId",
		"title",
		"filename", "data", "transient", "dynamic", "providerExecuted", "providerMetadata", "unheardOf",
		"inputTextDelta",
	})
	for _, member := range members {
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, `,%q:%s`, member, pick(r, values...))
		}
	}
	return b.String() + "}"
}

// The limit is 16 MiB, which the fourth piece exceeds.
func TestEncoder_AnAnswerThatIsTooLargeIsCutOff(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, func(string) []any {
		var steps []any
		for range 4 {
			steps = append(steps, delta(strings.Repeat("x", 4<<20)))
		}
		return steps
	})
	response := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello"))
	m := s.read(response)
	assert.NotEmpty(t, m.Err)
	assert.Len(t, v.said(), 1)
}

// Versions of a draft count once, so a long answer that is replaced again and again can be stored.
func TestEncoder_LongDraftsAreStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBareSite(t, uistream.Config{Driver: newVendor(func(string) []any {
			var steps []any
			for i := range 600 {
				steps = append(steps, replace(strings.Repeat("x", 100*i)),
					func() { time.Sleep(100 * time.Millisecond) })
			}
			return append(steps, whole(strings.Repeat("x", 60_000)))
		})})
		m := s.handle("c1", "m1", "hello")
		assert.Len(t, m.text(), 60_000)
		assert.Less(t, count(m.Types, "data-draft"), 150)
		assert.Len(t, s.handle("c1", "m1", "hello").text(), 60_000)
	})
}

func TestEncoder_AllTextsOfABrokenAnswerEnd(t *testing.T) {
	one, two := delta("a"), delta("b")
	one.ID, two.ID = "1", "2"
	m := play(t, one, two, parley.ErrTruncated)
	assert.Equal(t, count(m.Types, "text-start"), count(m.Types, "text-end"))
}
