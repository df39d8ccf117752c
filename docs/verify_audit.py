"""Checks an export of AskOrac's audit trail, without AskOrac: one file, standard library only.

    python verify_audit.py export.jsonl [checkpoint.json …] [--key KEY …]

`export.jsonl` is the whole trail as JSON Lines. Each `checkpoint.json` is a checkpoint that you
have kept. `--key` is a public key of the installation that you trust, in base64, or a file of
them: /.well-known/askorac-signing-keys.json. Without any, signatures are checked by the keys that
they carry, and the answer says so.

It finds rows that were changed, removed, put in, reordered, cut off or forked, says which in one
line each, and ends with 1 if there are any. It ends with 0 if all rows hold with all that they
tell. It ends with 3 if all rows hold, but some tell names that nothing proves, or lack values that
no row says were erased: what follows “Attention” says where, and that is yours to judge. It ends
with 2 if it can't read a file.
The format is described in docs/guide/audit-trail.md. It needs Python 3.9 or later.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import functools
import hashlib
import json
import re
import sys
from datetime import datetime
from pathlib import Path

FORMAT = "askorac.audit/1"
CHECKPOINT, CUT = "askorac.audit-checkpoint/1", "askorac.audit-cut/1"
ROW_KEYS = {"seq", "chain", "event", "open", "uncovered"}
# What is sealed: of events from before the chain it is not covered if its key was away.
SEALED = {"target_label", "details"}
# What no event from before the chain has committed to: nor what is sealed, if its key was away.
LATER = SEALED | {"address", "session"}
OBJECTS = {"details", "remarks"}
# The database writes this row as it empties what rows before it tell of conversations.
ERASED = "audit_trail.person_erased"
STATEMENT_KEYS = {"document", "key_id", "public_key", "signature"}
LINK, SALT = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{32}")
OPENING_KEYS = {"format", "organization_id", "installation", "made_at", "is_whole", "cut"}


class Unreadable(Exception):
    """A file is not what it should be."""


class Findings:
    """What is wrong, and what is only to be known."""

    def __init__(self):
        self.wrong = []
        self.notes = []
        self.is_in_doubt = False

    def add(self, sentence):
        self.wrong.append(sentence)

    def note(self, sentence):
        self.notes.append(sentence)

    def doubt(self, sentence):
        self.notes.append(f"Attention: {sentence}")
        self.is_in_doubt = True


# --- the arithmetic of the chain ---


def canonical(value):
    """JSON with sorted keys, without spaces, in UTF-8: what is hashed and signed."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def spelled(value):
    """A value as it is committed to: a text as it is, all else as canonical JSON."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else canonical(value)


def commitment(name, value, salt):
    """SHA-256 of salt, name, a colon and the value."""
    return hashlib.sha256(bytes.fromhex(salt) + f"{name}:".encode() + spelled(value)).hexdigest()


def link(before, seq, event):
    """SHA-256 of the link before, the number in 8 bytes, and the SHA-256 of the event."""
    digest = hashlib.sha256(canonical(event)).digest()
    return hashlib.sha256(before + seq.to_bytes(8, "big") + digest).digest()


# --- Ed25519 as in RFC 8032, verifying only ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _added(one, two):
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _added(total, point)
        point = _added(point, point)
        number >>= 1
    return total


def _same(one, two):
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 == (one[1] * two[2] - two[1] * one[2]) % P


def _root_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if (x & 1) != sign else x


def _point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = _root_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _root_x(_BASE_Y, 0)
BASE = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


@functools.lru_cache(maxsize=4096)
def signature_holds(public_key, message, signature):
    """Whether a key has signed a message. Each is asked about once."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, nonce = _point(public_key), _point(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or number >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(hashed, "little") % ORDER
    return _same(_times(number, BASE), _added(nonce, _times(challenge, key)))


# --- statements: checkpoints and cuts ---


class Statement:
    """A signed document: that the chain's link is `chain` at the place `seq`."""

    def __init__(self, given, name):
        try:
            self.name = name
            self.document = given["document"]
            self.type = self.document["type"]
            self.organization = self.document["organization_id"]
            self.seq = whole(self.document["seq"])
            self.chain = spelled_as(LINK, self.document["chain"])
            self.at = self.document["at"]
            self.time = time_of(self.at)
            self.key = from_base64(given["public_key"])
            self.signature = from_base64(given["signature"])
            named = hashlib.sha256(self.key).hexdigest()[:16]
            if set(given) != STATEMENT_KEYS or given["key_id"] != named:
                raise ValueError(name)
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise Unreadable(f"{name} is not a checkpoint.") from None


def spelled_as(pattern, text):
    """A text that is spelled in the one way there is; raises ValueError for any other."""
    if not isinstance(text, str) or pattern.fullmatch(text) is None:
        raise ValueError(text)
    return text


