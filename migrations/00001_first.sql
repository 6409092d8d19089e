-- +goose Up

CREATE TABLE participants (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,                     -- sealed
    zone          TEXT NOT NULL,                     -- IANA name
    region        TEXT NOT NULL,                     -- where they say that they live, US-TX; empty = not said
    locale        TEXT NOT NULL,
    discreet      BOOLEAN NOT NULL,
    hours_from    INTEGER NOT NULL CHECK (hours_from BETWEEN 0 AND 1439),
    hours_to      INTEGER NOT NULL CHECK (hours_to BETWEEN 1 AND 1440),
    quiet_until   BIGINT,                            -- a pause, or a day of quiet: not told apart
    spacing_ms    BIGINT NOT NULL,                   -- least time between two messages that we start; grows with silence
    silence       INTEGER NOT NULL,                  -- steps that silence has taken
    care_sent_at  BIGINT,                            -- purged within a day
    acks          TEXT NOT NULL CHECK (acks IN ('normal', 'short', 'none')),
    keep          TEXT NOT NULL CHECK (keep IN ('everything', 'numbers', 'answered')),
    shares        TEXT NOT NULL CHECK (shares IN ('nothing', 'numbers', 'words')), -- what the operator may see
    codes         BOOLEAN NOT NULL,                  -- a code to the phone opens the journal
    not_these     TEXT NOT NULL,                     -- practices never to suggest again, comma-separated
    words_days    INTEGER NOT NULL,                  -- for how many days their words are kept; 0 = as the house does
    self_joined   BOOLEAN NOT NULL,                  -- texted JOIN; gone after a week without a yes
    stop_said_at  BIGINT,                            -- when a text last said how to leave
    digest_by     TEXT NOT NULL CHECK (digest_by IN ('', 'sms', 'off')), -- the weekly digest: empty = by mail
    digest_day    INTEGER NOT NULL CHECK (digest_day BETWEEN 0 AND 6),   -- 0 = Sunday
    digest_clock  INTEGER CHECK (digest_clock BETWEEN 0 AND 1439),       -- minutes of the local day; NULL = the usual hour
    digest_form   TEXT NOT NULL CHECK (digest_form IN ('', 'words', 'numbers')), -- empty = numbers where discreet
    digest_past   BOOLEAN NOT NULL,                  -- with a moment of theirs from an earlier week
    digest_week   TEXT NOT NULL,                     -- ISO week of the next one, 2026-W48; empty = none comes
    digest_due_at BIGINT,                            -- when it is looked at
    digest_last   TEXT NOT NULL,                     -- ISO week of the last one that was decided
    digest_until  BIGINT,                            -- up to when records stood in one, or could have
    created_at    BIGINT NOT NULL
);
CREATE INDEX participants_digest ON participants (digest_due_at) WHERE digest_due_at IS NOT NULL;
CREATE INDEX participants_care ON participants (care_sent_at) WHERE care_sent_at IS NOT NULL;

CREATE TABLE addresses (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    channel        TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    value          TEXT NOT NULL,                    -- sealed
    value_index    TEXT NOT NULL,                    -- keyed hash, to find it by
    state          TEXT NOT NULL CHECK (state IN ('invited', 'pending', 'active', 'held', 'stopped', 'suppressed', 'invalid')),
    state_since    BIGINT NOT NULL,
    asked_at       BIGINT
);
CREATE UNIQUE INDEX addresses_value ON addresses (channel, value_index);
CREATE INDEX addresses_participant ON addresses (participant_id);

-- Ways to the pages of one person. The tokens themselves are only in what was sent.
CREATE TABLE links (
    token_index    TEXT PRIMARY KEY,                 -- hash of the token: SHA-256
    participant_id TEXT NOT NULL REFERENCES participants (id),
    address_id     TEXT NOT NULL REFERENCES addresses (id), -- where it was sent
    purpose        TEXT NOT NULL CHECK (purpose IN ('confirm', 'settings', 'leave', 'journal', 'code', 'weekly', 'digest')),
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT                            -- NULL = with the address
);
CREATE INDEX links_participant ON links (participant_id);
CREATE INDEX links_expiry ON links (expires_at) WHERE expires_at IS NOT NULL;

