"""Where in the world a provider's host stands, as far as its address tells."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from askorac.net.addresses import is_public
from keys.providers.addresses import is_azure

AZURE: Final = "Microsoft, in the region of your Azure resource"
OWN_NETWORK: Final = "A private network, chosen with this address"
UNKNOWN: Final = "Where this host stands is known to who runs it"
# The company, its seat, and whether the address binds the work to a region.
_HOSTS: Final = {
    "eu.api.openai.com": "OpenAI, in Europe, which this address asks for",
    "us.api.openai.com": "OpenAI, in the United States, which this address asks for",
    "api.openai.com": "OpenAI of the United States; this address names no region",
    "api.anthropic.com": "Anthropic of the United States; this address names no region",
    "generativelanguage.googleapis.com": "Google of the United States; this address names no"
    " region",
}


def place_of(address: str) -> str:
    """Who runs a provider's host, and where, in words that claim no more than is known."""
    host = urlsplit(address).hostname or ""
    if host in _HOSTS:
        return _HOSTS[host]
    if is_azure(address):
        return AZURE
    if "." not in host:
        return OWN_NETWORK
    try:
        return UNKNOWN if is_public(ip_address(host)) else OWN_NETWORK
    except ValueError:
        return UNKNOWN
