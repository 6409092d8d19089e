package replytext_test

import (
	"strings"
	"testing"

	"github.com/microreach/microreach/notifier/email/replytext"
)

// quote is a prompt of ours as mail programs quote it; the last line is what
// must never be taken for an answer.
const quote = "> Text one honest feeling to someone you trust.\n>\n> Reply STOP to leave.\n"

// bare is the same without marks.
const bare = "Text one honest feeling to someone you trust.\n\nReply STOP to leave.\n"

func TestTheAnswerAboveAnIntroductionIsFoundInEveryLanguage(t *testing.T) {
	introductions := map[string]string{
		"English":                "On Mon, Mar 9, 2026 at 7:00 PM Microreach <reply+x@m.example> wrote:",
		"English, wrapped":       "On Mon, Mar 9, 2026 at 7:00 PM Microreach <\nreply+averylongtoken@m.example> wrote:",
		"English, verb wrapped":  "On Mon, Mar 9, 2026 at 7:00 PM Microreach <reply+averylongtoken@m.example>\nwrote:",
		"English, thrice":        "On Mon, Mar 9, 2026 at 7:00 PM Microreach\n<reply+averylongtoken@m.example>\nwrote:",
		"English, bracket alone": "On Mon, Mar 9, 2026 at 7:00 PM Microreach <reply@m.example\n> wrote:",
		"Apple":                  "On Mar 9, 2026, at 19:00, Microreach <reply@m.example> wrote:",
		"Thunderbird":            "On 3/9/26 19:00, Microreach wrote:",
		"Evolution":              "On Mon, 2026-03-09 at 19:00 +0100, Microreach wrote:",
		"Yahoo":                  "On Monday, March 9, 2026 at 07:00:12 PM EDT, Microreach <reply@m.example> wrote:",
		"Zoho":                   "---- On Mon, 09 Mar 2026 19:00:00 -0400 Microreach <reply@m.example> wrote ----",
		"Android, old":           "---- Microreach wrote ----",
		"Tuta":                   "Mar 9, 2026, 19:00 by reply@m.example:",
		"Polish, wrapped":        "Wiadomość napisana przez Microreach\n<reply+averylongtoken@m.example> w dniu 9 mar 2026, o godz. 19:00:",
		"Croatian, wrapped":      "pon, 9. ožu 2026. u 19:00 Microreach\n<reply+averylongtoken@m.example> napisao je:",
		"Thai, wrapped":          "ในวันที่ จ. 9 มี.ค. 2026 เวลา 19:00\nMicroreach\n<reply+averylongtoken@m.example> เขียนว่า:",
		"Turkish, wrapped":       "Microreach <reply+averylongtoken@m.example>, 9 Mar\n2026 Pzt, 19:00 tarihinde şunu yazdı:",
		"Chinese, wrapped":       "Microreach\n<reply+averylongtoken@m.example>\n于2026年3月9日周一 19:00写道：",
		"Persian, wrapped":       "در تاریخ دوشنبه ۹ مارس ۲۰۲۶، ۱۹:۰۰\nMicroreach\n<reply+averylongtoken@m.example> نوشت:",
		"Claws":                  "On Mon, 9 Mar 2026 19:00:00 +0000\nMicroreach <reply@m.example> wrote:",
		"GroupWise, in message":  "On 3/9/2026 at 7:00 PM, in message\n<5C6E.1A22@m.example>, Microreach <reply@m.example> wrote:",
		"no year":                "On Mon, Mar 9 at 7:00 PM, Microreach wrote:",
		"glued to a footer":      "Sent from Samsung MobileMicroreach <reply@m.example> wrote:",
		"mutt":                   "* Microreach <reply@m.example> wrote:",
		"Notes":                  "Microreach wrote on 03/09/2026 07:00:00 PM:",
		"Horde":                  "Quoting Microreach <reply@m.example>:",
		"old Gmail":              "2026/3/9 Microreach <reply@m.example>",
		"German":                 "Am Mo., 9. März 2026 um 19:00 Uhr schrieb Microreach <reply@m.example>:",
		"German, Apple":          "Am 09.03.2026 um 19:00 schrieb Microreach <reply@m.example>:",
		"German, Inbox":          "Microreach <reply@m.example> schrieb am Mo., 9. März 2026 um\n19:00 Uhr:",
		"French":                 "Le lun. 9 mars 2026 à 19:00, Microreach <reply@m.example> a écrit :",
		"Spanish":                "El lun, 9 mar 2026 a las 19:00, Microreach (<reply@m.example>) escribió:",
		"Italian":                "Il giorno lun 9 mar 2026 alle ore 19:00 Microreach <reply@m.example>\nha scritto:",
		"Portuguese":             "Em seg., 9 de mar. de 2026 às 19:00, Microreach <reply@m.example> escreveu:",
		"Dutch":                  "Op ma 9 mrt 2026 om 19:00 schreef Microreach <reply@m.example>:",
		"Dutch, Apple":           "Op 9 mrt. 2026 om 19:00 heeft Microreach <reply@m.example> het volgende geschreven:",
		"Swedish":                "Den mån 9 mars 2026 kl 19:00 skrev Microreach <reply@m.example>:",
		"Danish":                 "Den man. 9. mar. 2026 kl. 19.00 skrev Microreach <reply@m.example>:",
		"Norwegian":              "man. 9. mars 2026 kl. 19:00 skrev Microreach <reply@m.example>:",
		"Finnish":                "ma 9. maalisk. 2026 klo 19.00 Microreach (reply@m.example) kirjoitti:",
		"Polish":                 "pon., 9 mar 2026 o 19:00 Microreach <reply@m.example> napisał(a):",
		"Polish, other":          "W dniu 9.03.2026 o 19:00, Microreach pisze:",
		"Czech":                  "po 9. 3. 2026 v 19:00 odesílatel Microreach <reply@m.example> napsal:",
		"Hungarian":              "Microreach <reply@m.example> ezt írta (időpont: 2026. márc. 9., H, 19:00):",
		"Russian":                "пн, 9 мар. 2026 г. в 19:00, Microreach <reply@m.example>:",
		"Russian, mail.ru":       "Понедельник, 9 марта 2026, 19:00 +03:00 от Microreach <reply@m.example>:",
		"Ukrainian":              "пн, 9 бер. 2026 р. о 19:00 Microreach <reply@m.example> пише:",
		"Turkish":                "Microreach <reply@m.example>, 9 Mar 2026 Pzt, 19:00 tarihinde şunu yazdı:",
		"Greek":                  "Στις Δευ 9 Μαρ 2026 στις 7:00 μ.μ., ο χρήστης Microreach <reply@m.example>\nέγραψε:",
		"Hebrew":                 "\u202bבתאריך יום ב׳, 9 במרץ 2026 ב-19:00 מאת \u202aMicroreach\u202c\u200f <\u202areply@m.example\u202c\u200f>:\u202c",
		"Arabic":                 "في الاثنين، 9 مارس 2026 في 7:00 م كتب Microreach <reply@m.example>:",
		"Chinese":                "Microreach <reply@m.example> 于2026年3月9日周一 19:00写道：",
		"Chinese, Apple":         "在 2026年3月9日，19:00，Microreach <reply@m.example> 写道：",
		"Chinese, traditional":   "Microreach <reply@m.example> 於 2026年3月9日 週一 下午7:00寫道：",
		"Japanese":               "2026年3月9日(月) 19:00 Microreach <reply@m.example>:",
		"Korean":                 "2026년 3월 9일 (월) 오후 7:00, Microreach <reply@m.example>님이 작성:",
		"Vietnamese":             "Vào Th 2, 9 thg 3, 2026 vào lúc 19:00 Microreach <reply@m.example>\nđã viết:",
		"Indonesian":             "Pada Sen, 9 Mar 2026 pukul 19.00 Microreach <reply@m.example> menulis:",
		"a tongue we never met":  "Zx Qwe, 9 Foo 2026 ly 19:00 Microreach <reply@m.example> blrgh:",
	}
	for name, introduction := range introductions {
		for form, text := range map[string]string{
			"quoted":         "done 7\n\n" + introduction + "\n\n" + quote,
			"no blank lines": "done 7\n" + introduction + "\n" + quote,
			"CRLF":           strings.ReplaceAll("done 7\n\n"+introduction+"\n\n"+quote, "\n", "\r\n"),
			"not marked":     "done 7\n\n" + introduction + "\n\n" + bare,
			"below":          introduction + "\n\n" + quote + "\ndone 7\n",
			"signed":         "done 7\n\n-- \nAna\n\n" + introduction + "\n" + quote,
		} {
			t.Run(name+"/"+form, func(t *testing.T) {
				if got := replytext.Cut(text); got != "done 7" {
					t.Errorf("Cut: %q", got)
				}
				if got := replytext.Answer(text); got != "done 7" {
					t.Errorf("Answer: %q", got)
				}
			})
		}
	}
}

