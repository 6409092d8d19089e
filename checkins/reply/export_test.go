package reply

// Steps reads text in c and tells how many steps it took: nodes of the trees that were
// walked, words that were looked at.
func (r *Reader) Steps(text string, c Context) int {
	s := new(scratch)
	r.take(s, text, c).read()
	return s.steps + s.sets.steps + s.fill.steps + s.main.steps + s.dates.steps + s.classes.steps
}
