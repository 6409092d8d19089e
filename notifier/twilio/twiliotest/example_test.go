package twiliotest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// A program under test sends one message whose answer is lost, learns by the
// status callback that it left all the same, and hears the reply.
func Example() {
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		fmt.Printf("webhook %s: %s%s\n", r.URL.RequestURI(), r.PostForm.Get("MessageStatus"), r.PostForm.Get("Body"))
		io.WriteString(w, "<Response/>")
	}))
	defer program.Close()
	tw, err := twiliotest.New(twiliotest.Options{Inbound: program.URL + "/inbound"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tw.Close()

	tw.Misbehave(twiliotest.CutAfter())
	form := url.Values{
		"From": {tw.Number}, "To": {"+15005550010"}, "Body": {"One small hello today?"},
		"StatusCallback": {program.URL + "/status?attempt=42"},
	}
	create, _ := http.NewRequest("POST", tw.URL+"/2010-04-01/Accounts/"+twiliotest.AccountSID+"/Messages.json", strings.NewReader(form.Encode()))
	create.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	create.SetBasicAuth(twiliotest.AccountSID, twiliotest.AuthToken)
	_, err = http.DefaultClient.Do(create)
	ctx := context.Background()
	tw.Settle(ctx)
	fmt.Println("an answer came:", err == nil)
	receipt, _ := tw.Text(ctx, "+15005550010", tw.Number, "done 7")
	fmt.Println("reply answered with", receipt.Status, receipt.Body)
	fmt.Println("created for attempt 42:", tw.Created("42"))
	// Output:
	// webhook /status?attempt=42: sent
	// webhook /status?attempt=42: delivered
	// an answer came: false
	// webhook /inbound: done 7
	// reply answered with 200 <Response/>
	// created for attempt 42: 1
}
