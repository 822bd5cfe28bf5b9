package chat

import "time"

// expect notes messages of the user that no turn has brought an answer to. Events yields their answers if they come.
func (st *state) expect(ids ...string) {
	for _, id := range ids {
		if !st.Late.has(id) {
			st.Late, st.LateAt = st.Late.with(maxLate, id), time.Now()
		}
	}
}

// identify finds the last message by its number if its vendor's id is not known, and expects its answer.
func (st *state) identify(users []string) {
	if st.Last.Open && st.Said > 0 && len(users) >= st.Said {
		st.Last.Open = false
		st.expect(users[st.Said-1])
	}
}

// identify looks once for the vendor's id of a message that a human will answer. A list that does not show the message
// yet leaves it to later looks.
func (t *Turn) identify() {
	lister, ok := t.c.session.(Lister)
	p := t.c.pending()
	if !ok || !t.c.can.Recover || !t.message || t.finish != FinishQueued || p == nil || p.VendorID != "" {
		return
	}
	listing, err := t.c.list(t.ctx, lister)
	if err != nil {
		return
	}
	if found, at := t.c.locate(listing); found == arrived {
		t.accept(listing.Messages[at].ID)
	}
}

// expectsOther reports whether the answer to an earlier message may still come. Then an answer that does not say what
// it answers must not be taken for the answer to the last message.
func (st *state) expectsOther(listing Listing, life time.Duration) bool {
	if time.Since(st.LateAt) > life {
		return false
	}
	expected := false
	for _, m := range listing.Messages {
		switch m.Role {
		case RoleUser:
			if expected {
				return true
			}
			expected = st.Late.has(m.ID)
		case RoleAssistant:
			expected = false
		}
	}
	return false
}

// recount takes all messages of the user that the vendor shows for settled. Those beyond the settled ones were given
// up and have turned up since, so no turn yields their answers.
func (st *state) recount(listing Listing) {
	users, settled := usersOf(listing), st.Said
	st.identify(users)
	st.Last.Open = false
	if st.Unsure {
		settled = max(0, settled-1)
	}
	if len(users) > settled {
		st.expect(users[settled:]...)
	}
	st.Lost = max(0, st.Lost-max(0, len(users)-st.Said))
	st.Said = len(users)
}
