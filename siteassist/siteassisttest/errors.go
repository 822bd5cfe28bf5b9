package siteassisttest

import (
	"encoding/json"
	"net/http"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
)

// documented holds the vendor's example of one error.
type documented struct {
	status  int
	message string
	details map[string]any
}

func errorOf(code siteassist.ErrorCode) documented {
	type free = map[string]any
	switch code {
	case siteassist.CodeInvalidRequestBody:
		return documented{400, "Invalid request body. Content is required.", free{"field": "content"}}
	case siteassist.CodeUnauthorized:
		return documented{401, "Authentication required", nil}
	case siteassist.CodePaymentRequired:
		return documented{402, "A higher pricing plan is required to access this feature",
			free{"currentPlan": "free", "requiredPlan": "pro", "feature": "advanced_ai_models"}}
	case siteassist.CodeForbidden:
		return documented{403, "Access denied to this conversation", nil}
	case siteassist.CodeConversationNotFound:
		return documented{
			404, "Conversation not found!", free{"conversationId": "123e4567-e89b-12d3-a456-426614174000"},
		}
	case siteassist.CodeConflict:
		return documented{409, "Resource already exists", free{"resource": "conversation", "conflictingField": "id"}}
	case siteassist.CodeValidationError:
		return documented{422, "Validation failed",
			free{"field": "content", "reason": "Content exceeds maximum length of 10000 characters"}}
	case siteassist.CodeRateLimitExceeded:
		return documented{429, "Rate limit exceeded. Please try again later.", free{"retryAfter": 60}}
	case siteassist.CodeBadGateway:
		return documented{502, "Service temporarily unavailable", free{"service": "ai_model_service"}}
	case siteassist.CodeServiceUnavailable:
		return documented{503, "Service temporarily unavailable", free{"retryAfter": 30}}
	}
	return documented{500, "An internal server error occurred", nil}
}

func (d documented) body(code siteassist.ErrorCode) map[string]any {
	inner := map[string]any{"message": d.message, "code": code}
	if d.details != nil {
		inner["details"] = d.details
	}
	return map[string]any{"error": inner}
}

// Documented returns the failure that the vendor's pages show for a code: its status and its body. For a code that they
// do not show, the status is 500.
func Documented(code siteassist.ErrorCode) Failure {
	d := errorOf(code)
	body, _ := json.Marshal(d.body(code)) // never fails for strings and numbers
	return Failure{Status: d.status, Body: string(body)}
}

// refuse responds with the documented error of code.
func refuse(w http.ResponseWriter, code siteassist.ErrorCode) {
	d := errorOf(code)
	fakeserver.JSON(w, d.status, d.body(code))
}
