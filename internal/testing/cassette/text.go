package cassette

import (
	"encoding/base64"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// These replace the addresses of people. The number is from the vendors' own samples.
const (
	fakeEmail = "someone@example.com"
	fakePhone = "+1234567890"
)

var (
	email = regexp.MustCompile(`[A-Za-z0-9._+-]+(@|%40)([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)`)
	// These domains are reserved for examples and tests by RFC 2606 and RFC 6761.
	reserved = regexp.MustCompile(`(?i)(^|\.)(example(\.com|\.net|\.org)?|test|invalid|localhost)$`)

	// An international number begins with its sign. A North American one has separators.
	phone = regexp.MustCompile(`(?:\+|%2[Bb])[1-9](?:[ .()-]{0,2}\d){6,14}|\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b`)
	// The names of these members and parameters say that their value is a phone number.
	phoneMember    = regexp.MustCompile(`(?i)("[^"]*(?:phone|mobile|msisdn)[^"]*"\s*:\s*")([^"]*)(")`)
	phoneParameter = regexp.MustCompile(`(?i)((?:^|[?&])[^=&\s]*(?:phone|mobile|msisdn)[^=&\s]*=)([^&\s"]*)()`)
	anyDigits      = regexp.MustCompile(`(?:\D*\d){7}`)
)

// anonymous replaces e-mail addresses and phone numbers, except those that are plainly made up.
func anonymous(text string) string {
	text = email.ReplaceAllStringFunc(text, func(address string) string {
		parts := email.FindStringSubmatch(address)
		if reserved.MatchString(parts[2]) {
			return address
		}
		return strings.Replace(fakeEmail, "@", parts[1], 1)
	})
	text = phone.ReplaceAllStringFunc(text, madeUp)
	for _, named := range [...]*regexp.Regexp{phoneMember, phoneParameter} {
		text = named.ReplaceAllStringFunc(text, func(member string) string {
			parts := named.FindStringSubmatch(member)
			if !anyDigits.MatchString(parts[2]) {
				return member
			}
			return parts[1] + madeUp(parts[2]) + parts[3]
		})
	}
	return text
}

// madeUp returns a phone number in place of another. The sign keeps its spelling.
func madeUp(number string) string {
	if len(number) > 3 && number[0] == '%' {
		return number[:3] + fakePhone[1:]
	}
	return fakePhone
}

var (
	percent  = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	unicode  = regexp.MustCompile(`\\u[0-9A-Fa-f]{4}`)
	encoded  = regexp.MustCompile(`[A-Za-z0-9+/_-]{8,}`)
	slashed  = strings.NewReplacer(`\/`, `/`, `\"`, `"`, `\\`, `\`)
	alphabet = [...]*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding}
)

func lowerEscapes(text string) string { return percent.ReplaceAllStringFunc(text, strings.ToLower) }

// occurs reports whether value is in text, in any case and escaped or encoded up to three times.
func occurs(value, text string) bool {
	value = strings.ToLower(value)
	for range 4 {
		if strings.Contains(strings.ToLower(text), value) || within(value, text) {
			return true
		}
		next := unescaped(text)
		if next == text {
			return false
		}
		text = next
	}
	return false
}

// within also searches text that may be base64.
func within(value, text string) bool {
	for _, run := range encoded.FindAllString(text, -1) {
		for _, encoding := range alphabet {
			// A run may contain characters of another word before it, so each of four beginnings is tried.
			for start := range min(4, len(run)) {
				body := run[start:]
				if len(body)%4 == 1 {
					body = body[:len(body)-1]
				}
				plain, _ := encoding.DecodeString(body) // the part that was decoded before an error counts too
				if strings.Contains(strings.ToLower(string(plain)), value) {
					return true
				}
			}
		}
	}
	return false
}

// unescaped undoes one round of the escapes of URLs, JSON and HTML.
func unescaped(text string) string {
	text = percent.ReplaceAllStringFunc(text, func(escape string) string {
		code, _ := strconv.ParseUint(escape[1:], 16, 8) // never fails, because of the pattern
		return string([]byte{byte(code)})
	})
	text = unicode.ReplaceAllStringFunc(text, func(escape string) string {
		code, _ := strconv.ParseUint(escape[2:], 16, 16) // never fails, because of the pattern
		return string(rune(code))
	})
	return html.UnescapeString(slashed.Replace(text))
}
