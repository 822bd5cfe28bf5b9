package syntphony_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
)

func TestAcknowledgement_Spellings(t *testing.T) {
	for body, want := range map[string]error{
		`"Success"`: nil, `Success`: nil, ``: nil, " \"Success\"\n": nil, "\ufeff\"Success\"": nil,
		"true": syntphony.ErrDecode, "null": syntphony.ErrDecode, "false": syntphony.ErrDecode,
		"0":       syntphony.ErrDecode,
		`"Error"`: syntphony.ErrDecode, `"success"`: syntphony.ErrDecode, `""`: syntphony.ErrDecode,
		`Success!`: syntphony.ErrDecode,
		"{}":       syntphony.ErrDecode, `{"message":"no"}`: syntphony.ErrDecode, "{": syntphony.ErrDecode,
		`["no"]`:               syntphony.ErrDecode,
		"<html>sign in</html>": syntphony.ErrDecode, "\n <!DOCTYPE html>": syntphony.ErrDecode,
	} {
		_, client := newStub(t, 200, body)
		for _, err := range []error{
			client.Answers.Rate(t.Context(), "i", true),
			client.Conversations.SubmitSatisfaction(t.Context(), "s", syntphony.Satisfaction{}),
		} {
			require.ErrorIs(t, err, want, body)
			require.Equal(t, want != nil, errors.Is(err, syntphony.ErrDeliveryUnknown), "the server did act on it")
		}
	}
	_, client := newStub(t, 204, "")
	require.NoError(t, client.Answers.Rate(t.Context(), "i", true))
}
