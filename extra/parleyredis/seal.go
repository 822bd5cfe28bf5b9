package parleyredis

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

const (
	keySize   = 32
	plain     = 'p' // begins a value in plain text
	encrypted = 'e' // begins an encrypted value: then the name of its key, the nonce and the ciphertext
	nameSize  = 4
	nonceSize = 12
)

var (
	errNoKey   = errors.New("the stored value is encrypted with a key that Options.Keys does not hold")
	errPlain   = errors.New("the stored value is not encrypted although Options.Keys is set")
	errInvalid = errors.New("the stored value is damaged")
)

// sealer encodes the values that Redis holds. It encrypts with the first of its keys, and without keys it does not
// encrypt.
type sealer struct {
	keys []sealKey
}

type sealKey struct {
	name string // tells the keys apart: the beginning of a hash
	aead cipher.AEAD
}

func newSealer(keys [][]byte) (*sealer, error) {
	s := &sealer{}
	for i, key := range keys {
		if len(key) != keySize {
			return nil, fmt.Errorf("Options.Keys[%d]: it has %d bytes and not %d", i, len(key), keySize)
		}
		block, _ := aes.NewCipher(key)  // it fails for other sizes
		aead, _ := cipher.NewGCM(block) // it fails for other block sizes
		sum := sha256.Sum256(append([]byte("parleyredis key name\x00"), key...))
		s.keys = append(s.keys, sealKey{name: string(sum[:nameSize]), aead: aead})
	}
	return s, nil
}

// seal encodes value. place is the name of the Redis key, to which the encrypted value is bound.
func (s *sealer) seal(place string, value []byte) []byte {
	if len(s.keys) == 0 {
		return append([]byte{plain}, value...)
	}
	key := s.keys[0]
	out := append([]byte{encrypted}, key.name...)
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // it never fails
	out = append(out, nonce...)
	return key.aead.Seal(out, nonce, value, []byte(place))
}

// open decodes a stored value.
func (s *sealer) open(place string, stored []byte) ([]byte, error) {
	switch {
	case len(stored) == 0:
		return nil, errInvalid
	case stored[0] == plain && len(s.keys) == 0:
		return stored[1:], nil
	case stored[0] == plain:
		return nil, errPlain
	case stored[0] != encrypted || len(stored) < 1+nameSize+nonceSize:
		return nil, errInvalid
	}
	return s.decrypt(place, stored[1:])
}

func (s *sealer) decrypt(place string, stored []byte) ([]byte, error) {
	name, nonce, rest := string(stored[:nameSize]), stored[nameSize:nameSize+nonceSize], stored[nameSize+nonceSize:]
	for _, key := range s.keys {
		if key.name != name {
			continue
		}
		value, err := key.aead.Open(nil, nonce, rest, []byte(place))
		if err != nil {
			return nil, errInvalid
		}
		return value, nil
	}
	return nil, errNoKey
}
