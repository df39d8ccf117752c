"""The picture of an assistant: whatever is uploaded is drawn anew, and only that is kept."""

import hashlib
import warnings
from datetime import datetime
from io import BytesIO
from typing import Final

from django.core.exceptions import ValidationError
from PIL import Image, ImageOps

from .models import Avatar, Project
from .trail.recording import Actor, Target, record

SIDE: Final = 128  # pixels
MOST_BYTES: Final = 2_000_000
MOST_PIXELS: Final = 24_000_000  # decoded, four bytes each
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
CONTENT_TYPE: Final = "image/webp"

NOT_A_PICTURE: Final = "This file can't be read as a picture. Save it as PNG, JPEG, WebP or GIF."
TOO_HEAVY: Final = "A picture may have at most 2 MB. Save a smaller one: 128 pixels are enough."
TOO_LARGE: Final = "A picture may have at most 24 million pixels. Save a smaller one."


def set_avatar(*, project: Project, upload: bytes, by: Actor, now: datetime) -> Avatar:
    """Give the assistant a picture. Raises ValidationError for what is none, or too large."""
    image = redraw(upload)
    avatar, _ = Avatar.objects.update_or_create(
        project=project,
        defaults={
            "digest": hashlib.sha256(image).hexdigest()[:32],
            "image": image,
            "changed_at": now,
        },
    )
    record(action="project.avatar_set", target=_target(project), by=by, now=now)
    return avatar


def remove_avatar(*, project: Project, by: Actor, now: datetime) -> None:
    """Take the picture away; without one, nothing happens."""
    removed, _ = Avatar.objects.filter(project=project).delete()
    if removed:
        record(action="project.avatar_removed", target=_target(project), by=by, now=now)


def avatar_digest(project: Project) -> str:
    """What the picture's address names it by; empty without one."""
    digest = Avatar.objects.filter(project=project).values_list("digest", flat=True).first()
    return digest or ""


def avatar_image(digest: str) -> bytes | None:
    """The picture of the open context's project with this digest, if it still has that one."""
    image = Avatar.objects.filter(digest=digest).values_list("image", flat=True).first()
    return None if image is None else bytes(image)


def redraw(upload: bytes) -> bytes:
    """The middle square of a picture as 128 by 128 pixels of WebP, with nothing else of the file.

    Raises ValidationError. The size is looked at before a pixel is decoded.
    """
    if len(upload) > MOST_BYTES:
        raise ValidationError(TOO_HEAVY)
    try:
        with warnings.catch_warnings(action="ignore"):
            return _redrawn(upload)
    except ValidationError:
        raise
    except Image.DecompressionBombError:
        raise ValidationError(TOO_LARGE) from None
    except Exception:  # noqa: BLE001 - a decoder raises anything for a hostile file, none of it ours
        raise ValidationError(NOT_A_PICTURE) from None


def _redrawn(upload: bytes) -> bytes:
    with Image.open(BytesIO(upload), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ValidationError(TOO_LARGE)
        opened.draft("RGB", (2 * SIDE, 2 * SIDE))
        upright = ImageOps.exif_transpose(opened).convert("RGBA")
    square = ImageOps.fit(upright, (SIDE, SIDE))
    drawn = BytesIO()
    square.save(drawn, "WEBP", quality=88, method=4)
    return drawn.getvalue()


def _target(project: Project) -> Target:
    return Target(kind="project", id=project.pk, label=project.name)
