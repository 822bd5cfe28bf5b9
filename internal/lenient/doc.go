// Package lenient answers: how is tolerant JSON decoded (times, one or many, a union's type)?
package lenient
