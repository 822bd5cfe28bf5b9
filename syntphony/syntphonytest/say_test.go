package syntphonytest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestAnswer_CardsFilesAndButtons(t *testing.T) {
	r := newRig(t)
	buttons := []syntphony.Button{
		{Name: "Yes", Value: "yes", Type: syntphony.ButtonTypeFlow},
		{Name: "Terms", Type: syntphony.ButtonTypeURL, Action: "https://example.com"},
	}
	card := syntphony.Card{
		Title: "Laptop", SubTitle: "16 inch", ImageURL: "https://example.com/a.png", Buttons: buttons[:1],
	}
	r.server.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		return syntphony.Reply{Answers: []syntphony.Answer{
			syntphonytest.Say("Order it, "+turn.UserRef+"?", buttons...),
			syntphonytest.Carousel(card), syntphonytest.File("https://example.com/a.pdf", "a.pdf"),
		}}
	})
	reply, err := r.client().NewSession(caller).Say(t.Context(), "hi")
	require.NoError(t, err)
	require.Len(t, reply.Answers, 3)
	text, _ := reply.Answers[0].Content.Text()
	assert.Equal(t, "Order it, ref?", text)
	assert.Equal(t, buttons, reply.Answers[0].Buttons)
	cards, _ := reply.Answers[1].Content.Cards()
	assert.Equal(t, []syntphony.Card{card}, cards)
	file, _ := reply.Answers[2].Content.File()
	assert.Equal(t, &syntphony.File{URL: "https://example.com/a.pdf", Name: "a.pdf"}, file)

	r.server.Answer(nil)
	reply, err = r.client().NewSession(caller).Say(t.Context(), "hi")
	require.NoError(t, err)
	text, _ = reply.Answers[0].Content.Text()
	assert.Equal(t, "You said: hi", text)
}
