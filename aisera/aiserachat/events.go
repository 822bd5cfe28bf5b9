package aiserachat

import (
	"errors"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/chat"
)

// statuses are the modes that are changes of the Status.
var statuses = map[aisera.Mode]chat.Status{
	aisera.ModeStatusUpdate: chat.StatusThinking, aisera.ModeLiveAgentTyping: chat.StatusTyping,
	aisera.ModeLiveAgentWaiting: chat.StatusQueued, aisera.ModeLiveAgentWaitingUpdate: chat.StatusQueued,
	aisera.ModeLiveAgentJoined: chat.StatusHumanJoined, aisera.ModeLiveAgentExited: chat.StatusHumanLeft,
}

// tell emits a frame of the answer in d. The first one proves that the message arrived, and so it uses up the follow-up
// id that was sent with the message: Aisera answers an id that has expired with a closing text, every time.
func (s *session) tell(r *aisera.Response, first bool, d *draft, t *chat.Turn) error {
	live := s.follow(r, first, false)
	events := s.events(r, d) // before this returns, so that d has every part
	if err := t.Accepted(""); err != nil {
		return err
	}
	if r.Mode != aisera.ModeFormError { // that is a step of the dialogue
		if err := failure(r); err != nil {
			return err
		}
	}
	for _, e := range events {
		if err := t.Emit(e); err != nil {
			return err
		}
	}
	if live && r.Final() {
		return t.Emit(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
	}
	return nil
}

// failure is the error of an answer that Aisera could not give.
func failure(r *aisera.Response) error {
	err := r.Err()
	if err == nil || errors.Is(err, aisera.ErrAnswerFailed) || errors.Is(err, aisera.ErrDecode) {
		return err
	}
	return errors.Join(aisera.ErrAnswerFailed, err)
}

// bot reports whether the bot itself sends frames of this mode, and not a live agent. A flow may go on while a live
// agent is there, so its later frames count only if answers says that they may answer a message to the agent.
// StatusUpdate, the modes without a documented sender and unknown ones never count.
func bot(mode aisera.Mode, answers bool) bool {
	switch mode {
	case aisera.ModeNormal, aisera.ModeFlowStarted, aisera.ModeStreamingInProgress, aisera.ModeStreamingCompleted,
		aisera.ModeFormError, aisera.ModeEndSessionSurvey:
		return true
	case aisera.ModeFlowInProgress, aisera.ModeFlowCompleted:
		return answers
	}
	return false
}

// follow keeps the follow-up id for the next message, and reports whether a live agent answers it. If used is set, the
// former id was sent already. With unasked, r belongs to no turn. Such a frame of the bot shows that no live agent is
// there, also if no frame has said that the agent left: the agents may be offline, or that frame came while no
// connection was open. In a turn it does not show that, because the turn's message was not sent to an agent.
func (s *session) follow(r *aisera.Response, used, unasked bool) bool {
	s.following.Lock()
	defer s.following.Unlock()
	var known memory
	_ = s.mem.Get(&known) // Connect has read it
	if used || r.FollowUpID != "" {
		known.FollowUp = r.FollowUpID
	}
	switch {
	case r.Mode == aisera.ModeLiveAgentExited, unasked && bot(r.Mode, s.unanswered):
		known.Live, s.unanswered = false, false
	case r.LiveAgent():
		known.Live, s.unanswered = s.opts.WebSocket, false
	}
	if s.mem.Set(known) != nil { // the follow-up id is too long
		known.FollowUp = ""
		_ = s.mem.Set(known)
	}
	return known.Live
}

// events makes events of a response, which belongs to the answer in d. Its end is an EventMessage with the whole text,
// so that the choices of a frame without text do not stand for the answer.
func (s *session) events(r *aisera.Response, d *draft) (events []chat.Event) {
	if status, ok := statuses[r.Mode]; ok {
		events = append(events, chat.Event{Kind: chat.EventStatus, Status: status, Native: r})
	}
	e := chat.Event{Kind: chat.EventMessage, Text: r.Text(), Native: r}
	switch r.Mode {
	case aisera.ModeStatusUpdate, aisera.ModeLiveAgentTyping:
		return events
	case aisera.ModeStreamingInProgress:
		if e.Text == "" {
			return events
		}
		d.add(r, s.opts.Appends)
		e.Kind, e.Replace = chat.EventDelta, !s.opts.Appends
		return append(events, e)
	case aisera.ModeStreamingCompleted:
		d.add(r, s.opts.Appends)
		e.Text = d.end()
	case aisera.ModeLiveAgent, aisera.ModeLiveAgentFileUpload:
		e.Role = chat.RoleHuman
	case aisera.ModeLiveAgentWaiting, aisera.ModeLiveAgentWaitingUpdate, aisera.ModeLiveAgentJoined,
		aisera.ModeLiveAgentExited:
		e.Role = chat.RoleSystem
	default:
		if e.Text == "" && bot(r.Mode, true) {
			e.Text = d.end()
		}
	}
	if s.opts.Choices != nil {
		e.Choices = s.opts.Choices(r)
	}
	if e.Text != "" || len(e.Choices) > 0 {
		events = append(events, e)
	}
	return events
}
