// Package web is the pages: joining, saying yes, leaving, the pace of the week
// ahead that a digest leads to, and the way to a new link. They work without JavaScript, load nothing from anywhere else, and change
// nothing before a button is pressed (rule 7). The package knows no SQL and says
// no words: people come through [People], words through [Words].
//
// # Links
//
// Whoever follows a link has no account and no session. The token is the proof,
// for one page of one person, for as long as the link lives (checkins.Link), and
// checkins.State.Proof tells what it may do. A token is looked up by one path
// whatever it is: of another page, expired and made up are the same page, with the
// way to a new link, which does not tell either whether an address is known.
//
// # Settings
//
// What a form of the settings says becomes the wishes that the same words by text
// would be (wishes.go): only what differs from how it is now. The same form shows
// what it would mean, by a button, and with page.js as it is filled in: both post
// it with do=show, which changes nothing.
//
// # Joining
//
// The form by which strangers join has the fields of the settings (fields.go), folded
// away below the ready plans: what is left empty there is as the plan has it, and what
// is chosen takes its place. checkins.House.Flaws tells what does not go together,
// from the form alone; it is told beside its field, with nothing typed lost but the two
// boxes, which are ticked anew. The language of the page becomes the person's, the zone
// is guessed: by page.js from the browser, else from the number, else the programme's.
//
// # The journal
//
// The link to it comes of the settings page (unlock.go): at once where that page was
// reached from a mailbox, by six digits where it was reached from a phone and the
// person chose that. Either lasts half an hour and opens nothing else. What is shown
// is what checkins.State.Journal was asked for: the dates of some weeks, all of them
// for a search, or one entry. Copies are streamed and are behind a button, as
// erasing is, so that nothing that follows links takes them.
//
// # How a page is added
//
//  1. Its shape is templates/web/NAME.html, which begins with {{template "head" .}}
//     and ends with {{template "foot" .}}. Its own data is .Data; words come by
//     {{say "NAME.key" .Data.X}}, moments by {{when .At $.Now .Zone}}, paces by
//     {{pace .Pace}} and {{rhythm .Plan}}. Ways to other pages begin with {{.Root}},
//     since a proxy may put all of them below a path.
//  2. Its words are [NAME] in templates/web/en.toml and es.toml, with "title", or
//     "title_STATE" for each state. A test holds the two files to the same keys, and
//     the English to the voice of the texts.
//  3. Its route is a line of [Site.routes]: GET shows, POST changes and answers 303
//     to the same page, so that going back or reloading does nothing.
//     Page of a link: site.link(purpose, show) and site.act(purpose, change), which
//     look the token up, answer for a dead one, refuse what another site posts, bound
//     the body, and parse the form.
//  4. What it changes goes through a function of checkins.House, in the Decide of the
//     one who is changed: settings are a checkins.Wish with Route ByPage, given to
//     House.Apply, the very thing that a text is. Ask s.Proof().May(act) first;
//     checkins.ErrNotFound from there is answered as a dead link.
//  5. It is on the tour (tour_test.go), in every state that it has: there it is judged
//     by axe-core, weighed, and read in Spanish. A test fails where it is missing.
//  6. A new purpose of links: its constant, letter and life in checkins/link.go, and the
//     CHECK in migrations; links are made by House.Links while a message is decided on.
//
// What a visitor has asked for without a proof (a new link, joining) is done after
// the answer ([queue]), so that its time tells nothing either.
package web
