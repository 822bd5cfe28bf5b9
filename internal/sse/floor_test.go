package sse

import (
	"bufio"
	"bytes"
	"io"
)

// floor counts the events of a stream that uses only LF and one data line per event. A reader cannot do less.
func floor(r io.Reader) (n int) {
	lines := bufio.NewScanner(r)
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			if len(data) > 0 {
				n++
			}
			data = data[:0]
			continue
		}
		if value, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			data = append(data, value...)
		}
	}
	return n
}
