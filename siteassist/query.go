package siteassist

import (
	"net/url"
	"strconv"
)

// query collects the parameters that are set.
type query url.Values

func (q query) text(name, value string) {
	if value != "" {
		q[name] = []string{value}
	}
}

func (q query) number(name string, value int) {
	if value != 0 {
		q[name] = []string{strconv.Itoa(value)}
	}
}
