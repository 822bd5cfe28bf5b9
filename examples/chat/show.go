package main

import (
	"context"
	"iter"
	"strings"

	"github.com/seed-127a5941/parley/chat"
)

// show prints a turn while it arrives.
func (t *terminal) show(events iter.Seq2[chat.Event, error]) error {
	streamed := ""
	for e, err := range events {
		if err != nil {
			if streamed != "" {
				t.printf("\n")
			}
			return err
		}
		switch e.Kind {
		case chat.EventDelta:
			streamed = t.delta(e, streamed)
		case chat.EventMessage:
			if streamed != e.ID {
				t.printf("%s: %s", e.Role, e.Text)
			}
			t.printf("\n")
			streamed = ""
			t.offer(e)
		case chat.EventStatus:
			t.printf("(%s)\n", e.Status)
		case chat.EventDone:
			if e.Finish == chat.FinishUnanswered || e.Finish == chat.FinishLength {
				t.printf("(%s)\n", e.Finish)
			}
		}
	}
	return nil
}

// delta prints a piece of the message that is streamed. It returns the ID of that message.
func (t *terminal) delta(e chat.Event, streamed string) string {
	switch {
	case streamed != e.ID:
		t.printf("%s: %s", e.Role, e.Text)
	case e.Replace:
		t.printf("\r\033[K%s: %s", e.Role, e.Text)
	default:
		t.printf("%s", e.Text)
	}
	return e.ID
}

// offer prints the choices.
func (t *terminal) offer(e chat.Event) {
	t.choices = e.Choices
	for _, card := range e.Cards {
		t.printf("  [%s] %s\n", card.Title, card.Subtitle)
		t.choices = append(t.choices, card.Choices...)
	}
	for i, choice := range t.choices {
		t.printf("  %d) %s\n", i+1, strings.TrimSpace(choice.Label+" "+choice.URL))
	}
	for _, file := range e.Files {
		t.printf("  file %s %s\n", file.Name, file.URL)
	}
}

// listen prints unsolicited events until ctx ends.
func (t *terminal) listen(ctx context.Context) {
	leaving := false // a human has left, and the next event is the message about that
	for e, err := range t.conversation.Events(ctx, "") {
		switch {
		case err != nil:
			return // ctx has ended, or the vendor has no such events
		case e.Kind == chat.EventMessage:
			t.printf("%s: %s\n", e.Role, e.Text)
		case e.Kind == chat.EventStatus:
			t.printf("(%s)\n", e.Status)
		}
		if leaving && e.Kind == chat.EventMessage {
			select {
			case t.left <- struct{}{}:
			default:
			}
		}
		leaving = leaving && e.Kind != chat.EventMessage || e.Status == chat.StatusHumanLeft
	}
}
