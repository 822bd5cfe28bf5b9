package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenTurns names for each case of the file a driver that has to fail it.
var brokenTurns = map[string]memchat.Options{
	"Driver/NameAndCapabilitiesAreConstant":      {Flaw: memchat.FlawName},
	"New/SendsNothing":                           {Flaw: memchat.FlawConnectOpens},
	"Send/NothingIsSentBeforeTheRange":           {Flaw: memchat.FlawConnectOpens},
	"Send/SaysAMessageOnceAndAnswersIt":          {Flaw: memchat.FlawTwice},
	"Send/NothingIsPendingAfterIt":               {Flaw: memchat.FlawLosesEverything},
	"Send/ASecondRangeIsErrClosed":               {Flaw: memchat.FlawTwice},
	"Send/ExactlyOneDoneAtTheEnd":                {Flaw: memchat.FlawLosesEverything},
	"Send/MessagesHaveIDsAndRoles":               {Flaw: memchat.FlawRole},
	"Send/DeltasMakeUpTheMessages":               {Flaw: memchat.FlawLosesADelta},
	"Send/TurnsKeepTheirOrder":                   {Flaw: memchat.FlawTwice},
	"Send/EqualTextsAreSaidEachTime":             {Flaw: memchat.FlawTwice},
	"Send/AnEmptyMessageIsRefused":               {Flaw: memchat.FlawConnectOpens},
	"Send/AHugeMessageIsWholeOrRefused":          {Flaw: memchat.FlawCutsText},
	"Send/AnyTextArrivesAsItIs":                  {Flaw: memchat.FlawTrimsText},
	"Send/AnUnknownNativeIsRefused":              {Flaw: memchat.FlawNative},
	"Send/TheIDOfTheLastMessageIsErrAlreadySent": {Flaw: memchat.FlawTwice},
	"Send/ConcurrentTurnsGetTheirOwnAnswers":     {Flaw: memchat.FlawSharedAnswer, Silent: true},
	"Send/ConversationsAreApart":                 {Flaw: memchat.FlawTwice},
}

func TestCases_OfFileTurns(t *testing.T) { brokenDriversFail(t, brokenTurns) }
