//go:build !goexperiment.jsonv2

package lenient

import "encoding/json"

func unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }
