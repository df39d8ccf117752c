"""`docs/verify_audit.py` finds each tampering of an export, and none in a clean one."""

import asyncio
import base64
import copy
import importlib.util
import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.urls import reverse
from django.utils import timezone

from askorac.environment import BASE_DIR
from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.signing.canonical import canonical
from askorac.signing.live import live_key
from askorac.tenancy.context import in_thread, tenant
from askorac.tenancy.origins import Origin, coming_from, enter
from askorac.testing.pages import browser
from askorac.testing.people import Customer, new_customer
from askorac.testing.programs import new_program
from askorac.web.late import LateResponse
from projects.models import AuditCheckpoint, AuditEvent
from projects.tasks import ask_for_checkpoints
from projects.trail import checkpoints, files, personal
from projects.trail.files import export_trail
from projects.trail.proof import BrokenTrail, prove_trail
from projects.trail.recording import Target, record
from projects.trail.searching import Wanted

from .test_trail_deeds import age, rule

VERIFIER = BASE_DIR / "docs" / "verify_audit.py"
TAMPERINGS = 1000


def verifier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_audit", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFY = verifier()
Lines = list[Any]


def write(customer: Customer, times: int) -> None:
    with tenant(customer.id):
        for number in range(times):
            target = Target(kind="source", id=uuid4(), label=f"Maß {number}.pdf")
            record(
                action="source.added",
                target=target,
                by=customer.actor,
                now=timezone.now(),
                number=number,
            )


def export(customer: Customer, wanted: Wanted | None = None, kind: str = "jsonl") -> bytes:
    async def whole() -> bytes:
        made = export_trail(
            organization_id=customer.id,
            wanted=wanted or Wanted(),
            kind=kind,
            by=customer.actor,
            now=timezone.now(),
        )
        return b"".join([part async for part in made])

    return asyncio.run(whole())


def sign_hour(customer: Customer) -> dict[str, Any]:
    """What beat and worker do in an hour; the latest checkpoint as the customer keeps it."""
    ask_for_checkpoints()
    with tenant(customer.id):
        job = Job.objects.get(kind=checkpoints.JOB)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        row = checkpoints.list_checkpoints().rows[0]
        return checkpoints.as_dict(row)


def keys(retired_at: datetime | None = None) -> dict[bytes, datetime | None]:
    return {live_key().public_key: retired_at}


def found(lines: Lines, kept: list[dict[str, Any]], trusted: dict[bytes, datetime | None]) -> Any:
    statements = [VERIFY.Statement(each, f"kept {n}") for n, each in enumerate(kept)]
    spelled = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return VERIFY.verify(spelled, statements, trusted)


@pytest.fixture(scope="module")
def trail() -> tuple[Lines, list[dict[str, Any]]]:
    """An export of some rows, and the checkpoints that its customer has kept."""
    customer = new_customer()
    kept = []
    for _ in range(3):
        write(customer, 9)
        kept.append(sign_hour(customer))
    write(customer, 4)
    lines = [json.loads(line) for line in export(customer).splitlines()]
    return lines, kept


def test_clean_export_is_whole(trail: tuple[Lines, list[dict[str, Any]]]) -> None:
    lines, kept = trail
    findings = found(lines, kept, keys())
    assert findings.wrong == []
    assert findings.notes[-1].startswith(f"Rows 1 to {len(lines) - 2} hold, as 4 checkpoints say")


def test_key_signs_nothing_after_it_was_retired(
    trail: tuple[Lines, list[dict[str, Any]]], tmp_path: Path
) -> None:
    lines, kept = trail
    before, after = (timezone.now() + timedelta(hours=hours) for hours in (-1, 1))
    assert found(lines, kept, keys(after)).wrong == []
    wrong = found(lines, kept, keys(before)).wrong
    assert wrong.count("kept 0: it is later than its key, which was retired before.") == 1
    file = tmp_path / "keys.json"
    public = base64.b64encode(live_key().public_key).decode()
    known = {"public_key": public, "retired_at": before.isoformat()}
    file.write_text(json.dumps({"keys": [known]}))
    assert VERIFY.keys_in(str(file)) == keys(before)


def changed_field(lines: Lines, pick: random.Random) -> str:
    row = pick.choice(lines[1:-1])
    event = row["event"]
    name = pick.choice(sorted(event))
    event[name] = {
        "at": "2020-01-01T00:00:00.000000Z",
        "commitments": {**event["commitments"], "target_label": "00" * 32},
    }.get(name, str(uuid4()))
    return f"field {name} of {row['seq']}"


