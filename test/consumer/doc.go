// Package consumer answers: can a service use parley as its users are meant to?
//
// It is a help desk that asks the four vendors on behalf of its visitors: an http.Handler each, behind interfaces of
// its own that the vendors' services implement and that its tests mock. It sees nothing but the public packages, in a
// module of its own, so that a change which breaks a consumer breaks this build.
package consumer