func TestTheAnswerAboveAnEmbeddedMailIsFound(t *testing.T) {
	heads := map[string]string{
		"Outlook":               "From: Microreach <reply@m.example>\nSent: Monday, March 9, 2026 7:00 PM\nTo: Ana\nSubject: today\n",
		"Outlook, spaced":       "From: Microreach\n\nSent: Monday, March 9, 2026 7:00 PM\n\nTo: Ana\n\nSubject: today\n",
		"Outlook, bold":         "*From:* Microreach\n*Sent:* Monday, March 9, 2026 7:00 PM\n*To:* Ana\n*Subject:* today\n",
		"Outlook, rule":         "________________________________\nFrom: Microreach <reply@m.example>\nSent: Monday, March 9, 2026 7:00 PM\nSubject: today\n",
		"Outlook, German":       "Von: Microreach <reply@m.example>\nGesendet: Montag, 9. März 2026 19:00\nAn: Ana\nBetreff: today\n",
		"Outlook, French":       "De : Microreach <reply@m.example>\nEnvoyé : lundi 9 mars 2026 19:00\nÀ : Ana\nObjet : today\n",
		"Outlook, Spanish":      "De: Microreach <reply@m.example>\nEnviado el: lunes, 9 de marzo de 2026 19:00\nPara: Ana\nAsunto: today\n",
		"Outlook, Polish":       "Od: Microreach <reply@m.example>\nWysłano: poniedziałek, 9 marca 2026 19:00\nDo: Ana\nTemat: today\n",
		"Outlook, Chinese":      "发件人: Microreach <reply@m.example>\n发送时间: 2026年3月9日 19:00\n收件人: Ana\n主题: today\n",
		"Outlook, Thai":         "จาก: Microreach\nส่งเมื่อ: 9 มีนาคม 2026 19:00\nถึง: Ana\nเรื่อง: today\n",
		"Outlook, Catalan":      "De: Microreach\nEnviat: dilluns, 9 de març de 2026 19:00\nPer a: Ana\nAssumpte: today\n",
		"Outlook, Japanese":     "差出人: Microreach <reply@m.example>\n送信日時: 2026年3月9日 19:00\n宛先: Ana\n件名: today\n",
		"old Outlook":           "-----Original Message-----\nFrom: Microreach\nSent: Monday\nTo: Ana\n",
		"announced only":        "-----Original Message-----\n\n",
		"Samsung":               "-------- Original message --------\nFrom: Microreach <reply@m.example>\nDate: 3/9/26 7:00 PM (GMT-05:00)\nTo: Ana\n",
		"Thunderbird, French":   "-------- Message d'origine --------\nDe : Microreach\n",
		"Proton":                "------- Original Message -------\nOn Monday, March 9th, 2026 at 7:00 PM, Microreach <reply@m.example> wrote:\n",
		"forward, Gmail":        "---------- Forwarded message ---------\nFrom: Microreach <reply@m.example>\nDate: Mon, Mar 9, 2026\nSubject: today\nTo: Ana\n",
		"forward, Apple":        "Begin forwarded message:\n\nFrom: Microreach <reply@m.example>\nSubject: today\n",
		"forward, Apple German": "Anfang der weitergeleiteten Nachricht:\n\nVon: Microreach <reply@m.example>\nBetreff: today\n",
		"Proton, old":           "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, March 9, 2026 7:00 PM, Microreach <reply@m.example> wrote:\n",
		"QQ, English":           "------------------ Original ------------------\nFrom: \"Microreach\"<reply@m.example>;\nDate: Mon, Mar 9, 2026 07:00 PM\nTo: \"ana\"<ana@qq.example>;\nSubject: today\n",
		"any language":          "-------- Qwxyz pqr --------\nFrom: Microreach <reply@m.example>\nTo: Ana\nSubject: today\n",
		"Samsung, Korean":       "-------- 원본 이메일 --------\n발신: Microreach <reply@m.example>\n날짜: 26/3/9 오후 7:00 (GMT+09:00)\n받은 사람: ana\n제목: today\n",
		"GroupWise":             ">>> Microreach <reply@m.example> 3/9/2026 7:00 PM >>>\n",
		"GroupWise, name":       ">>> \"Microreach\" 3/9/2026 7:00 PM >>>\n",
		"our own marker":        "-- Reply above this line --\n",
		"our own, longer":       "-- Write above this line, or just reply --\n",
		"another's marker":      "##- Please type your reply above this line -##\n",
	}
	for name, head := range heads {
		t.Run(name, func(t *testing.T) {
			text := "done 7\nfelt warm\n\n" + head + "\n" + bare
			if got := replytext.Cut(text); got != "done 7\nfelt warm" {
				t.Errorf("Cut: %q", got)
			}
			if got := replytext.Answer(text); got != "done 7\nfelt warm" {
				t.Errorf("Answer: %q", got)
			}
			if got := replytext.Answer(head + "\n" + bare); got != "" {
				t.Errorf("Answer of a mere forward: %q", got)
			}
		})
	}
}

