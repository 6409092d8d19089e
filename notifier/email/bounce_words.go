package email

import "strings"

// The words of mail servers, in lower case. None of them is said by us.

// failedSubjects begin the subjects of reports that a mail did not arrive.
var failedSubjects = []string{
	"undelivered mail", "undeliverable", "undeliverable mail", "undelivered message", "mail delivery failed", "mail delivery failure", "mail delivery problem",
	"mail delivery error", "delivery failure", "delivery failed", "delivery status notification (failure)", "delivery status notification(failure)", "delivery status notification: error",
	"delivery notification", "delivery report", "delivery error", "delivery problem", "failure notice", "failure delivery", "failed delivery", "permanent delivery failure", "message delivery failed", "message delivery failure", "message delivery has failed",
	"email delivery failed", "email could not be delivered", "your email could not be delivered", "e-mail delivery failed", "e-mail delivery failure", "mail undeliverable", "mail not delivered", "mail was not delivered", "mail delivery status", "nondelivery report", "bounced mail", "recipient unknown", "recipient rejected", "mailbox full", "mailbox is full", "mailbox unavailable", "quota exceeded", "over quota", "error sending message", "error delivering", "message error", "sms delivery failed",
	"message not delivered", "message could not be delivered", "your message could not be delivered", "sorry, your message could not be delivered", "returned mail", "returned email", "returned message", "mail could not be delivered", "mail failure",
	"message undeliverable", "message status - undeliverable", "mail system error", "mail error", "non delivery report", "non-delivery", "nondeliverable", "email delivery failure", "error sending your mail", "there was an error sending your mail",
	"message you sent blocked by", "postmaster notify: see transcript", "notice: mail delivery status", "unable to deliver", "could not deliver", "cannot deliver", "user unknown", "rejected mail", "mail rejected", "message rejected", "rejected: ",
	"unzustellbar", "nicht zustellbar", "mail nicht zustellbar", "nachricht nicht zustellbar", "rückläufer", "mail konnte nicht zugestellt werden", "e-mail konnte nicht zugestellt werden", "ihre nachricht konnte nicht zugestellt werden", "zustellung fehlgeschlagen", "zustellfehler",
	"non remis", "non remis :", "échec de la remise", "échec de remise", "échec de livraison", "non distribuable", "message non délivré", "message non remis", "courrier non distribué",
	"no se puede entregar", "no se pudo entregar", "no entregado", "mensaje no entregado", "error de entrega", "correo no entregado", "fallo de entrega", "onbestelbaar", "niet bezorgbaar", "niet besteld", "bezorging mislukt", "mancata consegna", "non recapitabile", "impossibile recapitare", "recapito non riuscito", "errore di consegna",
	"não é possível entregar", "não foi possível entregar", "não entregue", "falha na entrega", "falha de entrega", "erro de entrega", "kan inte levereras", "kan inte leverera", "det gick inte att leverera", "olevererbart", "kan ikke leveres", "kan ikke levere", "ikke leveret", "ikke levert", "ei voi toimittaa", "toimittaminen epäonnistui",
	"niemożliwe do dostarczenia", "niedostarczona", "niedostarczony", "nie można dostarczyć", "nie dostarczono", "nedoručitelné", "nedoručiteľné", "nelze doručit", "kézbesíthetetlen", "nelivrabil", "teslim edilemedi", "iletilemedi", "не доставлено", "недоставленное", "недоставлено", "не удалось доставить", "не удается доставить", "сбой доставки", "не вдалося доставити", "недоставлене",
	"配信不能", "配信不可", "配信に失敗", "配信できません", "配信エラー", "送信エラー", "退信", "系统退信", "系統退信", "无法投递", "无法送达", "無法傳遞", "無法投遞", "邮件被退回", "未傳遞", "未传递", "не удалось доставить", "배달 못함", "배달되지 않음", "전달되지 않음", "전송 실패", "반송", "לא ניתן למסירה", "تعذر التسليم", "تعذر تسليم",
}

