package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenTurns names for each case of the file a driver that has to fail it.
var brokenTurns = map[string]broken{
	"Driver/NameAndCapabilitiesAreConstant":      flawed(memchat.FlawName, "names "),
	"New/SendsNothing":                           flawed(memchat.FlawConnectOpens, "chat.New sent"),
	"Send/NothingIsSentBeforeTheRange":           flawed(memchat.FlawConnectOpens, "before the range"),
	"Send/SaysAMessageOnceAndAnswersIt":          flawed(memchat.FlawTwice, `the vendor heard ["hello" "hello"]`),
	"Send/NothingIsPendingAfterIt":               flawed(memchat.FlawEndsInError, `the turn of "hello" failed`),
	"Send/ASecondRangeIsErrClosed":               flawed(memchat.FlawTwice, "the vendor heard"),
	"Send/ExactlyOneDoneAtTheEnd":                flawed(memchat.FlawTalksOn, "after EventDone"),
	"Send/MessagesHaveIDsAndRoles":               flawed(memchat.FlawRole, `role "user"`),
	"Send/DeltasMakeUpTheMessages":               flawed(memchat.FlawLosesADelta, "the deltas of"),
	"Send/TurnsKeepTheirOrder":                   flawed(memchat.FlawTwice, "the vendor heard"),
	"Send/EqualTextsAreSaidEachTime":             flawed(memchat.FlawTwice, "the vendor heard"),
	"Send/AnEmptyMessageIsRefused":               flawed(memchat.FlawConnectOpens, "1 requests were sent"),
	"Send/AHugeMessageIsWholeOrRefused":          flawed(memchat.FlawCutsText, "did not arrive whole"),
	"Send/AnyTextArrivesAsItIs":                  flawed(memchat.FlawTrimsText, "the answer to"),
	"Send/AnUnknownNativeIsRefused":              flawed(memchat.FlawNative, "succeeded"),
	"Send/TheIDOfTheLastMessageIsErrAlreadySent": flawed(memchat.FlawTwice, "the vendor heard"),
	"Send/ConcurrentTurnsGetTheirOwnAnswers": {
		memchat.Options{Flaw: memchat.FlawSharedAnswer, Silent: true}, "the answer to",
	},
	"Send/ConversationsAreApart": flawed(memchat.FlawTwice, "16 messages"),
}

func TestCases_OfFileTurns(t *testing.T) { brokenDriversFail(t, brokenTurns) }
