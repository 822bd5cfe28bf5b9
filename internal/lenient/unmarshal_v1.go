//go:build !goexperiment.jsonv2

package lenient

import "encoding/json"

// unmarshal takes a member whose name differs in case only for the known one. encoding/json cannot tell them apart.
var unmarshal = json.Unmarshal
