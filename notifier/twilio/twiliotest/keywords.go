package twiliotest

import "strings"

// keywords are the words that Twilio acts upon by itself when a text holds
// nothing else, in any case (REQUIREMENTS 0.3).
var keywords = map[string]string{
	"STOP": "STOP", "STOPALL": "STOP", "UNSUBSCRIBE": "STOP", "CANCEL": "STOP",
	"END": "STOP", "QUIT": "STOP", "REVOKE": "STOP", "OPTOUT": "STOP",
	"START": "START", "YES": "START", "UNSTOP": "START",
	"HELP": "HELP", "INFO": "HELP",
}

func keyword(body string) string { return keywords[strings.ToUpper(strings.TrimSpace(body))] }

// obey blocks or lifts and answers as Twilio would. A YES of somebody who is
// not blocked is an ordinary word. The caller holds s.mu.
func (s *Server) obey(phone, sender, body string) (optOutType string) {
	word, who := keyword(body), pair{phone, sender}
	was := s.blocked[who]
	if strings.EqualFold(strings.TrimSpace(body), "yes") && !was {
		return ""
	}
	switch word {
	case "STOP":
		s.blocked[who] = true
	case "START":
		delete(s.blocked, who)
	}
	again := word == "STOP" && was // a second STOP is not confirmed again
	muted := word == "HELP" && was // the blocked get no help text either
	if text := s.options.Replies[word]; text != "" && !again && !muted {
		s.add(Message{Direction: "outbound-reply", From: sender, To: phone, Body: text, Status: "delivered"})
	}
	return word
}