-- The last code that went to each phone, to read back by.
CREATE TABLE codes (
    address_id     TEXT PRIMARY KEY REFERENCES addresses (id),
    participant_id TEXT NOT NULL REFERENCES participants (id),
    code_index     TEXT NOT NULL,                    -- keyed hash; empty = used
    expires_at     BIGINT NOT NULL,
    tries          INTEGER NOT NULL                  -- that were wrong
);
CREATE INDEX codes_participant ON codes (participant_id);

-- Append-only: rows are never changed.
CREATE TABLE consents (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    address_id     TEXT NOT NULL REFERENCES addresses (id),
    topic          TEXT NOT NULL CHECK (topic IN ('messages', 'words', 'digest')),
    given          BOOLEAN NOT NULL,
    wording        TEXT NOT NULL,                    -- name and version of the words shown
    shown          TEXT NOT NULL,                    -- sealed: the words that were agreed to
    words          TEXT NOT NULL,                    -- sealed: what the person wrote or pressed
    address_index  TEXT NOT NULL,                    -- the address, by its keyed hash: what is proved outlives the number
    route          TEXT NOT NULL CHECK (route IN ('sms', 'email', 'page', 'operator', 'service')),
    proof          TEXT NOT NULL,                    -- sealed: MessageSid, Message-ID or IP
    at             BIGINT NOT NULL
);
CREATE INDEX consents_address ON consents (address_id, topic, at);

