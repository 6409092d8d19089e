package reply

import "math"

// A rating is 0 to 10. A number is one when its form says so (7/10, "from an 8 to a
// 4"), when its words say so ("felt like a 7"), when it stands alone, or when it
// stands beside an outcome ("done 8 3"). All other numbers are left to the note.

// ratings reads the one or two ratings of the text.
func (t *said) ratings() {
	t.barOthers()
	if t.amendment() {
		return
	}
	if f, ok := t.first(kindChange); ok && t.change(f, false) {
		return
	}
	if f, ok := t.first(kindChangeBack); ok && t.change(f, true) {
		return
	}
	for pos := int32(0); int(pos) < len(t.toks); pos++ {
		if v, next, ok := t.rated(pos); ok {
			if after, end, ok := t.second(next); ok {
				t.setRatings(&v, after)
				t.use(pos, end)
				return
			}
			v, next = t.ranged(v, next)
			t.setRatings(nil, v)
			t.use(pos, next)
			return
		}
	}
}

func (t *said) setRatings(before *float64, after float64) {
	rating := halves(after)
	t.out.Rating = &rating
	if before != nil {
		b := halves(*before)
		t.out.RatingBefore = &b
	}
}

func halves(v float64) float64 { return math.Round(v*2) / 2 }

// amendment reads "sorry, 4 not 2" and "I meant 4".
func (t *said) amendment() bool {
	for _, f := range t.found {
		if t.meaning(f).kind != kindAmends {
			continue
		}
		values, n := t.values(f, false)
		switch {
		case n == 0:
			continue
		case t.meaning(f).value == "last":
			values[0] = values[n-1]
		}
		t.out.Amends = true
		t.setRatings(nil, values[0])
		t.useMatch(f)
		return true
	}
	return false
}

// amendsInWords reads "sorry, I meant not yet".
func (t *said) amendsInWords() {
	if f, ok := t.first(kindAmends); ok && !t.out.Amends && (t.out.Rating != nil || t.out.Outcome != "") {
		t.out.Amends = true
		t.useMatch(f)
	}
}

func (t *said) change(f match, back bool) bool {
	values, n := t.values(f, true)
	if n < 2 {
		return false
	}
	before, after := values[0], values[n-1]
	if back {
		before, after = after, before
	}
	t.setRatings(&before, after)
	t.useMatch(f)
	if end := f.to; int(end) < len(t.toks) && t.toks[end].kind == isNumber && t.toks[end].sep == '/' {
		t.use(end, end+1)
	}
	return true
}

// values lists the ratings inside a match; n is how many there are. certain tells that
// the match makes ratings of numbers that would be none by their words.
func (t *said) values(f match, certain bool) (values [4]float64, n int) {
	for pos := f.from; pos < f.to && n < len(values); {
		v, next, ok := t.scaled(pos, true)
		if !ok || t.toks[pos].barred || t.toks[pos].used || t.toks[pos].other && !certain {
			pos++
			continue
		}
		if v < 0 || v > 10 {
			return values, 0
		}
		values[n] = v
		n++
		pos = next
	}
	return values, n
}

// scaled reads a number and, if it names one, its scale: 7, 7/10, 4 out of 5, 70%.
func (t *said) scaled(pos int32, words bool) (v float64, next int32, ok bool) {
	v, ok = t.number(pos)
	if !ok || !words && t.toks[pos].kind != isNumber {
		return 0, pos, false
	}
	_, half, halved := t.role(pos+1, "and_half")
	if halved {
		v += 0.5
	}
	if f, ok := t.at(pos, kindScale); ok {
		of, _ := t.number(f.to - 1)
		return onScale(v, of), f.to, true
	}
	if halved {
		return v, half, true
	}
	if v, ok := t.decimalComma(pos, v); ok {
		return v, pos + 2, true
	}
	if next := pos + 1; int(next) < len(t.toks) && t.toks[pos].kind == isNumber {
		switch tok := t.toks[next]; {
		case tok.kind == isNumber && tok.sep == '/' && t.isScale(v, float64(tok.num)):
			return onScale(v, float64(tok.num)), next + 1, true
		case tok.kind == isSign && tok.glued && t.wordAt(next) == "%" && v <= 100:
			return v / 10, next + 1, true
		}
	}
	return v, pos + 1, true
}

