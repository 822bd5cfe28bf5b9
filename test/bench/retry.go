package bench

import (
	"context"
	"fmt"
	"net/http"
)

const retried = 5

// Retries has every other request refused with 503 and a JSON body, and counts the connections that this costs. Subjects
// that do not retry are left out.
func Retries(ctx context.Context) ([]Count, error) {
	var counts []Count
	for _, format := range append(sendWork().Formats, stripePage()) {
		for _, subject := range format.Subjects {
			place := Loopback(refusing(format.Site()), false)
			count, err := countRetries(ctx, place, &format, subject)
			place.Close()
			if err != nil {
				return nil, fmt.Errorf("retry, %s: %w", subject.Name, err)
			}
			if count.Calls > 0 {
				counts = append(counts, count)
			}
		}
	}
	return counts, nil
}

const refusal = `{"error":{"message":"The server is overloaded, please try again later.","type":"server_error"}}`

// refusing refuses the first, third, ... request.
func refusing(site Site) Site {
	n := 0 // callers take turns
	return func(r *http.Request, size int64) Answer {
		if n++; n%2 == 0 {
			return site(r, size)
		}
		return Answer{Status: 503, Type: "application/json", Body: []byte(refusal), Header: http.Header{"Retry-After": {"0"}}}
	}
}

// countRetries returns no calls for a subject that gives up at once.
func countRetries(ctx context.Context, place *Place, format *Format, subject Subject) (Count, error) {
	run, err := subject.Open(place)
	if err != nil {
		return Count{}, err
	}
	for range retried {
		if _, err := run(ctx); err != nil && place.Seen.Requests.Load() == 1 {
			return Count{}, nil
		} else if err != nil {
			return Count{}, err
		}
	}
	return Count{Name: subject.Name, Calls: retried, Connections: int(place.Seen.Connections.Load()) - 1}, nil
}
