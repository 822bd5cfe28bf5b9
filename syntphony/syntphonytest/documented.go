package syntphonytest

import (
	"encoding/json"
	"net/http"
)

// Documented returns the failure that the vendor's Broker page lists for a status. The statuses 460 (external
// webhooks), 461 (misconfigured flows or bots), 462 (communication with the NLP) and 463 (authorization in the NLP)
// come after the agent heard the turn. So their failures have After set, and a turn that is sent again is in the Ledger
// twice. The vendor does not publish the body of an error, so it is the fake's choice.
func Documented(status int) Failure {
	text, heard := map[int]string{
		460: "Error while communicating with external webhooks",
		461: "Misconfigured flows or bots",
		462: "Error while communicating with nlp",
		463: "Authentication/authorization error in nlp",
	}[status]
	if !heard {
		text = http.StatusText(status)
	}
	body, _ := json.Marshal(map[string]string{"message": text}) // never fails for strings
	return Failure{Status: status, Body: string(body), After: heard}
}