func TestSignaturesAndFootersAreLeftOut(t *testing.T) {
	for _, tail := range []string{
		"-- \nAna", "--\nAna Example\n+1 650 555 0100", "__________\nA list that nobody reads\nhttps://list.example",
		"Sent from my iPhone", "Sent from my Galaxy", "Sent from Yahoo Mail for iPhone", "Sent from Outlook for Android<https://aka.ms/x>", "Get Outlook for iOS<https://aka.ms/o0ukef>", "Sent from Proton Mail Android",
		"Sent with Proton Mail secure email.", "(sent from my phone, please excuse typos)", "Sent via the Samsung Galaxy S21 5G, an AT&T 5G smartphone",
		"Von meinem iPhone gesendet", "Gesendet mit der GMX Mail App", "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
		"Envoyé de mon iPhone", "Envoyé depuis mon appareil mobile Samsung", "Enviado desde mi iPhone", "Enviado do meu iPhone", "Inviato da iPhone", "Verzonden vanaf mijn iPhone", "Verstuurd vanaf mijn iPad",
		"Skickat från min iPhone", "Sendt fra min iPhone", "Lähetetty iPhonesta", "Wysłane z iPhone'a", "Odesláno z iPhonu", "Отправлено с iPhone", "iPhone'umdan gönderildi", "iPhoneから送信", "发自我的iPhone", "從我的 iPhone 傳送", "나의 iPhone에서 보냄",
		"Küldve az iPhone készülékemről", "Outlook für iOS beziehen<https://aka.ms/o0ukef>", "Yahoo Mail: Search, Organize, Conquer", "Diese Nachricht wurde mit der WEB.DE iPhone App gesendet.",
		"Securely sent with Tutanota. Get your own encrypted, ad-free mailbox:\nhttps://tuta.com", "Sent from my BlackBerry 10 smartphone on the Verizon wireless network.", "[cid:image001.png@01D9]",
		"<https://www.avast.com/sig-email>\nVirus-free.www.avast.com\n<#DAB4FAD8-2DD7>", "Mit freundlichen Grüßen\n\nAna Muster\nMuster GmbH\nTel.: +49 30 123456\nana@muster.example", "Cordialement,\n\nAna Example\nTél. 01 23 45 67 89",
		"Best regards,\nAna Example", "Mit freundlichen Grüßen\nAna Example", "Cordialement,\nAna", "Saludos,\nAna",
		"Ana Example\nDesigner\nTel: +1 650 555 0100\nana@participant.example\nwww.participant.example",
		"This e-mail and any attachments are confidential and intended only for the person named above.",
		"Virus-free. www.avast.com", "*****", "-----",
	} {
		for _, text := range []string{"not today\n\n" + tail, "not today\n\n" + tail + "\n\n\n", "not today\n\n" + tail + "\n\nOn 3/9/2026 19:00, Microreach wrote:\n" + quote} {
			if got := replytext.Answer(text); got != "not today" {
				t.Errorf("%q\nAnswer: %q", text, got)
			}
		}
	}
}