// lostSubjects stand anywhere in the subjects of such reports.
var lostSubjects = []string{"could not be delivered", "couldn't be delivered", "was not delivered", "wasn't delivered", "cannot be delivered", "konnte nicht zugestellt", "n'a pas pu être", "no pudo ser entregado", "не может быть доставлено"}

// delayedSubjects begin the subjects of reports that a server still tries.
var delayedSubjects = []string{
	"delivery status notification (delay)", "delivery status notification(delay)", "delivery status notification: warning", "warning: message", "delayed mail", "delayed delivery", "delivery delayed", "mail delivery delayed", "message delayed",
	"warning: could not send message", "warning: mail delivery", "warning - delayed", "delivery delay", "delivery is delayed", "delivery temporarily suspended", "undelivered after", "verzögerte zustellung", "zustellung verzögert", "zustellungsverzögerung", "message en attente", "remise retardée", "retrasado", "entrega retrasada", "uitgesteld",
}

// serverWords are what mail servers say of a mail that they could not pass
// on, and nobody else does. At the beginning of a text they name its author.
var serverWords = []string{
	"this message was created automatically by", "this is the mail system at host", "this is the qmail-send program", "this is the mailer-daemon", "this is the james mail server", "this is the mail server on", "this is the postfix program",
	"i'm afraid i wasn't able to deliver your message", "i'm sorry to have to inform you that your message could not", "the following message to <", "message from yahoo", "unable to deliver message to the following address", "sorry, we were unable to deliver your message",
	"the following addresses had", "following address(es) failed", "the following address failed", "did not reach the following recipient", "did not reach some or all of the intended recipients", "following recipients did not receive",
	"could not be delivered to the following", "cannot be delivered to the following", "could not be delivered to one or more", "could not be delivered to its intended recipient", "delivery to the following recipient", "delivery has failed to these recipients", "following recipients cannot be delivered", "to the following recipients cannot be delivered",
	"message that you sent was undeliverable", "following undeliverable recipient", "this is a delivery status notification", "this is an automatically generated delivery status notification", "a message that you sent could not be delivered", "a message that you sent has not yet been delivered",
	"was not delivered to:", "technical details of permanent failure", "technical details of temporary failure", "permanent fatal delivery errors", "transcript of session follows", "transcript of the attempts to send", "failed to deliver to '", "could not be delivered because of", "your message wasn't delivered to", "your message couldn't be delivered to",
	"reporting-mta:", "final-recipient:", "diagnostic-code:", "remote host said:", "remote server returned '", "rcpt to:<", "was blocked by our", "no valid recipients were found", "message log follows", "the original message was received at", "this report relates to a message you sent", "undeliverable mail", "the mail you sent could not be delivered", "delivery of the email was stopped", "an error occurred while trying to deliver", "one or more of its recipients",
	"konnte nicht an alle empfänger zugestellt werden", "fehler bei der zustellung an folgende", "konnte nicht zugestellt werden", "échec de la remise pour", "n'a pas pu être remis au", "n'a pas pu être distribué", "error al entregar", "no se pudo entregar el mensaje", "no se ha podido entregar", "recapito non riuscito per", "bezorging aan de volgende", "leveransen till följande mottagare", "levering til følgende modtagere", "levering til følgende mottakere", "falha na entrega para", "не удалось доставить", "не может быть доставлено", "не было доставлено", "次の受信者またはグループへの配信", "您的邮件被退回", "邮件无法送达", "退信原因", "收件人邮件地址",
}

