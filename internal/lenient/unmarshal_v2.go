//go:build goexperiment.jsonv2 || go1.27

package lenient

import (
	"encoding/json"
	jsonv2 "encoding/json/v2"
	"reflect"
)

// slow reports that encoding/json takes far longer than a Decoder needs for the usual form. With encoding/json/v2 it
// does not.
const slow = false

// These options never change. With exact, the names of members are matched exactly. That is the only difference to
// json.Unmarshal. With onePass, errors are those of encoding/json/v2, so that data need not be validated before it is
// decoded.
var (
	exact   = jsonv2.JoinOptions(json.DefaultOptionsV1(), jsonv2.MatchCaseInsensitiveNames(false))
	onePass = jsonv2.JoinOptions(exact, json.ReportErrorsWithLegacySemantics(false))
)

// unmarshal differs from json.Unmarshal in one respect: the names of members are matched exactly. Data without an error
// is decoded in one pass. Data with an error is decoded again from the beginning, because json.Unmarshal changes no
// value if data is not valid, and skips members of another type.
func unmarshal(data []byte, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() || !target.Elem().IsZero() {
		return jsonv2.Unmarshal(data, v, exact)
	}
	if jsonv2.Unmarshal(data, v, onePass) == nil {
		return nil
	}
	target.Elem().SetZero()
	return jsonv2.Unmarshal(data, v, exact)
}
