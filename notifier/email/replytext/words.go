package replytext

// The words of mail programs, in the languages they speak. None of them is
// said by us; all are in lower case.

// set makes a table for looking up.
func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// introVerbs say that somebody wrote.
var introVerbs = []string{
	"wrote", "writes", "quoting", "said",
	"schrieb", "geschrieben", "schreef", "geschreven", "skrev", "skreiv", "skrifaði",
	"a écrit", "a ecrit", "écrivait", "va escriure", "escribió", "escribio", "escreveu", "escrebeu", "ha scritto", "scrisse", "a scris",
	"napisał", "napisał(a)", "napisała", "napisal", "napísal", "napísal(a)", "napsal", "napsal(a)", "napsala", "pisze", "píše", "je napisao", "je napisala", "napisao je", "je napisal", "je napisal(a)",
	"написал", "написала", "написал(а)", "пишет", "писал", "писал(а)", "написав", "написала", "пише", "написа", "напиша",
	"kirjoitti", "kirjutas", "rakstīja", "rakstija", "rašė", "parašė", "írta", "ezt írta", "yazdı", "yazmış", "şunu yazdı", "έγραψε", "shkroi",
	"כתב", "כתבה", "כתב/ה", "מאת", "كتب", "كتبت", "نوشت", "viết", "đã viết", "menulis", "ditulis", "sumulat", "เขียนว่า", "เขียน", "ने लिखा",
	"写道", "寫道", "来信", "写到", "さんは書きました", "のメール", "さんが書きました", "書きました", "작성", "님이 작성", "씀", "idatzi du", "scribeva", "zitat von", "citando a", "ysgrifennodd", "skryf",
}

// speakers are who cannot stand before the verb of an introduction.
var speakers = set("i", "we", "he", "she", "they", "who", "also", "just", "then", "ich", "wir", "je", "nous", "yo", "io", "eu", "ik", "jag", "jeg", "я")

// introWords begin an introduction, before the date.
var introWords = set(
	"on", "at", "am", "le", "el", "il", "em", "op", "den", "på", "dnia", "dňa", "dne", "w", "w dniu", "wt", "pon", "śr", "czw", "pt", "sob", "niedz",
	"в", "на", "от", "у", "la", "în", "pe", "a", "em", "no", "vào", "pada", "στις", "ב", "في", "ở", "ngày", "el", "der", "die", "ke", "ti", "pe", "to", "dana", "data",
	"在", "於", "于", "今", "date", "al", "lúc", "2", "quoting",
	"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december",
	"mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
	"montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "mo", "di", "mi", "do", "fr", "sa", "so",
	"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
	"lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica", "segunda", "terça", "quarta", "quinta", "sexta",
	"maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag", "mandag", "tirsdag", "lørdag", "søndag",
	"понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье", "пн", "вт", "ср", "чт", "пт", "сб", "вс", "нд",
	"maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai", "ma", "ti", "ke", "pe", "su",
)

// introPrefixes begin an introduction where no blank follows them, or where
// they are more than a word.
var introPrefixes = []string{"在", "於", "于", "في", "ב-", "ב־", "w dniu", "în ", "на ", "in article", "in a message", "am ", "vào ", "dňa ", "dne ", "quoting ", "zitat von", "citando", "el-", "понедельник,", "вторник,", "среда,", "четверг,", "пятница,", "суббота,", "воскресенье,"}

