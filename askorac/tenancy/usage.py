"""Usage, counted by the database itself as a turn ends: whoever ends it counts it, once."""

from typing import Final

from .definers import Lookup
from .isolation import OWNER

SHARDS: Final = 8

_TABLE: Final = "conversations_usage"
_SUMS: Final = ("answers", "failures", "input_tokens", "output_tokens", "cost")
_KEY: Final = ("organization_id", "month", "shard")
COUNT_USAGE = Lookup(
    signature="count_usage()",
    returns="trigger",
    language="plpgsql",
    callers=(OWNER,),
    body=f"""
BEGIN
    INSERT INTO public.{_TABLE} AS u (id, {", ".join(_KEY)}, {", ".join(_SUMS)})
        VALUES (gen_random_uuid(), NEW.organization_id,
            date_trunc('month', statement_timestamp() AT TIME ZONE 'UTC')::date,
            pg_backend_pid() % {SHARDS}, (NEW.state = 'ready')::integer,
            (NEW.state <> 'ready')::integer, coalesce(NEW.input_tokens, 0),
            coalesce(NEW.output_tokens, 0), coalesce(NEW.cost, 0))
        ON CONFLICT (organization_id, month, shard) DO UPDATE SET
            {", ".join(f"{name} = u.{name} + excluded.{name}" for name in _SUMS)};
    RETURN NULL;
END
""",
    reads=((_TABLE, (*_KEY, *_SUMS)),),
    changes=((_TABLE, "INSERT", ("id", *_KEY, *_SUMS)), (_TABLE, "UPDATE", _SUMS)),
)
COUNT_USAGE_TRIGGER: Final = """
CREATE TRIGGER count_usage AFTER UPDATE OF state ON conversations_turn FOR EACH ROW
    WHEN (OLD.state = 'processing' AND NEW.state IN ('ready', 'failed'))
    EXECUTE FUNCTION orac.count_usage();
"""
