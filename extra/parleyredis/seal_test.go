package parleyredis

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sealerOf(t *testing.T, keys ...[]byte) *sealer {
	t.Helper()
	s, err := newSealer(keys)
	require.NoError(t, err)
	return s
}

func TestSealer_Rotation(t *testing.T) {
	older, both, newer := sealerOf(t, secretKey(1)), sealerOf(t, secretKey(2), secretKey(1)), sealerOf(t, secretKey(2))
	stored := older.seal("place", []byte("hello"))
	assert.NotContains(t, string(stored), "hello")
	value, err := both.open("place", stored)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(value))
	_, err = newer.open("place", stored)
	assert.ErrorIs(t, err, errNoKey)

	stored = both.seal("place", []byte("hello"))
	value, err = newer.open("place", stored)
	require.NoError(t, err, "the first key encrypts")
	assert.Equal(t, "hello", string(value))
}

func TestSealer_RefusesWhatItDidNotSeal(t *testing.T) {
	plainText, sealed := sealerOf(t), sealerOf(t, secretKey(1))
	stored := sealed.seal("place", []byte("hello"))
	changed := slices.Clone(stored)
	changed[len(changed)-1] ^= 1
	for name, tt := range map[string]struct {
		sealer *sealer
		place  string
		stored []byte
		want   error
	}{
		"empty":          {sealed, "place", nil, errInvalid},
		"plain text":     {sealed, "place", plainText.seal("place", []byte("hello")), errPlain},
		"without a key":  {plainText, "place", stored, errNoKey},
		"another place":  {sealed, "elsewhere", stored, errInvalid},
		"cut":            {sealed, "place", stored[:10], errInvalid},
		"changed":        {sealed, "place", changed, errInvalid},
		"something else": {plainText, "place", []byte(`{"accessToken":""}`), errInvalid},
	} {
		_, err := tt.sealer.open(tt.place, tt.stored)
		assert.ErrorIs(t, err, tt.want, name)
	}
	value, err := plainText.open("place", plainText.seal("place", nil))
	require.NoError(t, err)
	assert.Empty(t, value)
}
