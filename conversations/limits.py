"""How much may be asked: by a visitor, from an address, of a project or an organization. The owner
pays by the token, and an Origin header is forged in one line.

Questions are counted in Redis, for all processes together. Sockets and their frames are counted in
the process that holds them, since it is its memory and time that they take: a socket that says too
much is closed, and the others of its address, whose visitors have nothing to do with it, are not.
"""

import time
from collections import Counter
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from uuid import UUID

from django.db import OperationalError
from redis import RedisError

from askorac.tenancy.context import in_tenant
from askorac.tenancy.limit_deeds import Limits
from projects.limits import read_limits

from .broker import broker

VISITOR_QUESTIONS_A_MINUTE: Final = 20
ADDRESS_QUESTIONS_A_MINUTE: Final = 600
PROJECT_QUESTIONS_A_MINUTE: Final = 3_000
ADDRESS_SOCKETS: Final = 2_000
ADDRESS_SOCKETS_A_MINUTE: Final = 6_000
SOCKET_FRAMES_A_MINUTE: Final = 240

LIMITS_SECONDS: Final = 10.0
MOST_LIMITS_KNOWN: Final = 10_000

_MINUTE_SECONDS: Final = 60.0
# The limits of organizations, and when they were read.
_limits: dict[UUID, tuple[Limits, float]] = {}

# Spend: one use of each key, if every one has one left in the minute behind us; else nothing is
# spent. Returns the milliseconds until there is one again, 0 if it was spent. A key is the list of
# the times of its last uses, as many as are allowed: when it is full, its oldest tells. The last
# argument says how many keys at the end are numbers of a day of UTC instead.
SPEND: Final = """
    local clock = redis.call('TIME')
    local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
    local lists = #KEYS - tonumber(ARGV[#KEYS + 1])
    local rest = 86400000 - now % 86400000
    local wait = 0
    for i, key in ipairs(KEYS) do
        if i > lists then
            if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[i]) then
                wait = math.max(wait, rest)
            end
        elseif redis.call('LLEN', key) >= tonumber(ARGV[i]) then
            local oldest = redis.call('LINDEX', key, -1)
            wait = math.max(wait, oldest and oldest + 60000 - now or 60000)
        end
    end
    if wait > 0 then return wait end
    for i, key in ipairs(KEYS) do
        if i > lists then
            redis.call('INCR', key)
            redis.call('PEXPIRE', key, rest)
        else
            redis.call('LPUSH', key, string.format('%d', now))
            redis.call('LTRIM', key, 0, ARGV[i] - 1)
            redis.call('PEXPIRE', key, 60000)
        end
    end
    return 0
"""


class TooMany(Exception):
    """A limit is reached; in `retry_after` seconds there is room again."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class LimitsUnreachable(Exception):
    """Nobody can say whether a limit is reached, so it counts as reached."""


async def spend_question(
    *, organization_id: UUID, project_id: UUID, visitor_id: UUID, address: str | None
) -> None:
    """Count one question against its visitor, its project, the address if there is one, and its
    organization if that has limits of its own.

    Raises TooMany, or LimitsUnreachable when Redis, or the database for those, can't be asked.
    """
    allowances = {
        visitor_key(project_id, visitor_id): VISITOR_QUESTIONS_A_MINUTE,
        f"orac:limit:project:{project_id}": PROJECT_QUESTIONS_A_MINUTE,
    }
    if address is not None:
        key = f"orac:limit:address:{neighbourhood(address)}"
        allowances[key] = ADDRESS_QUESTIONS_A_MINUTE
    own = await _limits_of(organization_id)
    if own.questions_a_minute is not None:
        allowances[f"orac:limit:organization:{organization_id}"] = own.questions_a_minute
    if own.questions_a_day is not None:
        allowances[f"orac:limit:day:{organization_id}"] = own.questions_a_day
    days = int(own.questions_a_day is not None)
    spend = broker().register_script(SPEND)
    try:
        wait = await spend(keys=list(allowances), args=[*allowances.values(), days])
    except RedisError as error:
        raise LimitsUnreachable from error
    if wait:
        raise TooMany(int(wait) / 1000)


def visitor_key(project_id: UUID, visitor_id: UUID) -> str:
    """What a visitor's questions are counted under, for a minute."""
    return f"orac:limit:visitor:{project_id}:{visitor_id}"


async def _limits_of(organization_id: UUID) -> Limits:
    """The organization's own limits, as they were a few seconds ago at most."""
    known = _limits.get(organization_id)
    if known is not None and time.monotonic() - known[1] < LIMITS_SECONDS:
        return known[0]
    if known is not None:
        _limits[organization_id] = known[0], time.monotonic()  # one asks, the others go on
    try:
        limits = await in_tenant(organization_id, read_limits)
    except OperationalError as error:
        raise LimitsUnreachable from error
    if len(_limits) >= MOST_LIMITS_KNOWN:
        _limits.clear()
    _limits[organization_id] = limits, time.monotonic()
    return limits


def neighbourhood(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 customer holds."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or ip_network((ip, 64), strict=False).network_address)


class Meter:
    """Counts uses in the running minute. `now` is in seconds of a steady clock."""

    def __init__(self) -> None:
        self._count = 0
        self._since = 0.0

    def take(self, most: int, *, now: float) -> bool:
        """Count one use, unless there are too many."""
        if now - self._since >= _MINUTE_SECONDS:
            self._count, self._since = 0, now
        self._count += 1
        return self._count <= most


class Doorkeeper:
    """Counts the sockets that an address opens at this process: those that are open, and those of
    the running minute."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._came: Counter[str] = Counter()
        self._since = 0.0

    def let_in(self, address: str, *, now: float) -> bool:
        """Count a socket in, unless there are too many."""
        who = neighbourhood(address)
        if now - self._since >= _MINUTE_SECONDS:
            self._came.clear()
            self._since = now
        self._came[who] += 1
        if self._open[who] >= ADDRESS_SOCKETS or self._came[who] > ADDRESS_SOCKETS_A_MINUTE:
            return False
        self._open[who] += 1
        return True

    def let_out(self, address: str) -> None:
        """Count out a socket that was let in."""
        who = neighbourhood(address)
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]


doorkeeper = Doorkeeper()
