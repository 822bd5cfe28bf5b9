package raiatest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// state holds the objects that the server keeps.
type state struct {
	users, conversations, states, files, organizations, agents store

	roles, staff, subscriptions store

	messages   map[string][]object // by conversation
	answers    map[string]*async   // by question or prompt
	userLimits store               // by user
	limits     object              // of the agent; nil after they were deleted
	agent      object              // that owns the agent key
	used       map[string]float64  // by type of resource
	storage    map[string][]byte   // by storage path
}

// async is an answer that is not complete yet, or has just been completed.
type async struct {
	polls  int    // that will still find it pending
	result object // nil while a human has to answer
}

// seed creates the objects that no operation creates.
func (s *Server) seed() {
	s.messages, s.answers = map[string][]object{}, map[string]*async{}
	s.used, s.storage = map[string]float64{}, map[string][]byte{}
	s.agent = s.newAgent(object{"name": "Fake agent", "publicName": "Fake", "role": "Support"})
	s.agents.add(s.agent)
	s.states.add(object{
		"id": s.id(), "name": "Open", "description": nil, "color": nil, "isPersistent": true,
		"createdAt": now(), "updatedAt": now(),
	})
	s.roles.add(object{"id": s.id(), "name": "Support", "description": "Answers questions"})
	s.staff.add(object{
		"id": s.id(), "email": "staff@example.com", "phoneNumber": "+12025550101", "firstName": "Sam",
		"lastName": "Staff",
		"_role":    "user",
	})
	s.subscriptions.add(object{
		"id": s.id(), "title": "Trial", "description": "For a first look", "status": "active", "visibility": "public",
		"isTrial": true, "price": 0, "agentsAmount": 1, "usersWithAccessAmount": 5, "organizationsCount": 1,
		"tokensAmountPerMonth": 100000, "secondsAmountPerMonth": 0, "smsAmountPerMonth": 0, "emailsAmountPerMonth": 0,
		"createdBy": s.administrator(), "createdAt": now(), "updatedAt": now(),
	})
}

func (s *Server) administrator() object {
	return object{"id": s.id(), "email": "admin@example.com", "firstName": "Ada", "lastName": "Admin"}
}

// store keeps objects by id, in the order in which they came.
type store struct {
	ids  []string
	byID map[string]object
}

func (s *store) add(o object) object {
	id, _ := o["id"].(string)
	s.put(id, o)
	return o
}

func (s *store) put(id string, o object) {
	if s.byID == nil {
		s.byID = map[string]object{}
	}
	if _, ok := s.byID[id]; !ok {
		s.ids = append(s.ids, id)
	}
	s.byID[id] = o
}

func (s *store) get(id string) (object, *refusal) {
	if o, ok := s.byID[id]; ok {
		return o, nil
	}
	return nil, notFound
}

func (s *store) remove(id string) *refusal {
	if _, ok := s.byID[id]; !ok {
		return notFound
	}
	delete(s.byID, id)
	s.ids = slices.DeleteFunc(s.ids, func(other string) bool { return other == id })
	return nil
}

// list returns the objects that keep accepts. A nil keep accepts all. The list is never nil, so that it is sent as [].
func (s *store) list(keep func(object) bool) []object {
	list := make([]object, 0, len(s.ids))
	for _, id := range s.ids {
		if keep == nil || keep(s.byID[id]) {
			list = append(list, s.byID[id])
		}
	}
	return list
}

// page returns the page of list that the query asks for. A page has 10 items, and the oldest comes first.
func page(c *call, list []object) object {
	q := c.URL.Query()
	if q.Get("orderDirection") == "DESC" {
		slices.Reverse(list)
	}
	size, number := positive(q.Get("pageSize"), 10), positive(q.Get("page"), 1)
	pages := (len(list) + size - 1) / size
	from := min((number-1)*size, len(list))
	return object{
		"currentPage": number, "pageSize": size, "totalItems": len(list), "totalPages": pages,
		"hasNextPage": number < pages, "hasPreviousPage": number > 1, "data": list[from:min(from+size, len(list))],
	}
}

func positive(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// merge sets the members of body in o, under their names in responses.
func merge(o, body object) object {
	for name, value := range body {
		switch name {
		case "customData":
			o["metadata"] = object{"customData": value}
		default:
			o[name] = value
		}
	}
	return o
}

// with returns a copy of o with more members.
func with(o, more object) object {
	o = maps.Clone(o)
	maps.Copy(o, more)
	return o
}

// same reports whether a member of o is value and value is not empty.
func same(o object, member, value string) bool { return value != "" && o[member] == value }

// contains reports whether any of the members of o contains text. It ignores case.
func contains(o object, text string, members ...string) bool {
	return slices.ContainsFunc(members, func(member string) bool {
		s, _ := o[member].(string)
		return strings.Contains(strings.ToLower(s), strings.ToLower(text))
	})
}