func TestWhatAPersonWritesIsKeptWhole(t *testing.T) {
	for _, text := range []string{
		"Sent from my heart to yours", "write to bob@x.example\n2026 was hard", "done", "7", "8 3", "Done, 8 to 3. She hugged me.",
		"Sent from my desk, which is easier than the phone.",
		"sent her a text", "Sent a text to my mom", "I texted her from my phone", "got my phone fixed and called her",
		"sent via email to my sister",
		"On Monday I wrote: I miss you.",
		"What I told him:\n\nI need some time.\nI will be back at 7:00.",
		"On 3/4/2026 I wrote:\nI miss you first.",
		"On Monday at 7:30 my sister wrote:\ncome over",
		"At 7:30 she wrote:\ncome over",
		"From: anxious\nTo: relieved",
		"before 8 --- after 3",
		"- called mom\n- texted Sam\n\n- rested",
		"1. sat down\n2. breathed",
		"felt > 5 at first, then < 3",
		"a -- b",
		"Thanks,\nAna",
		"these helped:\n\nhttps://a.example/breathe\nhttps://b.example/walk",
		"T: 8\nM: 3",
		"two walks:\n\n- 2026-03-09, 20 minutes\n- 2026-03-10, 30 minutes",
		"I told her: \"best regards\" is cold",
		"My number for tonight is 8",
		"stop",
		"He said the original message was lost",
		"line one\n\n\nline two",
		"a\n\n---\n\nb",
		"😀", "なるほど", "¿Sí?",
		"I felt the urge to pull away.\nThe information helped, and I stayed.",
		"| felt | 7 |\n| tense | 3 |",
	} {
		if got := replytext.Answer(text); got != text {
			t.Errorf("Answer(%q) = %q", text, got)
		}
		if got := replytext.Cut(text); got != text {
			t.Errorf("Cut(%q) = %q", text, got)
		}
	}
}

