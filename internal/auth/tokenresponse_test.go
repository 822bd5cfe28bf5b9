package auth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestParseGrant(t *testing.T) {
	whole := grant{accessToken: "a", life: 300 * time.Second, refreshToken: "r", refreshLife: 1800 * time.Second}
	for body, want := range map[string]grant{
		`{"access_token":"a","expires_in":300,"refresh_token":"r","refresh_expires_in":1800}`:       whole,
		bom + `{"access_token":"a","expires_in":300,"refresh_token":"r","refresh_expires_in":1800}`: whole,
		`{"access_token":"a","expires_in":"300","refresh_token":"r","refresh_expires_in":"1.8e3"}`:  whole,
		`{"access_token":"a","expires_in":3e2,"refresh_token":"r","refresh_expires_in":1800.75}`:    whole,
		`access_token=a&expires_in=300&refresh_token=r&refresh_expires_in=1800`:                     whole,
		`{"access_token":"a","Access_Token":"b","expires_in":0.25,"scope":7,"token_type":null}`: {
			accessToken: "a", life: time.Second,
		},
		`{"access_token":7,"refresh_token":{},"expires_in":null,"refresh_expires_in":[],"error":false}`: {},
		`{"error":"invalid_grant","error_description":{"text":"x"}}`: {
			errorCode: "invalid_grant",
		},
		`error=invalid_client&error_description=x`: {errorCode: "invalid_client"},
		`null`: {}, `[]`: {}, `"text"`: {}, ``: {}, `<html>`: {}, `%zz&access_token=a`: {},
	} {
		assert.Equal(t, want, parseGrant([]byte(body)), body)
	}
}

func TestParseSeconds(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"300": 300 * time.Second, "299.9": 299 * time.Second, "0.1": time.Second, "3e2": 300 * time.Second,
		"": 0, "0": 0, "-1": 0, "soon": 0, "1e300": 0, "NaN": 0, "Inf": 0, "99999999999999999999": 0,
	} {
		assert.Equal(t, want, parseSeconds(text), text)
	}
}
