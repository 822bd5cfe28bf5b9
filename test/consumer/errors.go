package consumer

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/syntphony"
)

// DeliveryHeader is set to "unknown" if the vendor may have acted on a question although its answer is missing. The
// page then asks its user before it sends the question again.
const DeliveryHeader = "X-Delivery"

// Status returns the HTTP status for the page, for an error of any vendor. The errors of package raia match those of
// all vendors, because they are the same values in all four packages.
func Status(err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, raia.ErrInvalidArgument):
		return http.StatusBadRequest
	case errors.Is(err, raia.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, raia.ErrRateLimited), errors.Is(err, raia.ErrPaymentRequired):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway // also if the help desk's own credentials are refused
}

// RetryAfter returns the wait that the vendor asks for. It is 0 if the vendor asks for no wait.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*raia.Error](err); ok {
		return e.RetryAfter
	}
	if e, ok := errors.AsType[*siteassist.Error](err); ok {
		return e.RetryAfter
	}
	if e, ok := errors.AsType[*syntphony.Error](err); ok {
		return e.RetryAfter
	}
	if e, ok := errors.AsType[*aisera.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// fail responds with an error. The page does not see its text, but the log does.
func fail(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	log.ErrorContext(r.Context(), "no answer", "error", err)
	if errors.Is(err, raia.ErrDeliveryUnknown) {
		w.Header().Set(DeliveryHeader, "unknown")
	}
	if wait := RetryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Round(time.Second).Seconds())))
	}
	http.Error(w, http.StatusText(Status(err)), Status(err))
}
