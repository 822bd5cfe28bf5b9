//go:build !goexperiment.jsonv2 && !go1.27

package lenient

import "encoding/json"

// slow reports that encoding/json takes far longer than a Decoder needs for the usual form.
const slow = true

// unmarshal takes a member whose name differs in case only for the known one. encoding/json cannot tell them apart.
var unmarshal = json.Unmarshal
