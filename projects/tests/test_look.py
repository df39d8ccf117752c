"""How an assistant looks: what is kept, what can be read, and pictures that mean harm."""

import struct
import zlib
from dataclasses import replace
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from projects.avatars import NOT_A_PICTURE, SIDE, TOO_HEAVY, TOO_LARGE, redraw
from projects.colours import DARK_GROUND, LEAST_CONTRAST, LIGHT_GROUND, contrast, palette
from projects.look import Look, change_look
from projects.models import AuditEvent, Avatar, Project

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
LOOK = Look("Pilot", "Ahoy.", "#f4c95d", "dark", "left", ("How deep?", "How far?"))


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", size, "teal").save(drawn, kind)
    return drawn.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@given(COLOURS)
def test_text_in_and_on_any_colour_can_be_read(accent: str) -> None:
    colours = palette(accent)
    assert contrast(colours.on, accent) >= LEAST_CONTRAST
    assert contrast(colours.light, LIGHT_GROUND) >= LEAST_CONTRAST
    assert contrast(colours.dark, DARK_GROUND) >= LEAST_CONTRAST


def test_contrast_of_black_and_white_is_21() -> None:
    assert round(contrast("#000000", "#ffffff"), 6) == 21


def test_look_is_changed_and_written_down(organization: Customer, project: Project) -> None:
    now = timezone.now()
    with tenant(organization.id):
        names = change_look(project=project, look=LOOK, by=organization.actor, now=now)
        again = change_look(project=project, look=LOOK, by=organization.actor, now=now)
        events = AuditEvent.objects.filter(action="project.look_changed")
        assert [event.details.open()["fields"] for event in events] == [list(names)]
        assert Look.of(Project.objects.get()) == LOOK
    assert again == ()
    assert set(names) == {
        "assistant_name", "greeting", "accent", "theme", "position", "suggestions",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("assistant_name", "x" * 81),
        ("greeting", " "),
        ("greeting", "x" * 201),
        ("accent", "red"),
        ("accent", "#12345"),
        ("theme", "sepia"),
        ("position", "top"),
        ("suggestions", ("a", "b", "c", "d")),
        ("suggestions", ("x" * 121,)),
    ],
)
def test_look_that_cannot_be_used_changes_nothing(
    organization: Customer, project: Project, name: str, value: object
) -> None:
    wrong = replace(LOOK, **{name: value})  # type: ignore[arg-type]  # one of its fields
    with tenant(organization.id):
        with pytest.raises(ValidationError) as refused:
            change_look(project=project, look=wrong, by=organization.actor, now=timezone.now())
        assert Look.of(Project.objects.get()) != LOOK
    assert list(refused.value.message_dict) == [name]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_picture_is_drawn_anew_as_a_square(kind: str) -> None:
    with Image.open(BytesIO(redraw(picture(kind)))) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (SIDE, SIDE))


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (b"", NOT_A_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", NOT_A_PICTURE),
        (picture()[:60], NOT_A_PICTURE),
        (picture("BMP"), NOT_A_PICTURE),
        (claims(60_000, 60_000), TOO_LARGE),
        (claims(6_000, 6_000), TOO_LARGE),
        (b"x" * 2_000_001, TOO_HEAVY),
    ],
    ids=["nothing", "drawing", "cut", "other", "bomb", "large", "heavy"],
)
def test_picture_that_cannot_be_used_is_refused(upload: bytes, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        redraw(upload)
    assert refused.value.messages == [sentence]


def test_picture_is_uploaded_served_and_removed(organization: Customer, project: Project) -> None:
    client = browser(organization.owner)
    upload = SimpleUploadedFile("face.png", picture())
    sent = client.post(reverse("projects:avatar", args=[project.pk]), {"picture": upload})
    assert sent.status_code == 302
    with tenant(organization.id):
        digest = Avatar.objects.get().digest
    path = reverse("public:portrait", args=[project.public_key, digest])
    served = browser().get(path)
    assert (served.status_code, served.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in served.headers["Cache-Control"]
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert path in client.get(reverse("projects:look", args=[project.pk])).content.decode()
    assert path in browser().get(reverse("public:page", args=[project.public_key])).content.decode()
    client.post(reverse("projects:without_avatar", args=[project.pk]))
    assert browser().get(path).status_code == 404
    with tenant(organization.id):
        actions = AuditEvent.objects.filter(action__startswith="project.avatar").order_by("at")
        assert [event.action for event in actions] == [
            "project.avatar_set",
            "project.avatar_removed",
        ]


def test_file_that_is_no_picture_keeps_the_page_and_says_so(
    organization: Customer, project: Project
) -> None:
    client = browser(organization.owner)
    upload = SimpleUploadedFile("face.png", b"no picture")
    answer = client.post(reverse("projects:avatar", args=[project.pk]), {"picture": upload})
    assert answer.status_code == 422
    assert (
        "can’t be read" in answer.content.decode()
        or "can&#x27;t be read" in answer.content.decode()
    )


def test_form_of_the_look_saves_and_says_what_is_wrong(
    organization: Customer, project: Project
) -> None:
    client, path = browser(organization.owner), reverse("projects:look", args=[project.pk])
    fields = {
        "assistant_name": "Pilot",
        "greeting": "Ahoy.",
        "suggestions": "How deep?\r\n\r\nHow far?",
        "accent": "#F4C95D",
        "theme": "dark",
        "position": "left",
    }
    assert client.post(path, fields).status_code == 302
    with tenant(organization.id):
        assert Look.of(Project.objects.get()) == LOOK
    wrong = client.post(path, {**fields, "accent": "salmon"})
    assert wrong.status_code == 422
    assert "Write the colour as #" in wrong.content.decode()


def test_full_page_can_be_read_without_javascript(organization: Customer, project: Project) -> None:
    with tenant(organization.id):
        change_look(project=project, look=LOOK, by=organization.actor, now=timezone.now())
    answer = browser().get(reverse("public:page", args=[project.public_key]))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer.headers["X-Robots-Tag"] == "noindex"
    for words in ("Pilot", "Ahoy.", "How deep?", "Asking needs JavaScript"):
        assert words in text
    assert browser().get(reverse("public:page", args=["pk_nobody"])).status_code == 404