def from_base64(text):
    """Bytes, spelled in the one way there is; raises ValueError for any other."""
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode() != text:
        raise ValueError(text)
    return found


def time_of(text):
    """A moment with its zone; raises ValueError for anything else."""
    found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def whole(value):
    """A number of a row; raises ValueError for anything else."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError(value)
    return value


def check_statement(statement, type_, organization, trusted, findings):
    """Whether a statement is of its kind, about this trail, and signed; says what is not so."""
    name = statement.name
    if statement.type != type_:
        findings.add(f"{name}: it says that it is {statement.type}, not {type_}.")
    elif statement.organization != organization:
        findings.add(f"{name}: it is about another organization.")
    elif trusted and statement.key not in trusted:
        findings.add(f"{name}: it was signed with a key that you did not name.")
    elif statement.time > (trusted.get(statement.key) or statement.time):
        findings.add(f"{name}: it is later than its key, which was retired before.")
    elif not signature_holds(statement.key, canonical(statement.document), statement.signature):
        findings.add(f"{name}: its signature does not hold.")
    else:
        return True
    return False


# --- the export ---


def no_twins(pairs):
    """An object of JSON; one that names a key twice would be read differently by others."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def parsed(text):
    """JSON as everybody reads it; raises ValueError."""
    return json.loads(text, object_pairs_hook=no_twins)


class Export:
    """The lines of an export, taken apart."""

    def __init__(self, lines, findings):
        self.findings = findings
        self.rows, self.opening, self.closing = [], {}, None
        self.is_readable = True
        for number, line in enumerate(lines, 1):
            try:
                self._take(number, parsed(line))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                self.is_readable = False
                findings.add(f"Line {number} can't be read: it was changed or cut off.")
        self._look_at_the_frame()

    def _take(self, number, found):
        if number == 1:
            self.opening = found if "format" in found else {}
        elif self.closing is not None:
            self.findings.add(f"Line {number} stands behind the end of the export.")
        elif set(found) == {"checkpoint"}:
            self.closing = Statement(found["checkpoint"], "The checkpoint of the export")
        elif set(found) == {"cut"}:
            cut = Statement(found["cut"], f"The cut in line {number}")
            self.rows.append((cut.seq, bytes.fromhex(cut.chain), cut))
        else:
            row = (whole(found["seq"]), bytes.fromhex(spelled_as(LINK, found["chain"])), found)
            if not set(found) <= ROW_KEYS or not isinstance(found["event"], dict):
                raise ValueError(found)
            self.rows.append(row)

    def _look_at_the_frame(self):
        opening = self.opening
        if opening.get("format") != FORMAT or not set(opening) <= OPENING_KEYS:
            self.findings.add(f"The first line does not open an export of the format {FORMAT}.")
        elif opening.get("is_whole") is not True:
            self.findings.add("This is a selection. Only an export of the whole trail is checked.")
        elif self.closing is None:
            self.findings.add("The export was cut off: it does not end with its checkpoint.")
        else:
            document = self.closing.document
            told = opening.get("made_at"), opening.get("installation")
            if told != (document.get("at"), document.get("installation")):
                self.findings.add("The first line tells another time or place than the last.")


def check_rows(export, start, trusted, findings):
    """Walk the chain; returns the link at each place."""
    expected, before, links = start[0] + 1, start[1], {}
    organization, uncovered = export.opening.get("organization_id"), []
    missing, erasures, is_early = [], [], True
    for seq, chain, row in export.rows:
        if isinstance(row, Statement):
            if check_cut(row, expected, organization, trusted, findings):
                links[seq] = chain
                expected, before = seq + 1, chain
            continue
        if seq > expected:
            findings.add(f"{spoken(expected, seq - 1)} missing.")
            before = None
        elif seq < expected:
            findings.add(f"Row {seq} stands behind row {expected - 1}: reordered, or put in.")
            before = None
        if before is not None and link(before, seq, row["event"]) != chain:
            findings.add(f"Row {seq} was changed: its link does not follow from what it says.")
        if row["event"].get("organization_id") != organization:
            findings.add(f"Row {seq} is of another organization.")
        absent = check_values(seq, row, findings)
        if absent:
            missing.append((seq, row["event"].get("target_id"), absent))
        if row["event"].get("action") == ERASED:
            erasures.append((seq, conversations_of(row)))
        is_early = is_early and not commits_to_later(row)
        if "uncovered" in row:
            uncovered.append(seq)
            check_uncovered(seq, row["uncovered"], is_early, findings)
        links.setdefault(seq, chain)
        expected, before = max(expected, seq + 1), chain
    tell_of_missing(missing, erasures, findings)
    if uncovered:
        findings.doubt(
            f"names in {listed(uncovered)} prove nothing. They are said to be from before the chain"
            " was begun, which does not cover them: anybody may have put them in."
        )
    return links


