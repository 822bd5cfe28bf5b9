// Package chat is one conversation interface over several vendors of conversational AI. A program holds a
// *Conversation, and the package of a vendor supplies a small Driver, as with database/sql:
//
//	driver := raiachat.New(client, raiachat.Options{})
//	conversation, err := chat.New(driver, chat.User{ID: "customer-7"}, chat.Options{State: saved, Save: save})
//	for event, err := range conversation.Send(ctx, chat.Message{ID: "m-1", Text: "Where is my parcel?"}) {
//		...
//	}
//
// # Turns
//
// Send, Greet, HandOver and Recover are turns. They return a sequence of events, and the first request is sent when
// the range begins. Turns take place one after the other in the order of their ranges, and the wait for a turn ends
// with its context. A sequence that yields no error ends with exactly one EventDone, and an error is the end of a
// sequence. Each answer has one EventMessage with its whole text, so a program that does not stream can ignore the
// deltas. A second range over a sequence yields ErrClosed. Leaving the loop, and the end of the context, end a turn as
// the death of the process would: the message stays pending.
//
// # A message is said once
//
// Before the first byte of a message is sent, the Conversation records the message's ID, a hash of its text and the
// time, and passes the State to Options.Save. If Save fails, the message is not sent. While a message is pending, Send
// yields ErrPending. Recover finds out what became of it and never sends anything. It yields the answer, or
// ErrNotDelivered if the vendor does not have the message, or parley.ErrDeliveryUnknown if that cannot be known. After
// each of these results the message is settled, and the program decides whether to send it again.
//
// Recover looks at the vendor's id of the message where the vendor has returned one. Otherwise it counts the user's
// messages beyond those that earlier turns have settled. It compares neither texts nor the vendor's times, because the
// user may say the same thing twice and the vendor's clock may be wrong. While a message that was given up may still
// turn up, counting cannot tell it from a later one, and Recover says parley.ErrDeliveryUnknown.
//
// # State
//
// State is JSON of less than 4 KiB. It holds ids, hashes and the driver's Memory, by which the driver finds the
// conversation again, but no credential and no text. Another process that calls New with the State continues the
// conversation. Two Conversations of one State exclude each other only by a lock of the caller's, and Save must fail
// once that lock is lost.
//
// # Errors
//
// All errors match the classes of package parley, whatever the vendor is, or one of the four of this package.
package chat