// decimalComma reads "7,5" as 7.5 where one number was asked for.
func (t *said) decimalComma(pos int32, whole float64) (float64, bool) {
	if t.c.After != AfterRating || int(pos)+1 >= len(t.toks) || t.toks[pos].frac > 0 {
		return 0, false
	}
	tok := t.toks[pos+1]
	if tok.kind != isNumber || !tok.glued || tok.sep != ',' || tok.digits != 1 || tok.frac > 0 {
		return 0, false
	}
	return whole + float64(tok.num)/10, true
}

func onScale(v, of float64) float64 {
	if of <= 0 || v > of {
		return -1
	}
	return v / of * 10
}

// isScale reports whether v/of is a rating on a scale and not a pair, a date or a
// fraction.
func (t *said) isScale(v, of float64) bool {
	switch {
	case v > of || v < 0:
		return false
	case of == 10 || of == 100:
		return true
	case t.c.After == AfterBeforeAfter:
		return false
	}
	return of == 5 || of == 20 || t.c.After == AfterRating && of > 2 && of <= 20
}

// rated reads a rating at pos, if what stands there is one.
func (t *said) rated(pos int32) (v float64, next int32, ok bool) {
	tok := t.toks[pos]
	if v, next, ok := t.middle(pos); ok {
		return v, next, true
	}
	if f, ok := t.at(pos, kindRate); ok && !tok.used {
		if v, at, ok := t.lastNumber(f); ok {
			t.use(f.from, at)
			return v, at, true
		}
	}
	v, next, ok = t.scaled(pos, false)
	if !ok && t.begins(pos) >= clauseEdge {
		v, next, ok = t.scaled(pos, true) // "seven."
		ok = ok && t.ends(next) >= sentenceEdge
	}
	if !ok || v < 0 || v > 10 || tok.used || tok.barred || tok.other {
		return 0, pos, false
	}
	if next > pos+1 || t.standsOut(pos, next) {
		return v, next, true
	}
	return 0, pos, false
}

// lastNumber is the last number of a match, with its scale.
func (t *said) lastNumber(f match) (v float64, next int32, ok bool) {
	for pos := f.from; pos < f.to; pos++ {
		if _, scale := t.at(pos, kindScale); scale {
			v, next, ok = t.scaled(pos, true)
			return v, max(next, f.to), ok && v >= 0 && v <= 10
		}
	}
	for pos := f.to - 1; pos >= f.from; pos-- {
		tok := t.toks[pos]
		if _, number := t.number(pos); !number || tok.barred || tok.other || tok.used {
			continue
		}
		if pos > f.from && tok.sep == '/' && t.toks[pos-1].kind == isNumber {
			pos--
		}
		v, next, ok = t.scaled(pos, true)
		return v, max(next, f.to), ok && v >= 0 && v <= 10
	}
	return 0, f.to, false
}

// middle reads "between 6 and 7", or "6 or 7" at the end of a clause, as one rating.
func (t *said) middle(pos int32) (v float64, next int32, ok bool) {
	_, at, said := t.role(pos, "between")
	if !said {
		at = pos
	}
	if int(at) >= len(t.toks) || t.toks[at].barred || t.toks[at].other && !said || t.toks[at].used {
		return 0, pos, false
	}
	v, at, ok = t.scaled(at, said)
	if _, _, or := t.role(at, "or"); !ok || !said && !or {
		return 0, pos, false
	}
	v, next = t.ranged(v, at)
	return v, next, next > at && v >= 0 && v <= 10 && (said || t.ends(next) >= clauseEdge)
}

// standsOut reports whether the number at pos has a clause to itself, stands beside an
// outcome, or opens or closes the answer to a question for a number.
func (t *said) standsOut(pos, next int32) bool {
	asked := t.c.After == AfterRating || t.c.After == AfterBeforeAfter
	opens, closes := t.begins(pos) >= clauseEdge, t.ends(next) >= clauseEdge
	if _, _, ok := t.second(next); ok {
		closes = true
	}
	if _, end := t.ranged(0, next); end > next {
		closes = closes || t.ends(end) >= clauseEdge
	}
	beside := pos > 0 && t.toks[pos-1].used || int(next) < len(t.toks) && t.toks[next].used
	return opens && closes || beside && (opens || closes || t.goesOn(next)) ||
		asked && (closes && t.ends(next) == textEdge || opens && t.begins(pos) == textEdge && t.follows(next))
}