CREATE TABLE plans (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    practices      TEXT NOT NULL,                    -- ids, comma-separated
    channel        TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    status         TEXT NOT NULL CHECK (status IN ('active', 'paused', 'finished')),
    pace           TEXT NOT NULL,                    -- 2/week
    days           TEXT NOT NULL,                    -- mon,thu; empty = the pace's own
    at             TEXT NOT NULL,                    -- 19:00,21:30; empty = the default time
    span           TEXT NOT NULL,                    -- 09:00-12:00: at random times in it; empty = at fixed times
    per_day        INTEGER NOT NULL,                 -- with span
    gap_ms         BIGINT NOT NULL,                  -- with span
    jitter         INTEGER NOT NULL,                 -- minutes by which a default time is spread
    anchor         TEXT NOT NULL,                    -- local date
    until          TEXT NOT NULL,                    -- last local date; empty = open
    because        TEXT NOT NULL,                    -- sealed: the value that it serves, in the person's words
    no_answer      BOOLEAN NOT NULL,                 -- it asks for no answer: silence does not make it slower
    reviewed_at    BIGINT,                           -- when it last asked whether it is still wanted
    sent           INTEGER NOT NULL,
    next_date      TEXT NOT NULL,
    next_position  INTEGER NOT NULL,
    next_round     INTEGER NOT NULL,
    next_at        BIGINT,
    next_why       TEXT NOT NULL,
    later_date     TEXT NOT NULL,
    later_position INTEGER NOT NULL,
    later_round    INTEGER NOT NULL,
    later_at       BIGINT,
    later_why      TEXT NOT NULL,
    last_date      TEXT NOT NULL,                    -- the slot last used up: none before it comes again
    last_position  INTEGER NOT NULL,
    last_at        BIGINT,
    last_zone      TEXT NOT NULL,                    -- the zone that its date was in
    due_at         BIGINT,                           -- the earlier of the two, NULL where nothing is due
    created_at     BIGINT NOT NULL
);
CREATE INDEX plans_due ON plans (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX plans_participant ON plans (participant_id);

CREATE TABLE inbound (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    channel        TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    provider_index TEXT NOT NULL,                    -- keyed hash of what the provider calls it: it counts once
    provider_id    TEXT NOT NULL,                    -- sealed: the Message-ID, which an answer names, or the MessageSid
    body           TEXT NOT NULL,                    -- sealed
    auto           BOOLEAN NOT NULL,                 -- written by a machine
    at             BIGINT NOT NULL
);
CREATE UNIQUE INDEX inbound_once ON inbound (provider_index);
CREATE INDEX inbound_participant ON inbound (participant_id, at);

-- What people wrote for themselves, to be reminded of.
CREATE TABLE own_practices (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    words          TEXT NOT NULL,                    -- sealed
    created_at     BIGINT NOT NULL
);
CREATE INDEX own_practices_participant ON own_practices (participant_id);

-- The outbox.
CREATE TABLE messages (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    address_id     TEXT NOT NULL REFERENCES addresses (id),
    channel        TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    kind           TEXT NOT NULL CHECK (kind IN ('prompt', 'follow_up', 'digest', 'opt_in', 'answer', 'stop_confirmation', 'help')),
    plan_id        TEXT REFERENCES plans (id),
    slot_date      TEXT,                             -- with plan_id: the slot, which exists once
    slot_position  INTEGER,
    slot_round     INTEGER,
    week           TEXT,                             -- of a digest, 2026-W48: a person has one for each
    practice       TEXT NOT NULL,
    turn           INTEGER NOT NULL,
    step           TEXT NOT NULL CHECK (step IN ('', 'before', 'part', 'after', 'menu', 'offer', 'unclear', 'unseen', 'stop_asked')),
    root           TEXT REFERENCES messages (id),    -- the message that opened the exchange; NULL = this one
    asked          TEXT NOT NULL,
    offers         TEXT NOT NULL,                    -- what its numbers stand for, as JSON; nothing private
    answers        TEXT REFERENCES inbound (id),
    own_time       BOOLEAN NOT NULL,
    subject        TEXT NOT NULL,                    -- sealed
    body           TEXT NOT NULL,                    -- sealed
    html           TEXT NOT NULL,                    -- sealed
    chart          TEXT NOT NULL,                    -- sealed: the numbers that the picture in it is drawn of
    encloses       TEXT NOT NULL CHECK (encloses IN ('', 'copy')), -- what a mail brings along, made when it leaves
    state          TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'sending', 'accepted', 'delivered', 'undelivered',
                                                  'failed', 'unknown', 'unknown_not_resent', 'expired', 'withdrawn')),
    why            TEXT NOT NULL,
    due_at         BIGINT NOT NULL,
    not_before     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    begun_at       BIGINT,
    attempts       INTEGER NOT NULL,
    token_at       BIGINT,                           -- its turn by the sender's rate; NULL = it never had to wait
    lease_until    BIGINT,                           -- real time, also where the clock of the house is not
    reply_index    TEXT,                             -- hash of the reply token of a mail
    bounce_index   TEXT,                             -- hash of the token in its return path
    created_at     BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_slot ON messages (plan_id, slot_date, slot_position, slot_round);
