package emailtest

import (
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// settings is the configuration of a server that is all of one plain user, in
// the language of its version: 2.4 has another one than 2.3.
func (d *Dovecot) settings(o DovecotOptions) string {
	name, group := strconv.Itoa(os.Geteuid()), strconv.Itoa(os.Getegid())
	if d.owner != nil {
		name, group = strconv.Itoa(int(d.owner.Uid)), strconv.Itoa(int(d.owner.Gid))
	}
	uid, gid := name, group
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	text := settings23 + shared
	if d.version.isNew() {
		text = settings24 + shared
	}
	for _, more := range d.more(o) {
		text += more
	}
	relay, relayPort, _ := net.SplitHostPort(o.RelayTo)
	protocols := "imap"
	if o.RelayTo != "" {
		protocols += " submission"
	}
	return strings.NewReplacer("DIR", d.dir, "NAME", name, "GROUP", group, "UID", uid, "GID", gid, "PASSWORD", d.Password,
		"TLSPORT", strconv.Itoa(d.TLSPort), "PLAINPORT", strconv.Itoa(d.Port), "SUBMISSIONPORT", strconv.Itoa(d.SubmissionPort),
		"INTROSPECT", o.Introspect, "RELAYHOST", relay, "RELAYPORT", relayPort, "PROTOCOLS", protocols).Replace(text)
}

// more are the settings that options ask for.
func (d *Dovecot) more(o DovecotOptions) (list []string) {
	isNew := d.version.isNew()
	if o.NoIDLE {
		list = append(list, "imap_capability = IMAP4rev1 SASL-IR LITERAL+ ID ENABLE UIDPLUS MOVE\n")
	}
	if o.NoMove {
		list = append(list, "imap_capability = IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE\n")
	}
	switch {
	case o.Introspect != "" && isNew:
		list = append(list, "auth_mechanisms = plain login xoauth2\noauth2 {\n  introspection_mode = get\n  introspection_url = INTROSPECT\n  username_attribute = username\n  active_attribute = active\n  active_value = true\n}\n")
	case o.Introspect != "":
		list = append(list, "auth_mechanisms = plain login xoauth2\npassdb {\n  driver = oauth2\n  mechanisms = xoauth2\n  args = DIR/oauth2.conf\n}\n")
	}
	if o.RelayTo != "" {
		list = append(list, submission)
	}
	return list
}

// shared is what both versions say alike.
const shared = `
base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/log
protocols = PROTOCOLS
listen = 127.0.0.1
ssl = required
auth_mechanisms = plain login
default_internal_user = NAME
default_internal_group = GROUP
default_login_user = NAME
first_valid_uid = 1
# where the system has no watch on files left to give
mailbox_idle_check_interval = 1s
mail_uid = UID
mail_gid = GID
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = PLAINPORT
  }
  inet_listener imaps {
    port = TLSPORT
    ssl = yes
  }
}
service stats {
  chroot =
}
`

const settings23 = `
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
ssl_dh =
mail_location = maildir:DIR/mail/%u
passdb {
  driver = static
  args = password=PASSWORD
}
userdb {
  driver = static
  args = uid=UID gid=GID home=DIR/home/%u
}
`

const settings24 = `dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl_server_cert_file = DIR/cert.pem
ssl_server_key_file = DIR/key.pem
mail_driver = maildir
mail_path = DIR/mail/%{user}
mail_inbox_path = DIR/mail/%{user}
passdb static {
  password = PASSWORD
}
userdb static {
  fields {
    uid = UID
    gid = GID
    home = DIR/home/%{user}
  }
}
namespace inbox {
  inbox = yes
  separator = .
}
`

// submission takes mail of signed-in users and passes it on.
const submission = `
submission_relay_host = RELAYHOST
submission_relay_port = RELAYPORT
submission_relay_ssl = no
service submission-login {
  chroot =
  inet_listener submission {
    port = SUBMISSIONPORT
  }
  inet_listener submissions {
    port = 0
  }
}
`

// dovecotVersion is what the program says of itself: "2.3.19.1".
type dovecotVersion string

func (v dovecotVersion) isNew() bool { return !strings.HasPrefix(string(v), "2.3.") }

// isKnown reports whether its configuration is known here.
func (v dovecotVersion) isKnown() bool {
	return strings.HasPrefix(string(v), "2.3.") || strings.HasPrefix(string(v), "2.4.")
}
