package chat

import (
	"cmp"
	"context"
	"slices"
)

// Listing is a conversation as the vendor stores it.
type Listing struct {
	// Messages are all messages of the conversation, oldest first. Each needs the vendor's ID.
	Messages []Listed
	// Queued means that a human answers from now on.
	Queued bool
}

// Listed is one message of a Listing.
type Listed struct {
	// Event is the message, an EventMessage.
	Event
	// AnswerTo is the vendor's id of the user's message that this message answers. If it is "", a message of the
	// assistant answers the user's last message before it, unless a human has spoken in between.
	AnswerTo string
	// Unfinished means that the message is still being made.
	Unfinished bool
	// Failed means that the vendor could not make the message. Text may say why.
	Failed bool
}

// index returns the index of the message with an ID, which must be there.
func (l Listing) index(id string) int {
	return slices.IndexFunc(l.Messages, func(m Listed) bool { return m.ID == id })
}

// usersOf returns the IDs of the user's messages, in order.
func usersOf(l Listing) (ids []string) {
	for _, m := range l.Messages {
		if m.Role == RoleUser {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// questionsOf returns for each message the ID of the user's message that it answers, or "".
func questionsOf(l Listing) []string {
	asked := make([]string, len(l.Messages))
	question := ""
	for i, m := range l.Messages {
		switch m.Role {
		case RoleUser:
			question = m.ID
		case RoleHuman:
			question = ""
		case RoleAssistant:
			asked[i] = cmp.Or(m.AnswerTo, question)
		}
	}
	return asked
}

// list reads the conversation and notes how far it goes.
func (c *Conversation) list(ctx context.Context, lister Lister) (Listing, error) {
	listing, err := lister.List(ctx)
	if n := len(listing.Messages); err == nil && n > 0 {
		c.mu.Lock()
		c.newest = listing.Messages[n-1].ID
		c.mu.Unlock()
	}
	return listing, err
}

// known returns the messages that were yielded or listed last.
func (c *Conversation) known() marks {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.st.Told.with(maxTold+2, c.st.Last.VendorID, c.newest)
}