def check_cut(cut, expected, organization, trusted, findings):
    """Whether rows went as old while the export was made, as a signed cut in their place says."""
    if not check_statement(cut, CUT, organization, trusted, findings):
        return False
    if cut.seq < expected:
        findings.add(f"{cut.name} stands behind row {expected - 1}: put in.")
        return False
    gone = f"Row {expected} was" if cut.seq == expected else f"Rows {expected} to {cut.seq} were"
    findings.note(f"{gone} cut off as old while this was exported, as a signed cut says.")
    return True


def check_values(seq, row, findings):
    """Hold what a row tells against its commitments; returns those that are not opened."""
    committed = row["event"].get("commitments")
    opened = row.get("open")
    if not isinstance(committed, dict) or not isinstance(opened, dict):
        findings.add(f"Row {seq} was changed: it has no commitments.")
        return set()
    for name, part in opened.items():
        try:
            # An object, and the text that spells it, are committed to by the same bytes.
            is_kind = isinstance(part["value"], dict if name in OBJECTS else str)
            spelled_as(SALT, part["salt"])
            holds = is_kind and commitment(name, part["value"], part["salt"]) == committed[name]
        except (KeyError, TypeError, ValueError, AttributeError):
            holds = False
        if not holds or set(part) != {"salt", "value"}:
            findings.add(f"Row {seq} was changed: its {name} is not what was committed to.")
    return set(committed) - set(opened)


def conversations_of(row):
    """Which conversations a row says that names were erased of."""
    remarks = row["open"].get("remarks") if isinstance(row["open"], dict) else None
    value = remarks.get("value") if isinstance(remarks, dict) else None
    named = value.get("conversations") if isinstance(value, dict) else None
    return named.split(", ") if isinstance(named, str) else []


def tell_of_missing(missing, erasures, findings):
    """Say which values that tell of persons are not there, and whether a later row says why."""
    latest = {name: seq for seq, named in erasures for name in named}
    told, untold, erased, rows = 0, [], [], set()
    for seq, target, absent in missing:
        place = latest.get(target, 0) if isinstance(target, str) else 0
        is_told = place > seq and absent <= SEALED
        told += len(absent) if is_told else 0
        rows |= {place} if is_told else set()
        erased += [seq] if is_told else []
        untold += [] if is_told else [(seq, absent)]
    if told:
        findings.note(
            f"{told} values were erased in {listed(erased)}, as {listed(sorted(rows))} told."
        )
    if untold:
        names = sorted(set().union(*(absent for _, absent in untold)))
        findings.doubt(
            f"{sum(len(absent) for _, absent in untold)} values that tell of persons are not there"
            f" ({', '.join(names)}), and no row says that they were erased: they were left out of"
            " this file, or erased by a version that did not say so. See"
            f" {listed([seq for seq, _ in untold])}."
        )


def listed(rows):
    """“row 3”, “rows 3, 5 to 9, 12”: all of them, in order."""
    spans = []
    for seq in rows:
        if spans and seq == spans[-1][1] + 1:
            spans[-1][1] = seq
        else:
            spans.append([seq, seq])
    words = {0: "{0}", 1: "{0}, {1}"}
    parts = [words.get(two - one, "{0} to {1}").format(one, two) for one, two in spans]
    return f"row{'' if len(rows) == 1 else 's'} {', '.join(parts)}"


def commits_to_later(row):
    """Whether a row has committed to what events from before the chain don't."""
    committed = row["event"].get("commitments")
    return isinstance(committed, dict) and not LATER.isdisjoint(committed)


def check_uncovered(seq, uncovered, is_early, findings):
    """Names that no commitment covers stand before the first row that is not from before the chain:
    one that commits to such names, or to where it came from."""
    if not isinstance(uncovered, dict) or not SEALED.issuperset(uncovered):
        findings.add(f"Row {seq} was changed: what it tells without proof is not of that kind.")
    elif not is_early:
        findings.add(f"Row {seq} was changed: it tells names that it has not committed to.")


def spoken(first, last):
    """“Row 3 is”, “Rows 3 to 5 are”."""
    return f"Row {first} is" if first == last else f"Rows {first} to {last} are"


def spoken_of(count):
    """“1 checkpoint says”, “2 checkpoints say”."""
    return "1 checkpoint says" if count == 1 else f"{count} checkpoints say"


