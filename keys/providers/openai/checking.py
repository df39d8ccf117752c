"""Whether a key may use a model, asked without a token being paid for."""

from __future__ import annotations

from dataclasses import replace

from keys.providers.accounts import Account
from keys.providers.base import RequestRefused
from keys.providers.catalog import OPENAI_ADDRESS
from keys.providers.openai.client import client_of
from keys.providers.openai.faults import PROVIDER_ERRORS, fault_of
from keys.providers.patience import Patience

PATIENCE = replace(Patience(), embedding=10.0)


async def check_model(*, account: Account, name: str) -> None:
    """Look the model up under the account's key. Raises a ProviderFault.

    Many servers of the same wire format list no models: one that knows nothing of it passes,
    unless it is OpenAI itself.
    """
    try:
        client = await client_of(account)
        await client.models.retrieve(name, timeout=PATIENCE.request_timeout)
        return
    except PROVIDER_ERRORS as error:
        fault = fault_of(error)
    if account.base_url == OPENAI_ADDRESS or not isinstance(fault, RequestRefused):
        raise fault