// announced stand between dashes above an embedded mail.
var announced = set(
	"original message", "original email", "original mail", "original appointment", "forwarded message", "forwarded mail", "forwarded by", "forwarded letter", "reply message", "replied message", "replied mail",
	"原始信息", "원본 이메일", "ursprüngliche mitteilung", "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "ursprungsnachricht", "ursprüngliche mail", "weitergeleitete nachricht", "weitergeleitete mail", "weitergeleitet von",
	"message d'origine", "message d’origine", "message original", "message initial", "message transféré", "message transmis", "courriel original", "e-mail d'origine", "transféré par",
	"mensaje original", "mensaje reenviado", "correo original", "mensaxe orixinal", "missatge original", "missatge reenviat", "mensagem original", "mensagem encaminhada", "mensagem reencaminhada",
	"messaggio originale", "messaggio inoltrato", "messaggio inviato", "oorspronkelijk bericht", "origineel bericht", "doorgestuurd bericht",
	"ursprungligt meddelande", "originalmeddelande", "vidarebefordrat meddelande", "vidarebefordrat mail", "oprindelig meddelelse", "original meddelelse", "videresendt meddelelse", "oprindelig besked", "videresendt besked", "opprinnelig melding", "videresendt melding", "original melding",
	"alkuperäinen viesti", "välitetty viesti", "edelleenlähetetty viesti", "algsõnum", "originaal sõnum", "edastatud sõnum", "originalus laiškas", "oriģinālais ziņojums",
	"oryginalna wiadomość", "wiadomość oryginalna", "treść przekazanej wiadomości", "wiadomość przekazana dalej", "przekazana wiadomość", "původní zpráva", "původní e-mail", "přeposlaná zpráva", "pôvodná správa", "preposlaná správa", "eredeti üzenet", "továbbított üzenet", "továbbított levél",
	"исходное сообщение", "оригинальное сообщение", "пересылаемое сообщение", "пересланное сообщение", "перенаправленное сообщение", "исходное письмо", "оригінальне повідомлення", "вихідне повідомлення", "переслане повідомлення", "оригинално съобщение", "препратено съобщение", "изворна порука",
	"izvorna poruka", "originalna poruka", "proslijeđena poruka", "izvirno sporočilo", "posredovano sporočilo", "mesajul original", "mesaj original", "mesaj redirecționat", "orijinal mesaj", "özgün ileti", "orijinal ileti", "yönlendirilmiş mesaj", "iletilmiş mesaj", "iletilen mesaj",
	"αρχικό μήνυμα", "πρωτότυπο μήνυμα", "προωθημένο μήνυμα", "הודעה מקורית", "הודעה שהועברה", "הודעה מועברת", "الرسالة الأصلية", "رسالة أصلية", "رسالة معاد توجيهها", "پیام اصلی",
	"thư gốc", "tin nhắn gốc", "thư đã chuyển tiếp", "pesan asli", "pesan terusan", "mesej asal", "ข้อความต้นฉบับ", "ข้อความที่ส่งต่อ",
	"原始邮件", "原邮件", "原始郵件", "原始信件", "转发的邮件", "转发邮件信息", "轉寄的郵件", "转发邮件", "回复的原邮件", "回复的邮件", "原始邮件信息", "元のメッセージ", "転送メッセージ", "転送されたメッセージ", "원본 메시지", "원본 메일", "전달된 메시지", "전달된 메일", "mensagem de origem", "mezu originala",
)

// announcedWhole stand above an embedded mail only with dashes on either side
// and nothing else.
var announcedWhole = set("original", "forwarded", "原始", "原文", "mensaje", "message", "nachricht", "邮件原件", "原件")

// announcedAlone stand above a forwarded mail without any dashes (Apple Mail).
var announcedAlone = set(
	"begin forwarded message", "start forwarded message", "anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail", "début du message réexpédié", "début du message transféré", "inicio del mensaje reenviado", "início da mensagem encaminhada", "início da mensagem reencaminhada",
	"inizio messaggio inoltrato", "begin doorgestuurd bericht", "vidarebefordrat brev", "start på videresendt besked", "start på vidarebefordrat mail", "videresendt brev", "välitetty viesti alkaa", "początek przekazywanej wiadomości", "začátek přeposílané zprávy",
	"начало переадресованного сообщения", "початок переспрямованого повідомлення", "továbbított levél kezdete", "iletilen ileti başlangıcı", "下面是被转发的邮件", "以下是轉寄的郵件", "転送されたメッセージ", "전달된 메시지 시작", "inceput mesaj redirectionat", "begin weitergeleitete nachricht",
)

