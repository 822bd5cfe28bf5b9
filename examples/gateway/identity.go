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

var errNoUser = errors.New("open the page first, it says who you are by a cookie")

// identity gives each browser a random user id in a signed cookie. Replace it by the login of your own site: all that
// the gateway needs of it is the method user. Its keys come from one secret.
type identity struct {
	cookieKey []byte // signs cookies
	deviceKey []byte // makes the ids of SiteAssist's visitors, which nobody may guess
	storeKey  []byte // encrypts what Redis holds
}

// newIdentity reads the secret from a file, or makes one if there is no file.
func newIdentity(keyFile string) (i *identity, err error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	if keyFile != "" {
		if secret, err = os.ReadFile(keyFile); err != nil {
			return nil, err
		}
		if len(secret) < 32 {
			return nil,
				fmt.Errorf("-key-file: %s has %d bytes, and at least 32 random ones are needed", keyFile, len(secret))
		}
	}
	i = &identity{}
	for use, key := range map[string]*[]byte{"cookie": &i.cookieKey, "device": &i.deviceKey, "store": &i.storeKey} {
		if *key, err = hkdf.Key(sha256.New, secret, nil, "gateway "+use, 32); err != nil {
			return nil, err
		}
	}
	return i, nil
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
		return chat.User{}, errNoUser
	}
	id, signature, _ := strings.Cut(cookie.Value, ".")
	if id == "" || !hmac.Equal([]byte(signature), []byte(i.sign(id))) {
		return chat.User{}, errNoUser
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
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: id + "." + i.sign(id), Path: "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}
