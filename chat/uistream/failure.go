package uistream

import (
	"errors"
	"math"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// failure is the data of a "data-error" part, which precedes the "error" chunk of a turn that failed. It is also that
// of a "data-notice" part, which says what became of the message before.
type failure struct {
	// Class says what happened: one of the classes that the package's documentation lists.
	Class string `json:"class"`
	// Action is the next step of the user: "retry" (regenerate the answer, which repeats no message), "wait" (retry
	// after RetryAfter), "edit" (say it otherwise), or "none".
	Action string `json:"action"`
	// Said is "no" if the vendor did not get the message, "yes" if it did, and "unknown".
	Said string `json:"said"`
	// Message is for people. It is the text of the "error" chunk too.
	Message string `json:"message"`
	// RetryAfter is how many seconds to wait. It is 0 if the time is not known.
	RetryAfter int `json:"retryAfter,omitempty"`
}

// class is a kind of failure.
type class struct {
	name   string
	match  error
	action string
	said   string
	status int // of a response, if the failure comes before its beginning
	text   string
}

// The classes of failures, in the order in which an error is compared with them.
var (
	classNotDelivered = class{"not-delivered", chat.ErrNotDelivered, "retry", "no", 502,
		"Your message did not arrive. Please try again."}
	classAnswerFailed = class{"answer-failed", parley.ErrAnswerFailed, "edit", "yes", 502,
		"The assistant got your message but could not answer it. Please ask in other words."}
	classTimeout = class{"timeout", errTimeout, "retry", "unknown", 504,
		"The answer takes too long. Please look again later."}
	classTruncated = class{"truncated", parley.ErrTruncated, "edit", "yes", 502,
		"The answer broke off. Please ask for the rest."}
	classUnknown = class{"delivery-unknown", parley.ErrDeliveryUnknown, "edit", "unknown", 502,
		"The connection broke, and it is not known whether your message arrived. Please check before you repeat it."}
	classRateLimited = class{"rate-limited", parley.ErrRateLimited, "wait", "no", 429,
		"There are too many requests at the moment. Please try again later."}
	classInvalid = class{"invalid", parley.ErrInvalidArgument, "edit", "no", 400,
		"The assistant cannot take this message."}
	classUnsupported = class{"unsupported", chat.ErrUnsupported, "none", "no", 501,
		"The assistant cannot do this."}
	classBusy = class{"busy", ErrLocked, "wait", "no", 409,
		"Your last message is still being answered. Please wait for the answer."}
	classAnswered = class{"answered", chat.ErrAlreadySent, "edit", "yes", 409,
		"This message was answered before. Please write a new one."}
	classShutdown = class{"shutdown", errShutdown, "wait", "no", 503,
		"The service restarts. Please try again in a moment."}
	classUnavailable = class{"unavailable", nil, "retry", "no", 503,
		"The assistant is not available at the moment. Please try again later."}
)

func classes() []class {
	return []class{
		classNotDelivered, classAnswerFailed, classTimeout, classTruncated, classUnknown, classRateLimited,
		classInvalid,
		classUnsupported, classBusy, classAnswered, classShutdown,
	}
}

// classOf returns the class of an error.
func classOf(err error) class {
	for _, c := range classes() {
		if errors.Is(err, c.match) {
			return c
		}
	}
	return classUnavailable
}

// failed returns what to tell of an error.
func (h *Handler) failed(err error, locale string) failure {
	c := classOf(err)
	f := failure{Class: c.name, Action: c.action, Said: c.said, Message: h.text(c, locale)}
	if info, ok := parley.InfoOf(err); ok && info.RetryAfter > 0 {
		f.RetryAfter = int(math.Ceil(info.RetryAfter.Seconds()))
	}
	return f
}

// uncertain says that the vendor may have the message, and that a retry finds out.
func (f *failure) uncertain() {
	if f.Said == "no" {
		f.Said = "unknown"
	}
	if f.Action != "wait" {
		f.Action = "retry"
	}
}

// text returns what people read about a class.
func (h *Handler) text(c class, locale string) string {
	if h.config.ErrorText != nil {
		if text := h.config.ErrorText(c.name, locale); text != "" {
			return text
		}
	}
	return c.text
}
