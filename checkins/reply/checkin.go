package reply

// answer reads what is neither stop nor command: a check-in, a courtesy, or a yes or
// no to nothing.
func (t *said) answer() {
	if t.c.After == AfterStop && (t.has(kindNo) || t.has(kindStopNo)) {
		t.keepsOn()
		return
	}
	if t.yesOrNo() {
		return
	}
	if t.out.Outcome == "" && t.polite() {
		t.out.Intent = IntentCourtesy
		return
	}
	t.out.Intent = IntentCheckIn
}

// keepsOn reads a no to the question whether the messages shall end.
func (t *said) keepsOn() {
	t.out.Intent, t.out.Outcome = IntentResume, ""
	for _, kind := range [...]kindOf{kindNo, kindStopNo} {
		if f, ok := t.first(kind); ok {
			t.useMatch(f)
		}
	}
}

// yesOrNo reads a bare yes or no by what was asked (DESIGN, the contract of try reply).
func (t *said) yesOrNo() bool {
	yes, no := t.has(kindYes) || t.c.After == AfterOptIn && t.has(kindAgree), t.has(kindNo)
	if !yes && !no {
		return false
	}
	switch {
	case yes && t.c.After == AfterOptIn:
		t.out.Intent = IntentConfirm
	case yes && t.c.Stopped:
		t.out.Intent = IntentStart
	case t.practiceAsked():
		t.out.Intent = IntentCheckIn
		return true
	default:
		f, ok := t.first(kindYes)
		if !ok {
			f, _ = t.first(kindNo)
		}
		if !t.restSaid(f.from, f.to) {
			return false // "no, she was kind": a sentence
		}
		t.refuse(ReasonUnknown)
		return true
	}
	for _, kind := range [...]kindOf{kindYes, kindAgree} {
		if f, ok := t.first(kind); ok {
			t.useMatch(f)
		}
	}
	return true
}

// polite reports whether the text is courtesy and nothing else. A sign on its own says
// something where words were asked for.
func (t *said) polite() bool {
	if t.has(kindCourtesy) {
		return true
	}
	if f, ok := t.first(kindThumb); ok && t.restSaid(f.from, f.to) {
		return true
	}
	if !t.allFiller() {
		return false
	}
	for _, tok := range t.toks {
		if tok.polite {
			return true
		}
	}
	return t.c.After == "" || t.c.After == AfterNone
}

// finish reads the numbers that no command took, and keeps what is left as the note.
func (t *said) finish() Reading {
	switch t.out.Intent {
	case IntentUnclear:
		return t.out
	case IntentCourtesy, IntentConfirm, IntentCrisis, IntentHelp:
		if t.out.Intent != IntentCourtesy && !t.accounted() {
			t.out.Note = t.text
		}
		return t.out
	}
	t.ratings()
	t.amendsInWords()
	t.markNegation()
	t.feelings()
	if !t.accounted() {
		t.out.Note = t.text
	}
	return t.out
}
