//go:build goexperiment.jsonv2 || go1.27

package lenient

import (
	"encoding/json"
	jsonv2 "encoding/json/v2"
)

// unmarshal differs from json.Unmarshal in one respect: the names of members are matched exactly.
func unmarshal(data []byte, v any) error {
	return jsonv2.Unmarshal(data, v, json.DefaultOptionsV1(), jsonv2.MatchCaseInsensitiveNames(false))
}