func TestAnswersBetweenTheQuotesKeepThemInCutOnly(t *testing.T) {
	text := "On Mon, Mar 9, 2026 at 7:00 PM Microreach <reply@m.example> wrote:\n\n> How close were you, 0 to 10?\n\n6\n\n> What helped? Reply STOP to leave.\n\nthe walk\n\n> And tomorrow?\n"
	if got, want := replytext.Cut(text), "6\n\n> What helped? Reply STOP to leave.\n\nthe walk"; got != want {
		t.Errorf("Cut: %q, want %q", got, want)
	}
	if got, want := replytext.Answer(text), "6\n\n\nthe walk"; got != want {
		t.Errorf("Answer: %q, want %q", got, want)
	}
}

func TestAnAnswerAroundTheQuoteIsPutTogether(t *testing.T) {
	text := "done\n\nOn 3/9/2026 19:00, Microreach wrote:\n" + quote + "\nand it felt good\n\nSent from my iPhone"
	want := "done\n\nand it felt good"
	if got := replytext.Cut(text); got != want {
		t.Errorf("Cut: %q", got)
	}
}

// A name and a verb are an introduction only where a quote follows.
func TestANameAloneIntroducesAQuote(t *testing.T) {
	if got := replytext.Cut("done 7\n\nMicroreach wrote:\n" + quote); got != "done 7" {
		t.Errorf("%q", got)
	}
	for _, text := range []string{"done 7\n\nMy sister wrote:\nI am glad.", "He wrote:\n> come home"} {
		if got := replytext.Cut(text); !strings.Contains(got, "wrote:") {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestWhatACompanyPutsAboveAMailIsLeftOut(t *testing.T) {
	for _, banner := range []string{
		"CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender and know the content is safe.",
		"[EXTERNAL EMAIL] Please be careful with links and attachments.",
		"You don't often get email from ana@participant.example. Learn why this is important<https://aka.ms/LearnAboutSenderIdentification>",
		"*WARNING:* This email comes from an external sender.\nBe careful.",
		"ACHTUNG: Diese E-Mail stammt von einem externen Absender.",
		"ATTENTION : ce courriel provient de l'extérieur de l'organisation.",
	} {
		text := banner + "\n\n\ndone 7\n\nOn 3/9/2026 19:00, Microreach wrote:\n" + quote
		if got := replytext.Answer(text); got != "done 7" {
			t.Errorf("%q\nAnswer: %q", banner, got)
		}
	}
	for _, person := range []string{"Caution: I was careful, and went outside.\nThen I called her.", "Attention: this was hard, an external push helped."} {
		if got := replytext.Answer(person); got != person {
			t.Errorf("%q became %q", person, got)
		}
	}
}

func TestAnAnswerBelowAQuoteWithItsIntroductionIsFound(t *testing.T) {
	if got := replytext.Cut("> On Mon, Mar 9, 2026 at 7:00 PM M <reply@m.example> wrote:\n" + quote + "\ndone 7"); got != "done 7" {
		t.Errorf("%q", got)
	}
}

func TestALineThatWasWrappedInsideAQuoteIsPartOfIt(t *testing.T) {
	const long = "> a quoted line that is long enough to have been wrapped by the program"
	for text, want := range map[string]string{
		"yes\n\n" + long + "\nand: reply STOP\n> and goes on\n":                    "yes",
		"yes\n\n" + long + "\nReply STOP to leave, and nothing more comes.\n> x\n": "yes",
		"yes\n\n" + long + "\nthat goes on down here\n":                            "yes",
		long + "\nthat goes on down here\n\nyes\n":                                 "yes",
		"> How close were you?\n6\n> And what helped?\nthe walk\n":                 "6\nthe walk",
		long + "?\nyes\n": "yes",
	} {
		if got := replytext.Answer(text); got != want {
			t.Errorf("%q\nAnswer: %q, want %q", text, got, want)
		}
	}
}

func TestNothingWrittenIsNothing(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                     "",
		"blanks":                    " \n\u00a0\n\t\n\u200b",
		"quote only":                quote,
		"introduced quote only":     "On 3/9/2026 19:00, Microreach wrote:\n" + quote,
		"introduction and original": "On 3/9/2026 19:00, Microreach wrote:\n\n" + bare,
		"footer only":               "Sent from my iPhone",
		"footer and quote":          "Sent from my iPhone\n\nOn 3/9/2026 19:00, Microreach wrote:\n" + quote,
		"signature only":            "-- \nAna",
		"nested quotes only":        "> On 3/9/2026 19:00, Microreach wrote:\n>> Reply STOP\n",
		"rules":                     "----\n****\n",
	} {
		if got := replytext.Answer(text); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAForwardGivesWhatWasForwardedToCutOnly(t *testing.T) {
	text := "---------- Forwarded message ---------\nFrom: A <a@b.example>\nDate: Mon, Mar 9, 2026\nSubject: x\nTo: c@d.example\n\nthe letter\n"
	if got := replytext.Cut(text); got != "the letter" {
		t.Errorf("Cut: %q", got)
	}
	if got := replytext.Answer(text); got != "" {
		t.Errorf("Answer: %q", got)
	}
}

func TestBlankLinesAndIndentsWithinAReplyAreKept(t *testing.T) {
	text := "one\n\n\n    two\n  - three"
	if got := replytext.Cut("\n\n" + text + "\n\n"); got != text {
		t.Errorf("%q", got)
	}
}
