"""The allow-list of definer functions: one that is changed, missing or added fails the checks."""

from .access_deeds import ACCESS_DEEDS, VIEW_AS_STAFF
from .chain import CHAIN_FUNCTIONS
from .deeds import DEEDS, STOP_JOB
from .endings import ENDINGS
from .limit_deeds import CHANGE_LIMITS
from .lookups import (
    CONTEXT_FUNCTIONS,
    DUE_WORK,
    INVITATION_OF_TOKEN,
    IS_SUSPENDED,
    LAPSED_TURNS,
    ORGANIZATION_OF_API_KEY,
    ORGANIZATION_OF_REVOKED_API_KEY,
    ORGANIZATIONS_OF_USER,
    PROJECT_OF_PUBLIC_KEY,
    PROJECT_SIZES,
)
from .staff_context import OPENED_TARGETS, STAFF_FUNCTIONS
from .trail_deeds import TRAIL_DEEDS
from .usage import COUNT_USAGE

ALLOWED = {
    function.name: function
    for function in (
        *CONTEXT_FUNCTIONS,
        PROJECT_OF_PUBLIC_KEY,
        ORGANIZATIONS_OF_USER,
        ORGANIZATION_OF_API_KEY,
        ORGANIZATION_OF_REVOKED_API_KEY,
        INVITATION_OF_TOKEN,
        IS_SUSPENDED,
        DUE_WORK,
        LAPSED_TURNS,
        PROJECT_SIZES,
        *STAFF_FUNCTIONS,
        OPENED_TARGETS,
        *DEEDS,
        *ACCESS_DEEDS,
        VIEW_AS_STAFF,
        STOP_JOB,
        CHANGE_LIMITS,
        COUNT_USAGE,
        *ENDINGS,
        *CHAIN_FUNCTIONS,
        *TRAIL_DEEDS,
    )
}