// lostWords say of a mail from a server that it tells of one that did not
// arrive. People say such things too.
var lostWords = []string{
	"not be delivered", "n't be delivered", "n't delivered", "not delivered", "undeliver", "deliver your message", "delivery failed", "delivery fail", "failed to deliver", "unable to deliver", "delivery of your message", "delivery errors", "not reach", "fatal error", "permanent error", "permanent failure",
	"rejected", "user unknown", "unknown user", "no such user", "does not exist", "doesn't exist", "not known", "not found", "not listed", "invalid recipient", "invalid address", "mailbox full", "mailbox is full", "over quota", "exceeds allowed", "was blocked", "no valid recipients", "failed addresses", "recipient unknown", "couldn't be found", "wasn't found", "returned mail", "error while attempting to deliver", "has been returned",
	"nicht zugestellt", "fehler bei der zustellung", "unbekannt", "n'a pas pu", "échec", "no se pudo", "no se ha podido", "no existe", "não foi possível", "falhou", "non riuscito", "non è stato possibile", "misslyckades", "kunne ikke", "mislukt", "niet worden bezorgd", "epäonnistui", "nie udało", "nepodařilo", "не удалось", "не доставлен", "не может быть", "退", "失败", "失敗", "不存在", "できません", "ませんでした", "실패", "존재하지",
}

// delayedWords say that a server goes on trying.
var delayedWords = []string{
	"is delayed", "has been delayed", "been delayed for", "not yet been delivered", "still undelivered", "warning message only", "this is a warning only", "will be retried", "will keep trying", "delivery attempts will continue", "no action is required", "do not need to resend", "noch nicht zugestellt", "wird weiterhin versucht", "pas encore été remis", "n'a pas encore", "todavía no se ha", "aún no se ha", "задержана", "遅延",
}

// fullWords say that there was no room.
var fullWords = []string{
	"mailbox full", "mailbox is full", "mailbox for user is full", "mailbox is over", "full mailbox", "inbox is full", "inbox full", "account is full", "mail box full", "mailfolder is full", "mailfolder is over", "over quota", "overquota", "over the allowed quota", "quota exceed", "exceeded quota", "exceeded its quota", "exceeded the quota", "exceeds quota", "exceeded their quota", "exceeded his quota", "exceeded storage", "quota has been exceeded", "disk quota", "storage quota", "quota full", "out of quota", "exceeds allowed size", "exceeded the maximum", "mailbox exceeded", "mailbox has exceeded", "mailbox size limit", "mailbox limit", "maximum mailbox size", "insufficient storage", "insufficient disk", "insufficient space", "not enough space", "not enough storage", "no space left in", "out of storage", "recipient storage full", "storage full", "exceeded storage allocation", "mail receive limit", "too many messages on this", "receiving mail at a rate",
	"postfach voll", "postfach ist voll", "postfach ist überfüllt", "speicherplatz", "boîte pleine", "boîte aux lettres pleine", "boite pleine", "quota dépassé", "buzón lleno", "cuota excedida", "casella piena", "casella postale piena", "caixa cheia", "caixa postal cheia", "mailbox vol", "skrzynka pełna", "ящик переполнен", "переполнен", "邮箱已满", "空间不足", "容量", "mailbox ist voll",
}

// originals begin the copy of our own mail in a report; what follows is not
// the server's.
var originals = []string{
	"--- below this line is a copy", "------ this is a copy of the message", "--- original message follows", "original message follows", "----- original message -----", "----- unsent message follows", "   ----- message header follows", "possibly truncated original message", "------- returned message", "|------------------------- message text follows", "--- enclosed are the original headers", "--- the header of the original message", "-----original message-----", "--- original message", "message header follows", "------- the original mail", "original message headers",
}

// sayAny reports whether a text has one of some phrases in it.
func sayAny(lower string, phrases []string) bool {
	for _, p := range phrases {
		if strings.Contains(lower, p) {
			return true
		}
	}
	return false
}

// titled reports whether a subject begins with one of a list, as a phrase of
// its own.
func titled(subject string, list []string) bool {
	for _, p := range list {
		if rest, ok := strings.CutPrefix(subject, p); ok && (rest == "" || strings.ContainsAny(rest[:1], ": -([;!./<") || rest[0] >= 0x80 || p[len(p)-1] >= 0x80 || p[len(p)-1] == ' ') {
			return true
		}
	}
	return false
}
