package auth

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"time"
)

// grant holds the members that count of a token endpoint's response.
type grant struct {
	accessToken  string
	life         time.Duration // zero if the server did not name it
	refreshToken string        // empty if the server did not issue one
	refreshLife  time.Duration // zero if it is unknown, which does not mean that it never ends
	errorCode    string
}

// parseGrant reads body whatever the status and the content type. A member of another type than documented counts as
// absent, so that a life of 299.5 seconds, or a description that is not a text, costs neither a good token nor an error
// code.
func parseGrant(body []byte) grant {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return parseFormGrant(body)
	}
	return grant{
		accessToken: textOf(members["access_token"]), life: lifeOf(members["expires_in"]),
		refreshToken: textOf(members["refresh_token"]), refreshLife: lifeOf(members["refresh_expires_in"]),
		errorCode: textOf(members["error"]),
	}
}

// parseFormGrant reads a response in the form encoding, which some old servers send.
func parseFormGrant(body []byte) grant {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return grant{}
	}
	return grant{
		accessToken: form.Get("access_token"), life: parseSeconds(form.Get("expires_in")),
		refreshToken: form.Get("refresh_token"), refreshLife: parseSeconds(form.Get("refresh_expires_in")),
		errorCode: form.Get("error"),
	}
}

func textOf(raw json.RawMessage) (text string) {
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// lifeOf reads a number of seconds, or a text that holds one.
func lifeOf(raw json.RawMessage) time.Duration {
	if text := textOf(raw); text != "" {
		return parseSeconds(text)
	}
	return parseSeconds(string(raw))
}

// parseSeconds returns whole seconds, at least one. It returns zero if text is not a number or is out of range.
func parseSeconds(text string) time.Duration {
	const century = 100 * 365 * 24 * 3600
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0 && seconds < century) {
		return 0
	}
	return max(time.Duration(seconds)*time.Second, time.Second)
}
