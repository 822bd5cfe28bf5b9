package aiserachat

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/aisera"
)

func part(id, text string) *aisera.Response {
	return &aisera.Response{
		RequestID: id, Mode: aisera.ModeStreamingInProgress, Answers: []aisera.Answer{{Text: text}},
	}
}

// Answers that overlap do not mix.
func TestDrafts_EachAnswerHasItsOwn(t *testing.T) {
	var ds drafts
	for _, p := range []*aisera.Response{part("a", "1"), part("b", "2"), part("a", "3"), part("", "4")} {
		ds.of(p).add(p, true)
	}
	assert.Equal(t, "13", ds.of(part("a", "")).end())
	assert.Equal(t, "2", ds.of(part("b", "")).end())
	assert.Equal(t, "4", ds.of(&aisera.Response{}).end())
	ds.drop("b")
	assert.Len(t, ds.all, 2)
}

// Answers that never end fill no memory, and do not come before a later answer.
func TestDrafts_AreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ds drafts
		for n := range 100 {
			p := part(strconv.Itoa(n), "x")
			ds.of(p).add(p, true)
		}
		assert.Len(t, ds.all, mostDrafts)
		time.Sleep(draftLife)
		assert.Equal(t, "x", ds.of(part("99", "")).text.String())
		time.Sleep(time.Nanosecond)
		assert.Empty(t, ds.of(part("99", "")).text.String())
	})
}

// A part that repeats the text so far and has none carries only choices.
func TestDraft_APartWithoutTextVoidsNothing(t *testing.T) {
	var d draft
	d.add(part("", "Hello"), false)
	d.add(part("", ""), false)
	assert.Equal(t, "Hello", d.end())
	assert.Empty(t, d.end())
}
