package parley

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestToken_JSONReadsBack(t *testing.T) {
	at := time.Date(2026, 11, 25, 20, 0, 0, 123456789, time.UTC)
	for _, token := range []Token{
		{},
		{AccessToken: "a"},
		{AccessToken: "a", RefreshToken: "r", Expiry: at, RefreshExpiry: at.Add(time.Hour)},
	} {
		encoded, err := json.Marshal(token)
		require.NoError(t, err)
		var again Token
		require.NoError(t, json.Unmarshal(encoded, &again))
		assert.Equal(t, token, again, "%s", encoded)
	}
}

func TestToken_PrintsNoSecret(t *testing.T) {
	token := Token{AccessToken: "access-secret", RefreshToken: "refresh-secret", Expiry: time.Unix(0, 0).UTC()}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("token", "token", token, "pointer", &token)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		_, _ = fmt.Fprintf(&log, verb+verb, token, &token)
		_, _ = fmt.Fprintf(&log, verb, struct{ Token Token }{token})
	}
	assert.Contains(t, log.String(), "[redacted]")
	assert.Contains(t, fmt.Sprint(Token{}), `AccessToken: ""`)
	assert.NotContains(t, log.String(), "-secret")
}
