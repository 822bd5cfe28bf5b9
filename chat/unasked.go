package chat

// look yields what is new in the list and reports whether there was any.
func (f *feed) look(lister Lister) (news bool, err error) {
	listing, err := f.c.list(f.ctx, lister)
	if err != nil {
		f.failed = true
		return false, err
	}
	if !f.begun {
		f.begin(listing)
	}
	asked, answered := questionsOf(listing), map[string]bool{}
	for i, m := range listing.Messages {
		first := !answered[asked[i]]
		answered[asked[i]] = true
		if m.Unfinished || m.Failed || f.seen[m.ID] {
			continue
		}
		unasked, decided := f.c.unasked(m, asked[i], first)
		f.seen[m.ID] = decided
		if !unasked {
			continue
		}
		news = true
		if err := f.emit(m.Event); err != nil {
			return news, err
		}
	}
	return news, nil
}

// begin marks what came before the loop as seen. A loop that begins now and whose first look has failed begins after
// the last message that was known then, because what has come since would be lost otherwise.
func (f *feed) begin(listing Listing) {
	f.begun = true
	last := len(listing.Messages) - 1
	for ; last >= 0; last-- {
		id := listing.Messages[last].ID
		if id == f.after || f.after == "" && (!f.failed || f.known.has(id)) {
			break
		}
	}
	for _, m := range listing.Messages[:last+1] {
		f.seen[m.ID] = !m.Unfinished
	}
}

// unasked reports whether m is no answer that a turn yields. question is the ID of the user's message that m answers,
// or "", and first means that no other message before m answers it.
//
// While a turn runs or a message is pending, nobody knows yet whether the turn yields what the agent says. An answer
// that this Conversation knows nothing about is taken for one that a turn of another process has yielded. Where the
// vendor does not say what a message answers, only the first one after a question is taken for an answer.
func (c *Conversation) unasked(m Listed, question string, first bool) (unasked, decided bool) {
	if m.Role != RoleAssistant {
		return m.Role != RoleUser, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.st.Told.has(m.ID):
		return false, true
	case c.st.Pending != nil, len(c.turn) > 0:
		return false, false
	}
	return question == "" || m.AnswerTo == "" && !first || c.st.Late.has(question), true
}
