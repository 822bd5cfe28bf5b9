package aisera

// Mode is the state of a conversation, which a reply names in "modeType". It is an open set. A value that is not among
// the constants is kept as it came.
type Mode string

// These are the modes of the HTTP page. The WebSocket page also has FlowStarted, FlowCompleted, those of live agents
// and the errors.
const (
	ModeNormal                 Mode = "Normal" // knowledge base and small talk
	ModeFlowStarted            Mode = "FlowStarted"
	ModeFlowInProgress         Mode = "FlowInProgress"
	ModeFlowCompleted          Mode = "FlowCompleted"
	ModeLiveAgent              Mode = "LiveAgent"              // a live agent's message
	ModeLiveAgentWaiting       Mode = "LiveAgentWaiting"       // on the page: the agent waits for the user
	ModeLiveAgentWaitingUpdate Mode = "LiveAgentWaitingUpdate" // the user is in the queue for an agent
	ModeLiveAgentJoined        Mode = "LiveAgentJoined"
	ModeLiveAgentExited        Mode = "LiveAgentExited"
	ModeLiveAgentFileUpload    Mode = "LiveAgentFileUpload" // the agent asks for a file
	ModeError                  Mode = "Error"
	ModeExternalSystemError    Mode = "ExternalSystemError"
	ModeEndSessionSurvey       Mode = "EndSessionSurvey"
)

// These modes are on the WebSocket page only. That the streaming and campaign values are sent as "modeType" is
// inferred.
const (
	ModeLiveAgentTyping                  Mode = "LiveAgentTyping"
	ModeFormError                        Mode = "FormError"
	ModeSilentModeAnswerFound            Mode = "SilentModeAnswerFound"
	ModeSilentModeAnswered               Mode = "SilentModeAnswered"
	ModeSilentModeAnsweredConfidentially Mode = "SilentModeAnsweredConfidentially"
	ModeSilentModeFirstResponse          Mode = "SilentModeFirstResponse"
	ModeSilentModeResolved               Mode = "SilentModeResolved"
	ModeSilentModeEscalated              Mode = "SilentModeEscalated"
	ModeSilentModeTicketCreated          Mode = "SilentModeTicketCreated"
	ModeSilentModeCancelled              Mode = "SilentModeCancelled"
	ModeSilentModeFollowUp               Mode = "SilentModeFollowUp"
	ModeSilentModeConversationEnded      Mode = "SilentModeConversationEnded"
	// According to the page, the server never sends it.
	ModeSilentModeStopResponding Mode = "SilentModeStopResponding"
	ModeStatusUpdate             Mode = "StatusUpdate"
	ModeStreamingInProgress      Mode = "StreamingInProgress" // a part of a generated answer
	ModeStreamingCompleted       Mode = "StreamingCompleted"  // the end of a generated answer
	ModeCampaign                 Mode = "Campaign"
	ModeAskForApproval           Mode = "AskForApproval"
)

// final reports whether a frame of this mode ends an answer.
func (m Mode) final() bool {
	return m != ModeStatusUpdate && m != ModeStreamingInProgress && m != ModeLiveAgentTyping
}

// unsolicited reports whether frames of this mode come unsolicited and belong to no answer.
func (m Mode) unsolicited() bool {
	return m == ModeCampaign || m == ModeAskForApproval || m == ModeLiveAgentTyping
}

// broken reports whether the mode is an error of a call. FormError is not, because it is a step of the dialogue.
func (m Mode) broken() bool { return m == ModeError || m == ModeExternalSystemError }

// RequestType is the "type" that the WebSocket page lists for requests. Its place in the JSON and its sender are not
// documented. Message.Type puts it into "data".
type RequestType string

// These are the types of the WebSocket page.
const (
	RequestTypeLiveAgentPickUp    RequestType = "LiveAgentPickUp"
	RequestTypeLiveAgentCompleted RequestType = "LiveAgentCompleted"
	RequestTypeLiveAgentTransfer  RequestType = "LiveAgentTransfer"
	RequestTypeSessionTimeout     RequestType = "SessionTimeout"
	RequestTypeEndSessionSurvey   RequestType = "EndSessionSurvey"
)