// goesOn reports whether what comes after a number beside an outcome is a feeling, or
// turns to something else: "done 7 anxious", "done 3 but…".
func (t *said) goesOn(next int32) bool {
	for _, k := range [...]kindOf{kindFeeling, kindSensation, kindNotEnds} {
		if _, ok := t.at(next, k); ok {
			return true
		}
	}
	return false
}

// follows reports whether what comes after an opening number is no thing counted: the
// next word is one that such a sentence begins with.
func (t *said) follows(next int32) bool {
	return int(next) < len(t.toks) && (t.toks[next].skip || t.toks[next].filler || t.toks[next].gap != noGap)
}

// second reads the second of two ratings: "8 3", "8, 3", "8 -> 3", "8/3".
func (t *said) second(pos int32) (v float64, next int32, ok bool) {
	if int(pos) < len(t.toks) && t.toks[pos].kind == isSign && t.wordAtIs(pos, "->", "=>", ">", "-->", "→", "➡") {
		pos++
	}
	if int(pos) >= len(t.toks) || t.toks[pos].kind != isNumber || t.toks[pos].barred || t.toks[pos].other || t.toks[pos].gap == stop {
		return 0, pos, false
	}
	before, _ := t.number(pos - 1)
	v, next, ok = t.scaled(pos, false)
	if !ok || v < 0 || v > 10 || t.ends(next) < clauseEdge && !t.toks[pos-1].used {
		return 0, pos, false
	}
	if t.toks[pos].sep == '-' && t.c.After != AfterBeforeAfter && math.Abs(v-before) <= 2 {
		return 0, pos, false // 6-7 is one rating
	}
	return v, next, true
}

func (t *said) wordAtIs(pos int32, words ...string) bool {
	for _, w := range words {
		if t.wordAt(pos) == w {
			return true
		}
	}
	return false
}

// endsAt reports whether a word of that part ends right before pos.
func (t *said) endsAt(pos int32, part string) bool {
	_, next, ok := t.role(pos-1, part)
	return ok && next == pos
}

// ranged reads "6-7", "6 or 7" and "between 6 and 7" as the middle of the two.
func (t *said) ranged(v float64, pos int32) (float64, int32) {
	at := pos
	if _, after, ok := t.role(pos, "or"); ok {
		at = after
	} else if _, after, ok := t.role(pos, "and"); ok && t.endsAt(pos-1, "between") {
		at = after
	} else if int(pos) >= len(t.toks) || t.toks[pos].sep != '-' {
		return v, pos
	}
	w, ok := t.number(at)
	if !ok || w > 10 || t.toks[at].barred || t.toks[at].other {
		return v, pos
	}
	return (v + w) / 2, at + 1
}

// barOthers marks the numbers that are no ratings whatever stands around them.
func (t *said) barOthers() {
	for _, f := range t.found {
		if t.meaning(f).kind == kindOtherNum {
			for k := f.from; k < f.to; k++ {
				t.toks[k].other = true
			}
		}
	}
	for i := range t.toks {
		if t.toks[i].kind == isNumber && t.otherByForm(int32(i)) {
			t.toks[i].barred = true
		}
	}
}

// otherByForm knows times, telephone numbers, money, ordinals and negative numbers by
// what touches them.
func (t *said) otherByForm(pos int32) bool {
	tok := t.toks[pos]
	if tok.digits > 3 || pos == 0 && tok.sep == '-' {
		return true
	}
	if tok.sep == ':' && tok.glued && pos > 0 && t.toks[pos-1].kind == isNumber {
		return true
	}
	if pos > 0 && t.toks[pos-1].kind == isSign && tok.glued && t.wordAtIs(pos-1, "$", "€", "£") {
		return true
	}
	if int(pos)+1 >= len(t.toks) {
		return false
	}
	next := t.toks[pos+1]
	switch {
	case next.kind == isNumber && next.glued && (next.sep == ':' || next.digits > 3):
		return true
	case next.kind == isWord && next.glued && next.sep == 0:
		_, rate := t.at(pos, kindRate)
		return !rate
	case next.kind == isSign && next.glued:
		return t.wordAtIs(pos+1, "$", "€", "£")
	}
	return t.halfOfDay(pos + 1)
}
