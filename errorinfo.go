package parley

import (
	"errors"
	"fmt"
	"time"
)

// Delivery says whether the vendor acted on a call that failed.
type Delivery int

// The outcomes that a failed call can have for the vendor.
const (
	// DeliveryNone means that the vendor did not act on the call, or that the operation may be repeated without harm.
	// Making the call again does no harm. It need not help: an invalid argument or a wrong key fails again.
	DeliveryNone Delivery = iota
	// DeliveryUnknown means that the vendor may have acted on the call. Making it again may do it twice.
	DeliveryUnknown
	// DeliveryDone means that the vendor acted on the call and says that it could not answer. Do not make it again.
	DeliveryDone
)

// String returns "none", "unknown" or "done".
func (d Delivery) String() string {
	switch d {
	case DeliveryNone:
		return "none"
	case DeliveryUnknown:
		return "unknown"
	case DeliveryDone:
		return "done"
	}
	return fmt.Sprintf("Delivery(%d)", int(d))
}

// ErrorInfo describes a call that failed, in one form for all vendors. It holds no credential, query or body.
type ErrorInfo struct {
	// Vendor is the name of the package: "aisera", "raia", "siteassist" or "syntphony".
	Vendor string
	// Operation is the vendor and the operation, such as "raia: get conversation".
	Operation string
	// Method is the HTTP method, such as "GET". It is "WS" for a frame over a WebSocket.
	Method string
	// Path is the template of the path, such as "/conversations/{id}". It is "" for a frame over a WebSocket.
	Path string
	// StatusCode is the status of the response. It is 0 if there was no response.
	StatusCode int
	// Code is the vendor's code. It is "" if the vendor did not send one.
	Code string
	// Message is the vendor's message with credentials redacted. It is "" if the vendor did not send one.
	Message string
	// RequestID is the id that the server or a proxy in front of it gave the request. It is "" if the response names no
	// id.
	RequestID string
	// RetryAfter is how long the server asks to wait. It is 0 if the server named no wait.
	RetryAfter time.Duration
	// Attempts is the number of attempts, those that did not reach the vendor included.
	Attempts int
	// Delivery says whether the vendor acted on the call.
	Delivery Delivery
}

// informer is an error of a call. The errors of the vendor packages and of the transport implement it.
type informer interface {
	error
	ErrorInfo() ErrorInfo
}

// InfoOf returns the description of the failed call that err holds. It reports false if err is not the error of a call,
// such as nil or an error of NewClient. If err joins the errors of several calls, InfoOf describes the first one, depth
// first.
func InfoOf(err error) (ErrorInfo, bool) {
	source, ok := errors.AsType[informer](err)
	if !ok {
		return ErrorInfo{}, false
	}
	info := source.ErrorInfo()
	info.Delivery = deliveryOf(source)
	return info, true
}

func deliveryOf(err error) Delivery {
	switch {
	case errors.Is(err, ErrAnswerFailed):
		return DeliveryDone
	case errors.Is(err, ErrDeliveryUnknown):
		return DeliveryUnknown
	}
	return DeliveryNone
}
