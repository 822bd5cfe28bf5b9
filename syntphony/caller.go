package syntphony

import (
	"net/http"
	"runtime"
)

// Caller describes the user who talks, by the vendor's headers.
type Caller struct {
	// UserRef identifies the user technically, for example by an IP address or a phone number. It is required. The
	// vendor's own connector cuts it to 50 characters. It is unknown whether the server has a limit.
	UserRef string
	// OS is the user's operating system, in free text such as "Windows" or "iOS". If it is empty, the SDK sends
	// runtime.GOOS, such as "linux". That is the system of the server on which the program runs.
	OS string
	// OSVersion, Browser and BrowserVersion are free text. Empty ones are not sent.
	OSVersion, Browser, BrowserVersion string
	// BusinessKey identifies the user to the business, for example by a login or a client number. An empty one is not
	// sent.
	BusinessKey string
	// Locale is the agent's language, such as "en-US". If it is empty, Config.Locale is sent. One of them is required.
	Locale string
}

// speaker is a Caller with the header of its turns, which is not changed.
type speaker struct {
	Caller
	header http.Header
}

func (b *broker) speaker(c Caller) speaker { return speaker{c, c.header(b.locale)} }

// header returns the vendor's headers OS, USER-REF and so on. Go changes the case of their names, which has no meaning.
func (c Caller) header(locale string) http.Header {
	if c.Locale != "" {
		locale = c.Locale
	}
	if c.OS == "" {
		c.OS = runtime.GOOS
	}
	fields := [...]struct{ name, value string }{
		{"Os", c.OS}, {"Os-Version", c.OSVersion}, {"Browser", c.Browser}, {"Browser-Version", c.BrowserVersion},
		{"User-Ref", c.UserRef}, {"Business-Key", c.BusinessKey}, {"Locale", locale},
	}
	header := make(http.Header, len(fields))
	values := make([]string, len(fields)) // one allocation for all values
	for i, field := range fields {
		if field.value != "" {
			values[i] = field.value
			header[field.name] = values[i : i+1 : i+1]
		}
	}
	return header
}