CREATE UNIQUE INDEX messages_week ON messages (participant_id, week);
CREATE UNIQUE INDEX messages_reply ON messages (reply_index);
CREATE UNIQUE INDEX messages_bounce ON messages (bounce_index);
CREATE INDEX messages_queue ON messages (channel, not_before, id) WHERE state = 'queued';
CREATE INDEX messages_trouble ON messages (state, changed_at) WHERE state IN ('undelivered', 'failed', 'unknown', 'unknown_not_resent');
CREATE INDEX messages_lease ON messages (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX messages_waiting ON messages (address_id) WHERE state IN ('queued', 'claimed');
CREATE INDEX messages_participant ON messages (participant_id, created_at);
CREATE INDEX messages_root ON messages (root) WHERE root IS NOT NULL;
CREATE INDEX messages_answers ON messages (answers) WHERE answers IS NOT NULL;

CREATE TABLE attempts (
    id             TEXT PRIMARY KEY,                 -- also the token in the callback's address
    message_id     TEXT NOT NULL REFERENCES messages (id),
    begun_at       BIGINT NOT NULL,
    settled_at     BIGINT,
    outcome        TEXT NOT NULL CHECK (outcome IN ('unknown', 'accepted', 'temporary', 'permanent')),
    provider_id    TEXT,
    code           TEXT NOT NULL
);
CREATE INDEX attempts_message ON attempts (message_id);
CREATE INDEX attempts_provider ON attempts (provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE evidence (
    attempt_id     TEXT NOT NULL REFERENCES attempts (id),
    source         TEXT NOT NULL,
    fact           TEXT NOT NULL,
    code           TEXT NOT NULL,
    at             BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, source, fact, code)
);

CREATE INDEX evidence_filtered ON evidence (at) WHERE fact = 'filtered';

-- What is held back for everybody, since each further message would fail alike.
CREATE TABLE breakers (
    name           TEXT PRIMARY KEY,                 -- sms, email, sms +1, words KIND/PRACTICE/STEP/TURN
    code           TEXT NOT NULL,
    source         TEXT NOT NULL,
    opened_at      BIGINT NOT NULL,
    probe_at       BIGINT,                           -- when one message may try; NULL = only an operator closes it
    probes         INTEGER NOT NULL,
    probe          TEXT NOT NULL,                    -- the attempt that tries; empty = none yet
    told           BOOLEAN NOT NULL                  -- the alert was given
);

-- From when on each sender is free to send again.
CREATE TABLE rates (
    name           TEXT PRIMARY KEY,                 -- channel and sender
    free_at        BIGINT NOT NULL
);

CREATE TABLE changes (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    plan_id        TEXT REFERENCES plans (id),
    kind           TEXT NOT NULL,
    before         TEXT NOT NULL,                    -- settings as JSON: pace, days, times; nothing private
    after          TEXT NOT NULL,
    words          TEXT NOT NULL,                    -- sealed: the words that it replaced
    route          TEXT NOT NULL CHECK (route IN ('sms', 'email', 'page', 'operator', 'service')),
    at             BIGINT NOT NULL,
    undone         BOOLEAN NOT NULL
);
CREATE INDEX changes_participant ON changes (participant_id, at);

CREATE TABLE check_ins (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    plan_id        TEXT REFERENCES plans (id),
    message_id     TEXT REFERENCES messages (id),
    inbound_id     TEXT REFERENCES inbound (id),
    practice       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    channel        TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    local_date     TEXT NOT NULL,
    at             BIGINT NOT NULL,
    outcome        TEXT NOT NULL CHECK (outcome IN ('', 'done', 'partly', 'not_yet', 'skipped')),
    rating_before  TEXT NOT NULL,                    -- sealed
    rating         TEXT NOT NULL,                    -- sealed
    feelings       TEXT NOT NULL,                    -- sealed
    sensations     TEXT NOT NULL,                    -- sealed
    note           TEXT NOT NULL,                    -- sealed
    expectation    TEXT NOT NULL,                    -- sealed
    remembered     BOOLEAN NOT NULL,                 -- rating_before was asked for only afterwards
    amends         TEXT REFERENCES check_ins (id),
    amended        BOOLEAN NOT NULL                  -- a later row stands instead of this one
);
CREATE INDEX check_ins_amends ON check_ins (amends);
CREATE INDEX check_ins_message ON check_ins (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX check_ins_inbound ON check_ins (inbound_id) WHERE inbound_id IS NOT NULL;
CREATE INDEX check_ins_participant ON check_ins (participant_id, at);
CREATE INDEX check_ins_done ON check_ins (participant_id, practice) WHERE outcome = 'done' AND NOT amended;

-- Who of those who run this read what of somebody, and why.
CREATE TABLE disclosures (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    by_whom        TEXT NOT NULL,                    -- sealed: the account at the machine
    what           TEXT NOT NULL CHECK (what IN ('numbers', 'words', 'digest', 'copy')),
    reason         TEXT NOT NULL,                    -- sealed: why, where the person does not share it; empty = they do
    records        INTEGER NOT NULL,
    at             BIGINT NOT NULL
);
CREATE INDEX disclosures_participant ON disclosures (participant_id, at);

-- What people asked for and an operator has to do.
CREATE TABLE requests (
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    kind           TEXT NOT NULL CHECK (kind IN ('erase', 'copy')),
    address_id     TEXT NOT NULL REFERENCES addresses (id), -- from which it came
    at             BIGINT NOT NULL,
    done_at        BIGINT                            -- NULL = not yet
);
CREATE UNIQUE INDEX requests_open ON requests (participant_id, kind) WHERE done_at IS NULL;

-- What may happen only so often in a day, over all instances.
CREATE TABLE quotas (
    name           TEXT PRIMARY KEY,                 -- what of; a number's part of it as keyed hash
    day            TEXT NOT NULL,                    -- UTC date
    used           INTEGER NOT NULL
);

-- Addresses that stay silent although nobody of that address is known any more.
CREATE TABLE suppressions (
    channel        TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    address_index  TEXT NOT NULL,                    -- keyed hash
    reason         TEXT NOT NULL CHECK (reason IN ('stopped', 'suppressed', 'erased')),
    at             BIGINT NOT NULL,
    PRIMARY KEY (channel, address_index)
);

-- Who was erased, so that no backup brings them back.
CREATE TABLE erasures (
    participant_id TEXT PRIMARY KEY,                 -- of whom nothing else is left
    at             BIGINT NOT NULL
);

-- What is left of the consents of somebody who was erased: no words, no address.
CREATE TABLE proofs (
    id             TEXT PRIMARY KEY,
    address_index  TEXT NOT NULL,                    -- keyed hash
    topic          TEXT NOT NULL CHECK (topic IN ('messages', 'words', 'digest')),
    given          BOOLEAN NOT NULL,
    wording        TEXT NOT NULL,                    -- name and version of the words shown
    route          TEXT NOT NULL CHECK (route IN ('sms', 'email', 'page', 'operator', 'service')),
    at             BIGINT NOT NULL,
    ended_at       BIGINT NOT NULL                   -- when the person was erased
);
CREATE INDEX proofs_ended ON proofs (ended_at);

-- Texts of people who were erased, whose copies the provider still has.
CREATE TABLE copies (
    provider_id    TEXT PRIMARY KEY,                 -- MessageSid
    since          BIGINT NOT NULL,
    next_at        BIGINT NOT NULL                   -- when it is asked to delete it, or asked again
);
CREATE INDEX copies_next ON copies (next_at);

-- When each of the service's rounds last ran.
CREATE TABLE ticks (
    name           TEXT PRIMARY KEY,
    at             BIGINT NOT NULL
);

-- How far each mailbox was read by IMAP, and by which process.
CREATE TABLE mailboxes (
    name_index     TEXT PRIMARY KEY,                 -- keyed hash of server, account and folder
    validity       BIGINT NOT NULL,                  -- UIDVALIDITY (RFC 9051 2.3.1.1); 0 = not read yet
    uid            BIGINT NOT NULL,                  -- everything up to it is done
    at             BIGINT,                           -- when that was noted
    holder         TEXT NOT NULL,                    -- who reads it, until held_until in real time
    held_until     BIGINT
);

-- +goose Down
DROP TABLE mailboxes;
DROP TABLE ticks;
DROP TABLE copies;
DROP TABLE proofs;
DROP TABLE erasures;
DROP TABLE suppressions;
DROP TABLE quotas;
DROP TABLE requests;
DROP TABLE disclosures;
DROP TABLE check_ins;
DROP TABLE changes;
DROP TABLE rates;
DROP TABLE breakers;
DROP TABLE evidence;
DROP TABLE attempts;
DROP TABLE messages;
DROP TABLE own_practices;
DROP TABLE inbound;
DROP TABLE plans;
DROP TABLE consents;
DROP TABLE codes;
DROP TABLE links;
DROP TABLE addresses;
DROP TABLE participants;
