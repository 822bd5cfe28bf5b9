// Package lenient decodes tolerant JSON: numbers in other forms, lists that are one item or an envelope, and the type
// of a union. A Decoder decodes the usual form of a response faster than encoding/json does, and leaves any other form
// to it.
package lenient
