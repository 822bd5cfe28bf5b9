package raia

import (
	"net/url"
	"strconv"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
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

func (q query) flag(name string, value bool) {
	if value {
		q[name] = []string{"true"}
	}
}

func (q query) time(name string, value time.Time) {
	if !value.IsZero() {
		q[name] = []string{value.UTC().Format(time.RFC3339Nano)}
	}
}

// paging holds the parameters that all paged lists take.
type paging struct {
	page, pageSize int
	orderBy        OrderBy
	orderDirection OrderDirection
}

func (p paging) validate() error {
	switch {
	case p.page < 0:
		return apierr.Invalid("Page", "must not be negative")
	case p.pageSize < 0:
		return apierr.Invalid("PageSize", "must not be negative")
	}
	return nil
}

func (p paging) query() query {
	q := query{}
	q.number("page", p.page)
	q.number("pageSize", p.pageSize)
	q.text("orderBy", string(p.orderBy))
	q.text("orderDirection", string(p.orderDirection))
	return q
}