def changed_value(lines: Lines, pick: random.Random) -> str:
    row = pick.choice([row for row in lines[1:-1] if row["open"]])
    name = pick.choice(sorted(row["open"]))
    part = row["open"][name]
    which = pick.choice(["value", "salt"])
    part[which] = "00" * 16 if which == "salt" else "somebody else"
    return f"{which} of {name} of {row['seq']}"


def removed_row(lines: Lines, pick: random.Random) -> str:
    place = pick.randrange(1, len(lines) - 1)
    many = pick.randint(1, min(5, len(lines) - 1 - place))
    del lines[place : place + many]
    return f"{many} removed at {place}"


def removed_and_renumbered(lines: Lines, pick: random.Random) -> str:
    place = pick.randrange(1, len(lines) - 1)
    del lines[place]
    for row in lines[place:-1]:
        row["seq"] -= 1
    return f"removed at {place}, renumbered"


def reordered(lines: Lines, pick: random.Random) -> str:
    one, two = pick.sample(range(1, len(lines) - 1), 2)
    lines[one], lines[two] = lines[two], lines[one]
    if pick.random() < 0.5:
        lines[one]["seq"], lines[two]["seq"] = lines[two]["seq"], lines[one]["seq"]
    return f"{one} and {two} swapped"


def put_in(lines: Lines, pick: random.Random) -> str:
    place = pick.randrange(1, len(lines) - 1)
    lines.insert(place, copy.deepcopy(lines[pick.randrange(1, len(lines) - 1)]))
    return f"put in at {place}"


def cut_off(lines: Lines, pick: random.Random) -> str:
    keep = pick.randrange(1, len(lines) - 1)
    closing = lines[-1]
    del lines[keep:]
    if pick.random() < 0.5:
        lines.append(closing)
    return f"cut off behind {keep}"


def cut_in_a_line(lines: Lines, pick: random.Random) -> str:
    spelled = json.dumps(lines.pop()).encode()
    lines.append(spelled[: pick.randrange(1, len(spelled) - 1)])
    return "cut in the last line"


def cut_front(lines: Lines, pick: random.Random) -> str:
    many = pick.randint(1, len(lines) - 2)
    del lines[1 : 1 + many]
    return f"{many} cut off the front"


def forked(lines: Lines, pick: random.Random) -> str:
    """One who can reckon as we do, and has no key: all links are made anew from a row on."""
    place = pick.randrange(1, len(lines) - 1)
    lines[place]["event"]["actor_id"] = str(uuid4())
    before = bytes.fromhex(lines[place - 1]["chain"]) if place > 1 else bytes(32)
    for row in lines[place:-1]:
        before = VERIFY.link(before, row["seq"], row["event"])
        row["chain"] = before.hex()
    return f"forked at {place}"


def forked_and_signed(lines: Lines, pick: random.Random) -> str:
    """One who signs besides, with another key."""
    told = forked(lines, pick)
    document = {**lines[-1]["checkpoint"]["document"], "chain": lines[-2]["chain"]}
    key = Ed25519PrivateKey.generate()
    lines[-1] = {
        "checkpoint": {
            "document": document,
            "key_id": "0" * 16,
            "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
            "signature": base64.b64encode(key.sign(canonical(document))).decode(),
        }
    }
    return f"{told}, signed"


def changed_checkpoint(lines: Lines, pick: random.Random) -> str:
    name = pick.choice(["document", "signature", "public_key", "key_id"])
    statement = lines[-1]["checkpoint"]
    if name == "document":
        field = pick.choice(sorted(statement["document"]))
        statement["document"][field] = 7 if field == "seq" else "00" * 32
        return f"{field} of the checkpoint"
    if name == "key_id":
        statement[name] = "00" * 8
        return "key_id of the checkpoint"
    statement[name] = base64.b64encode(pick.randbytes(64 if name == "signature" else 32)).decode()
    return f"{name} of the checkpoint"


def told_without_proof(lines: Lines, pick: random.Random) -> str:
    """Words in the place that is meant for names from before the chain."""
    row = pick.choice(lines[2:-1])
    name = pick.choice(["remarks", "target_label", "details", "address"])
    row["uncovered"] = {name: "somebody else"}
    return f"{name} told without proof in {row['seq']}"


def spelled_as_text(lines: Lines, pick: random.Random) -> str:
    """An object's own spelling in its place, which the same bytes commit to."""
    row = pick.choice([row for row in lines[1:-1] if "details" in row["open"]])
    opened = row["open"]["details"]
    opened["value"] = canonical(opened["value"]).decode()
    return f"details of {row['seq']} as a text"


