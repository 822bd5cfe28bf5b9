package parley

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTime_Unmarshal(t *testing.T) {
	noon := time.Date(2023, 10, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, json, text string
		want             time.Time
	}{
		{"seconds", `"2023-10-01T12:00:00Z"`, "", noon},
		{"fraction", `"2023-10-01T12:00:00.250Z"`, "", noon.Add(250 * time.Millisecond)},
		{"nanoseconds", `"2023-10-01T12:00:00.000000001Z"`, "", noon.Add(1)},
		{"zone", `"2023-10-01T14:00:00+02:00"`, "", noon},
		{"zone without colon", `"2023-10-01T14:00:00+0200"`, "", noon},
		{"fraction and zone without colon", `"2023-10-01T10:00:00.0-0200"`, "", noon},
		{"escaped", `"2023-10-01T12:00:00\u005a"`, "", noon},
		{"null", `null`, "", time.Time{}},
		{"empty", `""`, "", time.Time{}},
		{"word", `"yesterday, at about ten o'clock"`, "yesterday, at about ten o'clock", time.Time{}},
		{"shaped like a time", `"2023-13-41T99:00:00Z"`, "2023-13-41T99:00:00Z", time.Time{}},
		{"no zone", `"2023-10-01T12:00:00.000"`, "2023-10-01T12:00:00.000", time.Time{}},
		{"number", `1696161600`, "1696161600", time.Time{}},
		{"object", `{"a":1}`, `{"a":1}`, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := struct {
				At    Time
				After string
			}{At: Time{Time: noon, Text: "stale"}}
			require.NoError(t, json.Unmarshal([]byte(`{"At":`+c.json+`,"After":"kept"}`), &got))
			assert.Equal(t, c.text, got.At.Text)
			assert.True(t, c.want.Equal(got.At.Time), got.At.Time)
			assert.Equal(t, c.want.IsZero(), got.At.IsZero())
			assert.Equal(t, "kept", got.After)
		})
	}
}

func TestTime_AbsentIsZero(t *testing.T) {
	var got struct{ At Time }
	require.NoError(t, json.Unmarshal([]byte(`{}`), &got))
	assert.True(t, got.At.IsZero())
}

// Text is what the server sent, even if that is no valid text.
func TestTime_TextIsNotChanged(t *testing.T) {
	var at Time
	require.NoError(t, at.UnmarshalJSON([]byte("\"soon\xff\"")))
	assert.Equal(t, Time{Text: "soon\xff"}, at)
}

func TestTime_Marshal(t *testing.T) {
	at := time.Date(2023, 10, 1, 12, 0, 0, 5e8, time.UTC)
	for want, in := range map[string]Time{
		`null`:                      {},
		`"2023-10-01T12:00:00.5Z"`:  {Time: at},
		`"2023-10-01T12:00:00+000"`: {Text: "2023-10-01T12:00:00+000"},
		`"2023-10-01T12:00:00.50Z"`: {Time: at, Text: "2023-10-01T12:00:00.50Z"},
	} {
		got, err := json.Marshal(in)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
}

func TestTime_UnmarshalAllocatesNothing(t *testing.T) {
	data := []byte(`"2022-01-01T00:00:00.000Z"`)
	var at Time
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = at.UnmarshalJSON(data) }))
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{
		`"2022-01-01T00:00:00.000Z"`, `null`, `""`, `"x"`, `7`, `"`, ``, `"\`, `"2022-01-01T00:00:00+0200"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var at Time
		require.NoError(t, at.UnmarshalJSON(data))
		out, err := at.MarshalJSON()
		require.NoError(t, err)
		assert.True(t, json.Valid(out))
		var again Time
		require.NoError(t, json.Unmarshal(out, &again))
		assert.True(t, at.Equal(again.Time))
	})
}
