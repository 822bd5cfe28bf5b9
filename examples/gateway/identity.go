package main

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/seed-127a5941/parley/chat"
)

// cookieName is the cookie that says who a browser is.
const cookieName = "parley_user"

// identity gives each browser a random user id in a signed cookie. Replace it by the login of your own site: all that
// the gateway needs of it is the method user. Its keys come from one secret.
type identity struct {
	cookieKey []byte // signs cookies
	deviceKey []byte // makes the ids of SiteAssist's visitors, which must not be guessed
	storeKey  []byte // encrypts the values in Redis
}

// newIdentity reads the secret from a file, or makes one if there is no file.
func newIdentity(keyFile string) (*identity, error) {
	secret := []byte(rand.Text() + rand.Text())
	if keyFile != "" {
		var err error
		if secret, err = os.ReadFile(keyFile); err != nil {
			return nil, err
		}
		if len(secret) < 32 {
			return nil, fmt.Errorf("-key-file: %s has %d bytes and needs 32 random ones at least", keyFile, len(secret))
		}
	}
	derive := func(use string) []byte {
		key, _ := hkdf.Key(sha256.New, secret, nil, "gateway "+use, 32) // it fails only for keys that are longer
		return key
	}
	return &identity{derive("cookie"), derive("device"), derive("store")}, nil
}

func (i *identity) sign(id string) string {
	mac := hmac.New(sha256.New, i.cookieKey)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// user returns who sent the request.
func (i *identity) user(r *http.Request) (chat.User, error) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return chat.User{}, err
	}
	id, signature, _ := strings.Cut(cookie.Value, ".")
	if id == "" || !hmac.Equal([]byte(signature), []byte(i.sign(id))) {
		return chat.User{}, errors.New("the cookie is not valid")
	}
	return chat.User{ID: id}, nil
}

// welcome gives a browser without a valid cookie a new one. Lax is strict enough, because the cookie comes with no
// request of another site but links to the page.
func (i *identity) welcome(w http.ResponseWriter, r *http.Request) {
	if _, err := i.user(r); err == nil {
		return
	}
	id := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: id + "." + i.sign(id), Path: "/",
		MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"})
}
