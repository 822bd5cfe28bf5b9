package chat

// fate says who yields a message of the list.
type fate int

const (
	undecided fate = iota // a turn may yield it yet
	yielded               // a turn has yielded it, or it is the user's
	presumed              // a turn of another process has probably yielded it
	unasked               // Events yields it
)

// look yields what is new in the list and reports whether there was any. It goes no further than to a message whose
// fate is undecided, because after is one place in the list, and a loop that begins there would lose a message that was
// left out before.
func (f *feed) look(lister Lister) (news bool, err error) {
	listing, err := f.c.list(f.ctx, lister)
	if err != nil {
		f.failed = true
		return false, err
	}
	fates := f.c.fates(listing)
	if !f.begun {
		f.begin(listing, fates)
	}
	for i, m := range listing.Messages {
		switch {
		case f.seen[m.ID] || m.Failed:
			continue
		case fates[i] == undecided:
			return news, nil
		case m.Unfinished:
			continue
		}
		f.seen[m.ID] = fates[i] != presumed
		if fates[i] != unasked {
			continue
		}
		news = true
		if err := f.emit(m.Event); err != nil {
			return news, err
		}
	}
	return news, nil
}

// begin marks the messages before the beginning of the loop as seen. A loop that begins now and whose first look has
// failed begins after the last message that was known then, because later ones would be lost otherwise. It does not
// mark a message whose fate is undecided either, because Recover may leave that message to Events.
func (f *feed) begin(listing Listing, fates []fate) {
	f.begun = true
	last := len(listing.Messages) - 1
	for ; last >= 0; last-- {
		id := listing.Messages[last].ID
		if id == f.after || f.after == "" && (!f.failed || f.known.has(id)) {
			break
		}
	}
	for i, m := range listing.Messages[:last+1] {
		f.seen[m.ID] = !m.Unfinished && (f.after != "" || fates[i] != undecided)
	}
}

// fates judges the messages of a listing. While a turn runs or a message is pending, a message of the agent may be the
// turn's.
//
// If this Conversation does not know a question, its answer is taken for one that a turn of another process has
// yielded. Where the vendor does not say what a message answers, only the first one after a question is an answer.
func (c *Conversation) fates(listing Listing) []fate {
	c.mu.Lock()
	defer c.mu.Unlock()
	busy := c.st.Pending != nil || len(c.turn) > 0
	if !busy {
		c.st.identify(usersOf(listing))
	}
	asked := questionsOf(listing)
	told, first := map[string]bool{}, map[string]string{} // by question: whether a turn has yielded an answer, its ID
	for i, m := range listing.Messages {
		told[asked[i]] = told[asked[i]] || c.st.Told.has(m.ID)
		if first[asked[i]] == "" {
			first[asked[i]] = m.ID
		}
	}
	fates := make([]fate, len(listing.Messages))
	for i, m := range listing.Messages {
		question := asked[i]
		switch {
		case m.Role == RoleUser, c.st.Told.has(m.ID):
			fates[i] = yielded
		case m.Role != RoleAssistant:
			fates[i] = unasked
		case busy:
			fates[i] = undecided
		case question == "", c.st.Late.has(question), m.AnswerTo == "" && (told[question] || first[question] != m.ID):
			fates[i] = unasked
		default:
			fates[i] = presumed
		}
	}
	return fates
}