def changed_opening(lines: Lines, pick: random.Random) -> str:
    name = pick.choice(sorted(lines[0]))
    lines[0][name] = "2020"
    return f"{name} of the opening"


WAYS: tuple[Callable[[Lines, random.Random], str], ...] = (
    changed_field,
    changed_value,
    removed_row,
    removed_and_renumbered,
    reordered,
    put_in,
    cut_off,
    cut_in_a_line,
    cut_front,
    forked,
    forked_and_signed,
    changed_checkpoint,
    changed_opening,
    told_without_proof,
    spelled_as_text,
)


def test_each_of_a_thousand_tamperings_is_caught(
    trail: tuple[Lines, list[dict[str, Any]]],
) -> None:
    whole, kept = trail
    pick, trusted = random.Random(6), keys()
    missed = []
    spelled = json.dumps(whole)
    for number in range(TAMPERINGS):
        lines = json.loads(spelled)
        told = WAYS[number % len(WAYS)](lines, pick)
        if not found(lines, kept if number % 2 else kept[-1:], trusted).wrong:
            missed.append(told)
    assert missed == []


def test_command_says_what_it_found(
    trail: tuple[Lines, list[dict[str, Any]]], tmp_path: Path
) -> None:
    lines, kept = trail
    lines = copy.deepcopy(lines)
    (tmp_path / "kept.json").write_text(json.dumps(kept[0]))
    (tmp_path / "all.json").write_text(json.dumps(kept))

    def run(*arguments: str) -> tuple[int, str]:
        file = tmp_path / "export.jsonl"
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        command = [sys.executable, str(VERIFIER), "export.jsonl", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.stderr == ""
        return done.returncode, done.stdout

    key = base64.b64encode(live_key().public_key).decode()
    code, told = run("kept.json", "all.json", "--key", key)
    assert (code, len(told.splitlines())) == (0, 1)
    del lines[4]
    lines[9]["event"]["action"] = "nothing.done"
    code, told = run("kept.json")
    assert code == 1
    assert told.splitlines()[:2] == [
        "Row 4 is missing.",
        "Row 10 was changed: its link does not follow from what it says.",
    ]
    assert run("gone.json")[0] == 2


def test_one_checkpoint_says_so(trail: tuple[Lines, list[dict[str, Any]]]) -> None:
    lines, _ = trail
    assert "hold, as 1 checkpoint says, the latest" in found(lines, [], keys()).notes[-1]


def test_names_from_before_the_chain_are_told_loudly_and_not_of_a_row_with_an_origin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def named(customer: Customer) -> Lines:
        lines = [json.loads(line) for line in export(customer).splitlines()]
        lines[1]["uncovered"] = {"target_label": "Somebody else's"}
        return lines

    customer = new_customer()  # whose first row names neither a target nor an origin
    lines = named(customer)
    (tmp_path / "export.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert VERIFY.main([str(tmp_path / "export.jsonl")]) == 3
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Attention: names in row 1 prove nothing.")
    with coming_from(Origin("192.0.2.7", "abcdef0123456789")):
        customer = new_customer()
    assert found(named(customer), [], keys()).wrong == [
        "Row 1 was changed: it tells names that it has not committed to."
    ]


@pytest.mark.parametrize("where", ["row", "checkpoint"])
@pytest.mark.parametrize(
    "spelling", [str.upper, lambda chain: f"{chain[:8]} {chain[8:]}"], ids=["capitals", "spaces"]
)
def test_link_is_spelled_in_one_way(
    trail: tuple[Lines, list[dict[str, Any]]], where: str, spelling: Callable[[str], str]
) -> None:
    lines = copy.deepcopy(trail[0])
    holder = lines[3] if where == "row" else lines[-1]["checkpoint"]["document"]
    holder["chain"] = spelling(holder["chain"])
    told = {
        "row": "Line 4 can't be read: it was changed or cut off.",
        "checkpoint": "The checkpoint of the export is not a checkpoint.",
    }
    assert told[where] in found(lines, [], keys()).wrong


@pytest.mark.parametrize("name", ["key_id", "public_key", "signature"])
def test_statement_lacks_nothing(trail: tuple[Lines, list[dict[str, Any]]], name: str) -> None:
    _, kept = trail
    with pytest.raises(VERIFY.Unreadable):
        VERIFY.Statement({each: kept[0][each] for each in kept[0] if each != name}, "kept")


def test_file_without_keys_is_not_taken_for_no_wish_for_keys(
    trail: tuple[Lines, list[dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines, _ = trail
    exported, none = tmp_path / "export.jsonl", tmp_path / "keys.json"
    exported.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    none.write_text('{"keys": []}', encoding="utf-8")
    assert VERIFY.main([str(exported), "--key", str(none)]) == 2
    assert "holds no public key" in capsys.readouterr().out


def test_forked_trail_is_told_by_an_older_checkpoint() -> None:
    """What we could do ourselves: write another history, and sign that. Who kept one finds it."""
    lines_of, kept = [], []
    for _ in range(2):
        customer = new_customer()
        write(customer, 3)
        kept.append(sign_hour(customer))
        write(customer, 2)
        lines_of.append([json.loads(line) for line in export(customer).splitlines()])
    findings = found(lines_of[0], kept[1:], keys())
    assert findings.wrong == ["kept 0: it is about another organization."]
    other = copy.deepcopy(kept[0])
    other["document"]["chain"] = "11" * 32
    other["signature"] = base64.b64encode(
        live_key().private.sign(canonical(other["document"]))
    ).decode()
    findings = found(lines_of[0], [kept[0], other], keys())
    assert len(findings.wrong) == 1
    assert findings.wrong[0].startswith("Forked: kept 0 and kept 1 say two things of row 4")


def test_erased_person_and_cut_front_leave_a_whole_trail() -> None:
    customer = new_customer()
    write(customer, 12)
    kept = [sign_hour(customer)]
    now = timezone.now()
    age(customer, 5, days=400)
    rule(customer, 365)
    conversations = [uuid4(), uuid4()]
    for each in (*conversations, uuid4()):
        with tenant(customer.id):
            target = Target(kind="conversation", id=each, label="Grace")
            record(action="conversation.read", target=target, by=customer.actor, now=now, page="x")
    with tenant(customer.id):
        assert personal.forget(conversations) == 2
    assert purge(customer, now) == 5
    lines = export(customer).splitlines()
    assert b"".join(lines).count(b"Grace") == 1
    findings = found(lines, kept, keys())
    assert findings.wrong == []
    assert findings.notes[0] == "4 values were erased in rows 15, 16, as row 18 told."
    left_out = [json.loads(line) for line in lines]
    del left_out[12]["open"]["details"], left_out[13]["open"]["actor_label"]
    findings = found(left_out, kept, keys())
    assert findings.is_in_doubt
    assert "2 values that tell of persons are not there (actor_label, details)" in findings.notes[1]
    assert findings.notes[1].endswith("See rows 17, 18.")
    unsigned = json.loads(lines[0])
    del unsigned["cut"]
    findings = found([unsigned, *lines[1:]], kept, keys())
    assert "Rows 1 to 5 are missing." in findings.wrong


def test_trail_that_is_cut_while_it_is_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signed cut stands in the place of the rows that went; without it, they are missing."""
    monkeypatch.setattr(files, "BATCH", 2)
    customer, now = new_customer(), timezone.now()
    write(customer, 7)
    kept = sign_hour(customer)
    age(customer, 5, days=400)
    rule(customer, 365)
    wanted = {"organization_id": customer.id, "wanted": Wanted(), "by": customer.actor, "now": now}

    async def whole() -> list[bytes]:
        made = export_trail(kind="jsonl", **wanted)
        first = [await anext(made), await anext(made)]
        await in_thread(purge, customer, now)
        return first + [part async for part in made]

    lines = b"".join(asyncio.run(whole())).splitlines()
    findings = found(lines, [kept], keys())
    assert findings.wrong == []
    assert findings.notes[0].startswith("Rows 3 to 5 were cut off as old while this was exported")
    assert list(json.loads(lines[3])) == ["cut"]
    assert "Rows 3 to 5 are missing." in found(lines[:3] + lines[4:], [kept], keys()).wrong
    moved = found([*lines[:7], lines[3], *lines[7:]], [kept], keys()).wrong
    assert moved == ["The cut in line 8 stands behind row 8: put in."]
    forged = json.loads(lines[3])
    forged["cut"]["document"]["seq"] = 6
    assert found([*lines[:3], forged, *lines[4:]], [kept], keys()).wrong[0].endswith("not hold.")
    with tenant(customer.id):  # as an archive is made, whose pieces are made in hours
        opening, start = files.opening_line(now=now)
        assert (json.loads(opening)["cut"]["document"]["seq"], start) == (5, 5)
        behind, last = files.lines_after(2, most=2)
    assert ([*json.loads(behind[0])], last, len(behind)) == (["cut"], 7, 3)


def purge(customer: Customer, now: datetime) -> int:
    with tenant(customer.id):
        count = checkpoints.purge_trail(now=now, most=100)
        assert AuditCheckpoint.objects.filter(kind="cut").count() == 1
    return count


def test_selection_and_csv() -> None:
    customer = new_customer()
    write(customer, 2)
    lines = export(customer, Wanted(action="source.added")).splitlines()
    assert len(lines) == 3
    assert found(lines, [], keys()).wrong == [
        "This is a selection. Only an export of the whole trail is checked."
    ]
    text = export(customer, kind="csv").decode("utf-8-sig").splitlines()
    assert text[0].startswith("seq,at,action,what")
    assert [row.split(",")[0] for row in text[1:]] == ["1", "2", "3", "4", "5"]


def test_trail_is_proven_from_its_rows_and_a_changed_one_is_not() -> None:
    """What the restore drill does."""
    customer = new_customer()
    write(customer, 4)
    sign_hour(customer)
    assert prove_trail(customer.id) == 5
    with tenant(customer.id, using="owner"):  # what was signed, in another's place
        AuditCheckpoint.objects.using("owner").update(kind="cut")
    with pytest.raises(BrokenTrail, match="was not signed"):
        prove_trail(customer.id)
    with tenant(customer.id, using="owner"):
        AuditCheckpoint.objects.using("owner").update(kind="checkpoint")
    with tenant(customer.id, using="owner"):
        AuditEvent.objects.using("owner").filter(action="organization.created").update(action="x")
    with pytest.raises(BrokenTrail, match="breaks at event 1"):
        prove_trail(customer.id)


def test_nothing_new_is_not_signed_again() -> None:
    customer = new_customer()
    first = sign_hour(customer)
    assert sign_hour(customer) == first


def test_page_and_api_give_what_the_verifier_takes() -> None:
    customer = new_customer()
    write(customer, 3)
    kept = sign_hour(customer)
    page, program = browser(customer.owner), new_program(customer, rights="read")
    shown = page.get(reverse("projects:checkpoints")).content.decode()
    with tenant(customer.id):
        address = reverse("projects:checkpoint", args=[AuditCheckpoint.objects.get().pk])
    assert address in shown
    assert page.get(address).json() == kept
    listed = program("GET", "audit-checkpoints/").json()["results"]
    assert [each["statement"] for each in listed] == [kept]
    assert program("GET", f"audit-checkpoints/{listed[0]['id']}/").json() == kept
    assert page.get(reverse("projects:trail_verifier")).content == VERIFIER.read_bytes()
    lines = given(page.get(reverse("projects:trail_export"))).splitlines()
    assert found(lines, [kept], keys()).wrong == []
    lines = given(program("GET", "audit-events/export/?kind=jsonl")).splitlines()
    assert found(lines, [kept], keys()).wrong == []
    *_, mine = (json.loads(line) for line in lines[:-1])
    assert mine["event"]["action"] == "audit_trail.exported"
    assert mine["open"]["address"]["value"] == "127.0.0.1"
    assert given(program("GET", "audit-events/export/?kind=csv&text=nobody")).count(b"\n") == 1


def given(response: Any) -> bytes:
    """What a late response gives."""

    async def whole() -> bytes:
        enter(response.origin)
        return b"".join([part async for part in response.parts])

    assert isinstance(response, LateResponse)
    return asyncio.run(whole())


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("action=source.added", [2, 1, 0]),
        ("text=ADDED", [2, 1, 0]),
        ("text=nobody", []),
        ("target_kind=source", [2, 1, 0]),
        ("actor_kind=system", []),
        ("until=2020-01-01T00:00:00Z", []),
    ],
)
def test_search_by_api(searched: tuple[Customer, Any], query: str, numbers: list[int]) -> None:
    _, program = searched
    rows = program("GET", f"audit-events/?{query}").json()["results"]
    assert [row["details"].get("number") for row in rows if "number" in row["details"]] == numbers
    if numbers:
        one = program("GET", f"audit-events/?target_id={rows[1]['target_id']}").json()["results"]
        assert [row["seq"] for row in one] == [rows[1]["seq"]]
        assert one[0]["target_label"] == "Maß 1.pdf"


@pytest.fixture(scope="module")
def searched() -> tuple[Customer, Any]:
    customer = new_customer()
    write(customer, 3)
    return customer, new_program(customer)


def test_trail_is_not_for_keys_of_others_than_owners() -> None:
    customer = new_customer()
    program = new_program(customer, is_owners=False)
    assert program("GET", "audit-events/").status_code == 403
    assert program("GET", "audit-events/export/").status_code == 403