def start_of(export, organization, trusted, findings):
    """(number, link) before the first row: nothing, or what a signed cut says."""
    if "cut" not in export.opening:
        return 0, bytes(32)
    try:
        cut = Statement(export.opening["cut"], "The cut of the export")
        if check_statement(cut, CUT, organization, trusted, findings):
            return cut.seq, bytes.fromhex(cut.chain)
    except (Unreadable, ValueError):
        findings.add("The cut of the export can't be read.")
    return 0, bytes(32)


def check_checkpoints(statements, links, start, last, findings):
    """Hold the chain against checkpoints, which say what it was."""
    seen = {}
    for statement in statements:
        known = seen.setdefault(statement.seq, statement)
        if known.chain != statement.chain:
            findings.add(
                f"Forked: {known.name} and {statement.name} say two things of row {statement.seq}."
            )
        elif statement.seq > last:
            findings.add(
                f"Cut off: {statement.name} knows rows up to {statement.seq} at {statement.at},"
                f" and the export ends with row {last}."
            )
        elif statement.seq < start[0]:
            findings.note(f"{statement.name} is about row {statement.seq}, before the signed cut.")
        elif statement.seq in links or statement.seq == start[0]:
            found = links.get(statement.seq, start[1])
            if found.hex() != statement.chain:
                findings.add(
                    f"Forked: at row {statement.seq} this is not the trail that {statement.name}"
                    f" was signed for at {statement.at}."
                )


def verify(lines, given, trusted):
    """Check an export, as lines, against statements and trusted keys; returns Findings.

    `trusted` are public keys, each with the time at which it was retired, or None.
    """
    findings = Findings()
    try:
        export = Export(lines, findings)
    except Unreadable as error:
        findings.add(str(error))
        return findings
    if findings.wrong and (not export.rows or export.opening.get("is_whole") is False):
        return findings
    organization = export.opening.get("organization_id")
    start = start_of(export, organization, trusted, findings)
    links = check_rows(export, start, trusted, findings)
    last = max(links, default=start[0])
    statements = [*given, *([export.closing] if export.closing else [])]
    sound = [
        each
        for each in statements
        if check_statement(each, CHECKPOINT, organization, trusted, findings)
    ]
    if export.closing and export.closing.seq < last:
        findings.add(
            f"Row {export.closing.seq + 1} and on stand behind what the export is signed for."
        )
    check_checkpoints(sound, links, start, last, findings)
    if not trusted:
        findings.note("No --key was given: signatures were checked by the keys that they carry.")
        if len({each.key for each in sound}) > 1:
            findings.note("They carry different keys: be sure that each is the installation's.")
    if not findings.wrong:
        latest = max(sound, key=lambda each: each.seq)
        findings.note(
            f"Rows {start[0] + 1} to {last} hold, as {spoken_of(len(sound))}, the latest of"
            f" {latest.at}, by the key {hashlib.sha256(latest.key).hexdigest()[:16]}."
        )
    return findings


def statements_in(path):
    """The checkpoints of a file: one, or a list of them."""
    try:
        found = parsed(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} can't be read: {error}") from None
    many = found if isinstance(found, list) else [found]
    return [
        Statement(each, path if len(many) == 1 else f"{path} no. {n}")
        for n, each in enumerate(many, 1)
    ]


def keys_in(given):
    """Public keys: one in base64, or those of a file, with the times at which they were retired."""
    try:
        if Path(given).is_file():
            found = parsed(Path(given).read_text(encoding="utf-8"))
            return {
                base64.b64decode(each["public_key"], validate=True): each.get("retired_at")
                and time_of(each["retired_at"])
                for each in found["keys"]
            }
        key = base64.b64decode(given, validate=True)
    except (OSError, ValueError, KeyError, TypeError):
        raise Unreadable(f"{given} is neither a public key in base64 nor a file of them.") from None
    if len(key) != 32:
        raise Unreadable(f"{given} is not a public key of 32 bytes.")
    return {key: None}


def main(arguments):
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", help="the whole trail, as JSON Lines")
    parser.add_argument("checkpoint", nargs="*", help="a checkpoint that you have kept")
    parser.add_argument("--key", action="append", default=[], help="a public key that you trust")
    asked = parser.parse_args(arguments)
    try:
        given = [each for path in asked.checkpoint for each in statements_in(path)]
        trusted = {}
        for name in asked.key:
            for key, retired_at in keys_in(name).items():
                trusted[key] = trusted.get(key) or retired_at
        if asked.key and not trusted:
            raise Unreadable("What you gave as --key holds no public key.")
        with Path(asked.export).open("rb") as lines:
            findings = verify(lines, given, trusted)
    except (Unreadable, OSError) as error:
        print(error)
        return 2
    for sentence in (*findings.wrong, *findings.notes):
        print(sentence)
    return 1 if findings.wrong else 3 if findings.is_in_doubt else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
