package conformance

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley"
)

// The first ids cannot be in a path, and the others only if they are escaped. A line break may be refused or escaped.
var (
	impossibleIDs = []string{"", ".", ".."}
	hostileIDs    = []string{
		"a/b", "/", "a?x=1", "a#b", "%2e%2e", "%2F", "..%2f..", "a b", "a;b=c", "a:b@c", "ä中😀", "a\\b", "a+b&c",
	}
	brokenIDs = []string{"a\r\nb", "a\nHost: x", "a\x00b", "a\xffb", "a\tb"}
)

// hostileIDs puts each id into each placeholder.
func (s *subject[C]) hostileIDs(t reporter) {
	s.all("ids", func(op *Operation[C]) {
		for i := range op.placeholders(s.Fixed) {
			for _, id := range slices.Concat(impossibleIDs, hostileIDs, brokenIDs) {
				if id == "" && op.EmptyID {
					continue
				}
				ids := s.ids(op)
				ids[i] = id
				s.verifyID(s.try(t, op, (*exchange).succeed, nil, ids...), id)
			}
		}
	})
}

func (s *subject[C]) verifyID(t *trial, id string) {
	if t.err == nil && !slices.Contains(impossibleIDs, id) {
		s.verifyPaths(t)
		return
	}
	if !errors.Is(t.err, parley.ErrInvalidArgument) || errors.Is(t.err, parley.ErrDeliveryUnknown) ||
		len(t.seen()) > 0 {
		t.Errorf("id %q is not refused before anything is sent: %v", id, t.err)
		return
	}
	if slices.Contains(hostileIDs, id) {
		t.Errorf("id %q is refused: %v", id, t.err)
	}
	if text := t.err.Error(); !strings.HasPrefix(text, s.Name+": ") || strings.ContainsAny(text, "\r\n") {
		t.Errorf("id %q is refused with %q", id, text)
	}
}

// verifyPaths compares the paths on the wire, segment by segment, with the template and its ids.
func (s *subject[C]) verifyPaths(t *trial) {
	template := strings.Split(t.spec.Path, "/")
	for _, r := range t.seen() {
		segments := strings.Split(r.path, "/")
		if len(segments) != len(template) {
			t.Errorf("asks for %s, which is no %s", r.path, t.spec.Path)
			continue
		}
		rest := t.ids
		for i, segment := range template {
			want := strings.Trim(segment, "{}")
			if want != segment {
				want, rest = s.fill(want, rest)
			}
			if got, err := url.PathUnescape(segments[i]); err != nil || got != want {
				t.Errorf("asks for %s: segment %d is not %q", r.path, i, want)
			}
		}
	}
}

// fill returns the value of a placeholder, and the remaining ids.
func (s *subject[C]) fill(name string, ids []string) (string, []string) {
	if value, ok := s.Fixed[name]; ok {
		return value, ids
	}
	if len(ids) == 0 {
		return "", nil
	}
	return ids[0], ids[1:]
}
