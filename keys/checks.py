"""System checks of the key service: at every start, before anything is sealed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from askorac.sealing import SealFault
from askorac.sealing.clear import unexplained
from askorac.tenancy.catalog import tenant_models

from .services import UnusableAddress, service_at
from .services.local import LocalService
from .services.openbao import OpenBaoService
from .services.openbao_server import NOTHING_GIVEN
from .spending import UnusablePrices, own_prices

NOT_SET: Final = "KMS_URL is not set, so nothing can be sealed."
WHAT_TO_SET: Final = (
    "Run `make run`, or name a key service: local:///folder, openbao+https://host:8200/transit or"
    " awskms://region/key. docs/guide/key-services.md says which."
)


@register(Tags.security)
def check_key_service(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The address of the key service can be used. One in a folder is tried; no other is asked,
    since a service that is away for a moment keeps nobody from starting."""
    if not settings.KMS_URL:
        return [Error(NOT_SET, WHAT_TO_SET, id="orac.E020")]
    try:
        service = service_at(settings.KMS_URL)
        if isinstance(service, LocalService):
            service.check()
            return _beside_files(service.folder)
    except (UnusableAddress, SealFault) as fault:
        return [Error(f"KMS_URL: {fault.sentence}", id="orac.E021")]
    if isinstance(service, OpenBaoService) and not service.has_access:
        return [Error(NOTHING_GIVEN, id="orac.E023")]
    return []


@register()
def check_prices(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The operator's prices can be understood."""
    try:
        own_prices(settings.MODEL_PRICES)
    except UnusablePrices as error:
        return [Error("MODEL_PRICES can't be understood.", str(error), id="orac.E025")]
    return []


@register(Tags.models)
def check_clear_columns(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Whatever an organization's row holds is sealed, or its model says why not."""
    sentences = (sentence for model in tenant_models() for sentence in unexplained(model))
    return [Error(sentence, id="orac.E026") for sentence in sentences]


def _beside_files(folder: Path) -> list[CheckMessage]:
    """Whoever takes a copy of the files must not take the keys along."""
    location = settings.STORAGES["default"].get("OPTIONS", {}).get("location")
    if not isinstance(location, Path):
        return []
    files, keys = location.resolve(), folder.resolve()
    if keys != files and files not in keys.parents and keys not in files.parents:
        return []
    hint = "Name another folder in KMS_URL, one that is copied apart from the files."
    return [Error("The keys lie among the files that they seal.", hint, id="orac.E022")]