// abovePhrases ask to write above them; ours is one of the first kind.
var abovePhrases = []string{
	"reply above this line", "reply above the line", "write above this line", "please type your reply above", "type your reply above", "reply above this", "respond above this line", "enter your reply above", "add your reply above", "reply-above-this-line", "write your reply above",
	"bitte antworten sie oberhalb dieser linie", "oberhalb dieser linie", "antwort oberhalb", "répondre au-dessus de cette ligne", "répondez au-dessus", "au-dessus de cette ligne", "responder por encima de esta línea", "escriba su respuesta por encima", "encima de esta línea", "responda acima desta linha", "acima desta linha",
	"rispondi sopra questa riga", "sopra questa riga", "sopra questa linea", "boven deze lijn", "boven deze regel", "svara ovanför denna rad", "ovanför den här raden", "svar over denne linje", "svar over denne linjen", "odpowiedz powyżej tej linii", "powyżej tej linii", "ответьте выше этой", "выше этой строки", "выше этой линии", "この行より上", "请在此行上方回复",
}

// headLabels are the labels of an embedded mail's header.
var headLabels = labels(map[string][]string{
	"from":     {"由", "발신", "보낸이", "frá", "saatja", "daripada", "од", "пошиљалац", "nga", "nork", "از", "से", "प्रेषक", "from", "von", "de", "da", "van", "från", "fra", "od", "от", "от кого", "від", "от:", "lähettäjä", "saatja", "no", "nuo", "feladó", "gönderen", "kimden", "από", "expéditeur", "expediteur", "remitente", "remetente", "mittente", "afzender", "avsändare", "afsender", "avsender", "odesílatel", "odosielateľ", "nadawca", "отправитель", "відправник", "发件人", "寄件者", "寄件人", "差出人", "送信者", "보낸 사람", "보낸사람", "מאת", "من", "từ", "dari", "จาก", "expeditor", "de la", "pošiljatelj", "šalje", "absender"},
	"to":       {"받은 사람", "받는이", "per a", "adressaat", "kam", "për", "nori", "به", "प्रति", "за", "to", "an", "à", "a", "para", "aan", "till", "til", "do", "komu", "kому", "кому", "до", "vastaanottaja", "kellele", "kam", "kam:", "címzett", "kime", "alıcı", "προς", "destinataire", "destinatario", "destinatário", "ontvanger", "mottagare", "modtager", "mottaker", "příjemce", "adresat", "получатель", "收件人", "收件者", "宛先", "받는 사람", "받는사람", "אל", "إلى", "đến", "kepada", "untuk", "ถึง", "către", "catre", "za", "prima", "empfänger"},
	"cc":       {"cc", "kopie", "kopi", "kopia", "copie", "copie à", "copia", "cópia", "copy", "копия", "копія", "bcc", "抄送", "副本", "참조", "dw", "kópia", "másolatot kap", "bilgi", "κοιν", "kopio"},
	"date":     {"ส่งเมื่อ", "enviat", "dihantar", "послато", "датум", "dërguar", "bidalia", "data de", "تاریخ", "ارسال شده", "प्रेषित", "दिनांक", "dagsetning", "date", "sent", "sent on", "sent at", "datum", "gesendet", "gesendet am", "date d'envoi", "envoyé", "envoyé le", "enviado", "enviado el", "enviado em", "enviada", "enviada em", "enviado a", "fecha", "data", "data:", "inviato", "inviato il", "verzonden", "verzonden op", "skickat", "sendt", "dato", "lähetetty", "päivämäärä", "päiväys", "wysłano", "wysłane", "odesláno", "odoslané", "dátum", "elküldve", "küldve", "дата", "отправлено", "надіслано", "изпратено", "gönderildi", "gönderim tarihi", "tarih", "στάλθηκε", "ημερομηνία", "trimis", "poslano", "发送时间", "发送日期", "日期", "时间", "傳送時間", "寄件日期", "送信日時", "日時", "日付", "보낸 날짜", "날짜", "נשלח", "תאריך", "تاريخ", "التاريخ", "تم الإرسال", "gửi", "đã gửi", "ngày", "tanggal", "dikirim", "วันที่", "saadetud", "išsiųsta", "nosūtīts", "zeit"},
	"subject":  {"เรื่อง", "efni", "temats", "subjekti", "विषय", "mavzu", "subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "ämne", "emne", "aihe", "temat", "předmět", "predmet", "tárgy", "тема", "относно", "konu", "θέμα", "subiect", "subiectul", "主题", "主旨", "件名", "제목", "נושא", "الموضوع", "موضوع", "chủ đề", "tiêu đề", "perihal", "subjek", "หัวเรื่อง", "teema", "tema", "naslov", "zadeva", "re", "sujet", "assumpte", "gaia"},
	"reply-to": {"reply-to", "reply to", "antwort an", "répondre à", "responder a", "responder para", "rispondi a", "risposta", "antwoord aan", "svar till", "svar til", "odpowiedz do", "ответить", "回复", "返信先", "organization", "importance", "priority", "priorität", "attachments", "anlagen", "mailing list", "sender", "wichtigkeit"},
})

// labels turns the table round: from label to field.
func labels(fields map[string][]string) map[string]string {
	m := map[string]string{}
	for _, name := range []string{"reply-to", "cc", "to", "date", "subject", "from"} { // the last one wins where a word means two
		for _, label := range fields[name] {
			m[label] = name
		}
	}
	return m
}

// closings are formal endings of a letter. Thanks are not among them: they are
// part of what somebody says.
var closings = set(
	"best regards", "kind regards", "warm regards", "regards", "best", "best wishes", "with best regards", "with kind regards", "sincerely", "yours sincerely", "sincerely yours", "yours truly", "yours faithfully", "yours", "cordially", "respectfully", "warmly", "all the best", "warmest regards", "many thanks and best regards", "br", "rgds",
	"freundliche grüsse", "viele grüsse", "liebe grüsse", "beste grüsse", "herzliche grüsse", "mit freundlichen grüssen", "mit besten grüssen", "mit freundlichen grüßen", "mit freundlichem gruß", "freundliche grüße", "viele grüße", "beste grüße", "liebe grüße", "herzliche grüße", "mfg", "vg", "lg", "mit besten grüßen", "schöne grüße", "gruß", "grüße", "mit freundlichen gruessen",
	"cordialement", "bien cordialement", "bien à vous", "salutations", "meilleures salutations", "amicalement", "sincères salutations", "bien à toi", "cdt", "cdlt",
	"saludos", "un saludo", "saludos cordiales", "atentamente", "atte", "cordialmente", "un cordial saludo", "atenciosamente", "cumprimentos", "abraços", "com os melhores cumprimentos", "att",
	"cordiali saluti", "distinti saluti", "saluti", "un saluto", "met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet", "vriendelijke groeten", "groeten", "groetjes", "mvg", "hartelijke groeten", "groet",
	"med vänlig hälsning", "med vänliga hälsningar", "bästa hälsningar", "venlige hilsner", "med venlige hilsner", "beste hilsener", "bedste hilsner", "vänliga hälsningar", "mvh", "hälsningar", "med venlig hilsen", "venlig hilsen", "med vennlig hilsen", "vennlig hilsen", "hilsen", "terveisin", "ystävällisin terveisin",
	"pozdrawiam", "z poważaniem", "serdecznie pozdrawiam", "s pozdravem", "s pozdravom", "üdvözlettel", "üdv", "с уважением", "с наилучшими пожеланиями", "з повагою", "saygılarımla", "iyi çalışmalar", "lep pozdrav", "lijep pozdrav", "cu stimă", "cu respect", "με εκτίμηση", "此致", "敬具", "よろしくお願いします",
)

// contactLabels stand before a contact detail.
var contactLabels = set("tel", "telephone", "telefon", "téléphone", "teléfono", "telefono", "telefoon", "phone", "ph", "mobile", "mobil", "mob", "cell", "cellulare", "móvil", "fax", "office", "direct", "email", "e-mail", "mail", "web", "website", "site", "www", "url", "skype", "linkedin", "twitter", "facebook", "address", "adresse", "t", "m", "f", "p", "e", "w", "kvk", "btw", "iban", "vat", "ust-id", "ust", "hrb", "тел", "моб", "电话", "手机", "tel/fax", "p.o", "bel")

// footerPrefix begins a footer. A sure one needs no device after it.
type footerPrefix struct {
	words string
	sure  bool
}

var footerPrefixes = []footerPrefix{
	{"securely sent with ", true}, {"sent securely with ", false}, {"sent from ", true}, {"sent via ", false}, {"sent with ", false}, {"sent using ", false}, {"sent by ", false}, {"sent on ", false}, {"get outlook for ", true}, {"from my ", false}, {"sent through ", false}, {"written on ", false}, {"typed on ", false}, {"get bluemail ", true}, {"get yahoo ", true}, {"composed on ", false},
	{"envoyé de ", true}, {"envoyé depuis ", true}, {"envoyé à partir ", true}, {"envoyé avec ", false}, {"envoyé via ", false}, {"télécharger outlook ", true}, {"provenance : ", false}, {"obtenir outlook ", true}, {"obtenez outlook ", true},
	{"von meinem ", false}, {"von meiner ", false}, {"gesendet von ", false}, {"gesendet mit ", false}, {"gesendet aus ", false}, {"gesendet über ", false}, {"diese nachricht wurde von ", false}, {"diese nachricht wurde mit ", false}, {"diese mail wurde ", false}, {"diese e-mail wurde ", false}, {"outlook für ", true}, {"holen sie sich outlook ", true}, {"mobil gesendet", true}, {"versendet mit ", false}, {"versandt mit ", false}, {"verschickt von ", false},
	{"enviado desde ", true}, {"enviado con ", false}, {"enviado a través ", false}, {"obtener outlook ", true}, {"enviado do ", true}, {"enviado de ", true}, {"enviada do ", true}, {"enviado pelo ", false}, {"enviado via ", false}, {"enviat des ", true}, {"obter o outlook ", true}, {"obter outlook ", true}, {"obtenha o outlook ", true}, {"enviado através ", false},
	{"inviato da ", true}, {"inviato dal ", true}, {"inviata da ", true}, {"scarica outlook ", true}, {"ottieni outlook ", true}, {"inviato con ", false},
	{"verzonden met ", false}, {"verzonden vanaf ", true}, {"verzonden vanuit ", true}, {"verstuurd vanaf ", true}, {"verstuurd met ", false}, {"verstuurd vanuit ", true}, {"outlook voor ", true}, {"outlook downloaden ", true}, {"verzonden via ", false}, {"download outlook ", true},
	{"skickat från ", true}, {"skickades från ", true}, {"skickat med ", false}, {"hämta outlook ", true}, {"sendt fra ", true}, {"sendt med ", false}, {"sendt via ", false}, {"hent outlook ", true}, {"få outlook ", true}, {"lähetetty ", false}, {"hanki outlook ", true},
	{"wysłane z ", true}, {"wysłano z ", true}, {"wysłane za ", false}, {"pobierz outlook ", true}, {"odesláno z ", true}, {"odesláno ze ", true}, {"odoslané z ", true}, {"elküldve ", false}, {"küldve ", false}, {"az outlook ", true}, {"poslano iz ", true}, {"poslano s ", true}, {"trimis de pe ", true}, {"trimis din ", true}, {"получите outlook ", true},
	{"отправлено с ", true}, {"отправлено из ", true}, {"отправлено со ", true}, {"надіслано з ", true}, {"надіслано із ", true}, {"изпратено от ", true}, {"στάλθηκε από ", true}, {"εστάλη από ", true},
	{"נשלח מ", true}, {"أرسل من ", true}, {"أُرسلت من ", true}, {"تم الإرسال من ", true}, {"gửi từ ", true}, {"được gửi từ ", true}, {"dikirim dari ", true}, {"ส่งจาก ", true}, {"从我的", true}, {"发送自 ", true}, {"傳送自 ", true}, {"發自我的", true}, {"发自我的", true}, {"发自", false}, {"發自", false}, {"從我的", true}, {"来自我的", true}, {"获取 outlook", true}, {"나의 ", false}, {"내 ", false}, {"android용", true}, {"ios用 outlook", true}, {"androidから", true}, {"iphoneから", true}, {"ipadから", true},
}

// footerSuffixes end a footer, in languages that put the device first.
var footerSuffixes = []string{"gönderildi", "gönderilmiştir", "から送信", "보냄", "傳送", "发送", "發送", "from mobile", "from phone", "из почты", "gesendet", "saadetud"}

// footerLines are footers as a whole.
var footerLines = set("securely sent with tutanota. get your own encrypted, ad-free mailbox:", "securely sent with tuta. get your own encrypted, ad-free mailbox:", "secured with tuta mail:", "sent with tuta; enjoy secure & ad-free emails:", "yahoo mail: search, organize, conquer", "yahoo mail. it's a better day", "sent from mobile", "von unterwegs gesendet", "virus-free. www.avast.com", "virus-free.www.avast.com", "get outlook", "sent while mobile", "please excuse typos", "please excuse any typos", "please excuse brevity and typos", "excuse typos", "sent on the go", "virenfrei. www.avast.com", "garanti sans virus. www.avast.com", "libre de virus. www.avast.com")

// storyWords stand in sentences, not in footers.
var storyWords = set("to", "her", "him", "them", "i", "we", "she", "he", "was", "is", "and", "but", "it", "that", "about", "when", "because", "could", "didn't", "can", "not")

// devices are the names of devices and mail programs.
var devices = set(
	"android", "blackberry", "phone", "mobile", "mobil", "mobiltelefon", "cell", "cellphone", "smartphone", "handy", "handset", "tablet", "device", "samsung", "galaxy", "htc", "nokia", "huawei", "xiaomi", "redmi", "oneplus", "motorola", "moto", "sony", "xperia", "lg", "pixel", "nexus", "lumia", "honor", "oppo", "vivo", "realme",
	"windows", "mac", "macbook", "laptop", "pc", "computer", "outlook", "mail", "email", "gmail", "yahoo", "aol", "proton", "protonmail", "thunderbird", "airmail", "mailbox", "spark", "k", "k9", "fairemail", "bluemail", "mailspring", "postbox", "hey", "superhuman", "fastmail", "unibox", "mailbutler", "missive", "canary", "boxer", "shift", "mymail", "touchdown", "typeapp", "tutanota", "tuta", "zoho", "gmx", "icloud", "kindle", "watch", "symbian", "treo", "palm", "polymail", "newton", "edison", "aquamail", "telefon", "teléfono", "telefono", "telefoon", "téléphone", "móvil", "movil", "celular", "smartphonu", "telefonu", "телефона", "телефон", "смартфона", "устройства", "почты", "аппарата", "galaxysta", "puhelimesta", "puhelimestani", "手机", "本", "スマホ", "휴대폰", "app", "verizon", "t-mobile", "sprint", "at&t", "bb", "communicator",
)

// deviceStems are found inside words too, since many languages bend them.
var deviceStems = []string{"iphone", "ipad", "ipod", "android", "blackberry", "samsung", "huawei", "smartphone", "outlook", "手机", "mobilgerät", "mobiltelefon", "mobilen", "smartphon", "айфон", "邮箱"}

// disclaimer is a paragraph that begins in one way and has a word in it.
type disclaimer struct{ begins, has string }

var disclaimers = []disclaimer{
	{"caution", "originated"}, {"caution", "external email"}, {"caution", "external e-mail"}, {"caution", "external sender"}, {"caution", "external source"}, {"caution", "outside of the organi"}, {"caution", "outside of our organi"}, {"caution", "outside of your organi"}, {"caution", "outside the organi"}, {"caution", "outside your organi"}, {"caution", "outside our"}, {"caution", "outside sender"}, {"caution", "click links"}, {"caution", "click on links"}, {"caution", "links or open attach"}, {"warning", "originated"}, {"warning", "external email"}, {"warning", "external e-mail"}, {"warning", "external sender"}, {"warning", "external source"}, {"warning", "outside of the organi"}, {"warning", "outside of our organi"}, {"warning", "outside of your organi"}, {"warning", "outside the organi"}, {"warning", "outside your organi"}, {"warning", "outside our"}, {"warning", "outside sender"}, {"warning", "click links"}, {"warning", "click on links"}, {"warning", "links or open attach"}, {"attention", "originated"}, {"attention", "external email"}, {"attention", "external e-mail"}, {"attention", "external sender"}, {"attention", "external source"}, {"attention", "outside of the organi"}, {"attention", "outside of our organi"}, {"attention", "outside of your organi"}, {"attention", "outside the organi"}, {"attention", "outside your organi"}, {"attention", "outside our"}, {"attention", "outside sender"}, {"attention", "click links"}, {"attention", "click on links"}, {"attention", "links or open attach"}, {"external email", ""}, {"external sender", ""}, {"external message", ""}, {"[external", ""}, {"this message was sent from outside", ""}, {"this email was sent from outside", ""}, {"this email is from an external", ""}, {"this message came from outside", ""}, {"you don't often get email from", ""}, {"you don’t often get email from", ""}, {"some people who received this message don't often get email", ""}, {"external:", "click"}, {"this email originated", "outside"}, {"this email originated", "external"}, {"this message originated", "outside"}, {"this message originated", "external"},
	{"achtung", "e-mail"}, {"achtung", "externe"}, {"sicherheitshinweis", "extern"}, {"diese e-mail kommt von", "extern"}, {"vorsicht", "e-mail"}, {"attention", "courriel"}, {"attention", "message provient"}, {"attention", "expéditeur externe"}, {"avertissement", "courriel"}, {"precaución", "correo"}, {"atención", "correo"}, {"attenzione", "e-mail"}, {"attenzione", "mittente estern"}, {"let op", "e-mail"}, {"let op", "externe afzender"}, {"atenção", "e-mail"}, {"внимание", "внешн"},
	{"this e-mail", "confidential"}, {"this email", "confidential"}, {"this message", "confidential"}, {"this communication", "confidential"}, {"this transmission", "confidential"}, {"the information", "confidential"}, {"the information", "intended"}, {"the content", "confidential"}, {"the contents", "confidential"}, {"the content", "intended"}, {"confidentiality notice", ""}, {"confidential", "intended"}, {"disclaimer", ""}, {"legal notice", ""}, {"notice:", "confidential"}, {"important:", "confidential"}, {"privileged", "confidential"},
	{"this e-mail", "intended"}, {"this email", "intended"}, {"this message", "intended"}, {"this e-mail", "virus"}, {"this email", "virus"}, {"this message", "virus"}, {"this email has been", "scanned"}, {"please consider the environment", ""}, {"please think of the environment", ""}, {"virus-free", ""}, {"this electronic", "confidential"}, {"any views", "author"}, {"if you are not the intended", ""}, {"if you have received this", "error"}, {"caution:", "external"}, {"external email", ""}, {"you received this message because you are subscribed", ""}, {"to unsubscribe from this", ""},
	{"diese e-mail", "vertraul"}, {"diese mail", "vertraul"}, {"diese nachricht", "vertraul"}, {"der inhalt dieser", "vertraul"}, {"ce message", "confidentiel"}, {"ce courriel", "confidentiel"}, {"cet e-mail", "confidentiel"}, {"ce mail", "confidentiel"}, {"este mensaje", "confidencial"}, {"este correo", "confidencial"}, {"esta mensagem", "confidencial"}, {"este email", "confidencial"}, {"questo messaggio", "riservat"}, {"questa e-mail", "riservat"}, {"dit bericht", "vertrouwelijk"}, {"deze e-mail", "vertrouwelijk"}, {"de informatie", "vertrouwelijk"}, {"de inhoud van", "vertrouwelijk"}, {"detta meddelande", "konfidentiell"}, {"denne e-mail", "fortrolig"}, {"denne e-post", "konfidensiell"}, {"niniejsza wiadomość", "poufn"}, {"tato zpráva", "důvěrn"}, {"это сообщение", "конфиденциал"}, {"avis de confidentialité", ""}, {"aviso legal", ""}, {"aviso de confidencialidad", ""},
}
