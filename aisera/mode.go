package aisera

// Mode is the state of a conversation that a reply names in "modeType". It is an open set: a value that is not among
// the constants is kept as it came.
type Mode string

// The modes of the HTTP page. FlowStarted, FlowCompleted, the live agent's and the errors stand on the WebSocket page
// too.
const (
	ModeNormal                 Mode = "Normal" // knowledge base and small talk
	ModeFlowStarted            Mode = "FlowStarted"
	ModeFlowInProgress         Mode = "FlowInProgress"
	ModeFlowCompleted          Mode = "FlowCompleted"
	ModeLiveAgent              Mode = "LiveAgent"              // a live agent's message
	ModeLiveAgentWaiting       Mode = "LiveAgentWaiting"       // the page: the agent waits for the user
	ModeLiveAgentWaitingUpdate Mode = "LiveAgentWaitingUpdate" // the user is in the queue for an agent
	ModeLiveAgentJoined        Mode = "LiveAgentJoined"
	ModeLiveAgentExited        Mode = "LiveAgentExited"
	ModeLiveAgentFileUpload    Mode = "LiveAgentFileUpload" // the agent asks for a file
	ModeError                  Mode = "Error"
	ModeExternalSystemError    Mode = "ExternalSystemError"
	ModeEndSessionSurvey       Mode = "EndSessionSurvey"
)

// The modes that stand on the WebSocket page only. That the streaming and campaign values are sent as "modeType" is
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
	ModeSilentModeStopResponding         Mode = "SilentModeStopResponding" // the page: the server never sends it
	ModeStatusUpdate                     Mode = "StatusUpdate"
	ModeStreamingInProgress              Mode = "StreamingInProgress" // a generated answer goes on
	ModeStreamingCompleted               Mode = "StreamingCompleted"  // and is complete
	ModeCampaign                         Mode = "Campaign"
	ModeAskForApproval                   Mode = "AskForApproval"
)

// final reports whether the frame of this mode ends an answer.
func (m Mode) final() bool {
	return m != ModeStatusUpdate && m != ModeStreamingInProgress && m != ModeLiveAgentTyping
}

// aside reports whether frames of this mode come on their own, and answer nothing.
func (m Mode) aside() bool {
	return m == ModeCampaign || m == ModeAskForApproval || m == ModeLiveAgentTyping
}

// broken reports whether the mode is the error of a call. FormError is a step of the dialogue instead.
func (m Mode) broken() bool { return m == ModeError || m == ModeExternalSystemError }

// RequestType is the "type" that the WebSocket page lists for requests. Where it stands in the JSON, and who sends it,
// is not documented: Message.Type puts it into "data".
type RequestType string

// The types of the WebSocket page.
const (
	RequestTypeLiveAgentPickUp    RequestType = "LiveAgentPickUp"
	RequestTypeLiveAgentCompleted RequestType = "LiveAgentCompleted"
	RequestTypeLiveAgentTransfer  RequestType = "LiveAgentTransfer"
	RequestTypeSessionTimeout     RequestType = "SessionTimeout"
	RequestTypeEndSessionSurvey   RequestType = "EndSessionSurvey"
)
