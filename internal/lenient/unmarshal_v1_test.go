//go:build !goexperiment.jsonv2 && !go1.27

package lenient

import "encoding/json"

// exactNames says that encoding/json takes a member whose name differs in case only for the known one.
const exactNames = false

// reference decodes as encoding/json does.
func reference(data []byte, v any) error { return json.Unmarshal(data, v) }
