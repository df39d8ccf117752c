"""The statements of a turn, each one round trip. A lease is ten seconds by the database's clock."""

# Begin: the turn under its first lease, its conversation if that is new, and the visitor's message.
# A question that was asked before counts for nothing and returns no row.
BEGIN = """
    WITH turn AS (
        INSERT INTO conversations_turn (organization_id, id, project_id, conversation_id,
            client_id, state, code, text, fence, lease_expires_at, provider, model, started_at)
        VALUES (%(organization)s, %(turn)s, %(project)s, %(conversation)s, %(client)s,
            'processing', '', '', %(fence)s, clock_timestamp() + interval '10 s',
            '', '', %(now)s)
        ON CONFLICT (organization_id, conversation_id, client_id) DO NOTHING
        RETURNING id
    ), conversation AS (
        INSERT INTO conversations_conversation AS c (organization_id, id, project_id, visitor_id,
            channel, page_url, started_at, last_message_at, question_count)
        SELECT %(organization)s::uuid, %(conversation)s::uuid, %(project)s::uuid,
            %(visitor)s::uuid, %(channel)s::text, %(page_url)s::text, %(now)s::timestamptz,
            %(now)s::timestamptz, count(turn.id)
        FROM turn
        ON CONFLICT (organization_id, id) DO UPDATE
            SET last_message_at = greatest(c.last_message_at, excluded.last_message_at),
                question_count = c.question_count + excluded.question_count
    ), message AS (
        INSERT INTO conversations_message (organization_id, id, project_id, conversation_id,
            turn_id, speaker, text, citations, at)
        SELECT %(organization)s::uuid, %(question_message)s::uuid, %(project)s::uuid,
            %(conversation)s::uuid, id, 'visitor', %(question)s::text, '[]'::jsonb,
            %(now)s::timestamptz
        FROM turn
    )
    SELECT id FROM turn
"""

# Renew: the lease, and with a text the checkpoint of what was said.
RENEW = """
    UPDATE conversations_turn
    SET lease_expires_at = clock_timestamp() + interval '10 s',
        text = coalesce(%(text)s::text, text)
    WHERE organization_id = %(organization)s AND id = %(turn)s
        AND fence = %(fence)s AND state = 'processing'
"""

# Finish: the turn's state and the assistant's message, by the holder of the lease only. The text
# stands in the message from now on.
FINISH = """
    WITH turn AS (
        UPDATE conversations_turn
        SET state = %(state)s, code = %(code)s, text = '', lease_expires_at = NULL,
            provider = %(provider)s, model = %(model)s, input_tokens = %(input_tokens)s::integer,
            output_tokens = %(output_tokens)s::integer, finished_at = clock_timestamp()
        WHERE organization_id = %(organization)s AND id = %(turn)s
            AND fence = %(fence)s AND state = 'processing'
        RETURNING organization_id, id, project_id, conversation_id
    ), message AS (
        INSERT INTO conversations_message (organization_id, id, project_id, conversation_id,
            turn_id, speaker, text, citations, confidence, is_answered, at)
        SELECT organization_id, %(answer_message)s::uuid, project_id, conversation_id, id,
            'assistant', %(text)s::text, %(citations)s::jsonb, %(confidence)s::float8,
            %(is_answered)s::boolean, clock_timestamp()
        FROM turn
    ), conversation AS (
        UPDATE conversations_conversation c
        SET last_message_at = clock_timestamp(),
            unanswered_count = c.unanswered_count
                + (%(is_answered)s::boolean IS FALSE)::integer,
            is_answered = CASE WHEN %(is_answered)s::boolean IS NULL THEN c.is_answered
                ELSE %(is_answered)s::boolean AND c.is_answered IS NOT FALSE END
        FROM turn WHERE c.organization_id = turn.organization_id AND c.id = turn.conversation_id
    )
    SELECT id FROM turn
"""

# Close lapsed: take over a turn whose lease has run out, and end it with the longer of the text
# that the caller found and that of the last checkpoint.
CLOSE_LAPSED = """
    WITH lapsed AS (
        SELECT organization_id, id, text FROM conversations_turn
        WHERE organization_id = %(organization)s AND id = %(turn)s
            AND state = 'processing' AND lease_expires_at < clock_timestamp()
        FOR UPDATE
    ), turn AS (
        UPDATE conversations_turn t
        SET state = 'failed', code = %(code)s, text = '', lease_expires_at = NULL,
            fence = t.fence + 1, finished_at = %(now)s
        FROM lapsed WHERE t.organization_id = lapsed.organization_id AND t.id = lapsed.id
        RETURNING t.organization_id, t.id, t.project_id, t.conversation_id, lapsed.text
    ), message AS (
        INSERT INTO conversations_message (organization_id, id, project_id, conversation_id,
            turn_id, speaker, text, citations, confidence, is_answered, at)
        SELECT organization_id, %(answer_message)s::uuid, project_id, conversation_id, id,
            'assistant',
            CASE WHEN length(%(text)s::text) > length(text) THEN %(text)s::text ELSE text END,
            '[]'::jsonb, NULL, NULL, %(now)s::timestamptz
        FROM turn
    )
    SELECT id FROM turn
"""

_RECORD = """
    SELECT t.organization_id, t.project_id, t.conversation_id, t.id AS turn_id, t.client_id,
        t.fence, t.state, t.code, t.provider, t.model, t.input_tokens, t.output_tokens,
        coalesce(t.lease_expires_at < clock_timestamp(), false) AS has_lapsed,
        coalesce(q.text, '') AS question, coalesce(a.text, t.text) AS text,
        coalesce(a.citations, '[]'::jsonb) AS citations, a.confidence, a.is_answered
    FROM conversations_turn t
    LEFT JOIN conversations_message q ON q.organization_id = t.organization_id
        AND q.turn_id = t.id AND q.speaker = 'visitor'
    LEFT JOIN conversations_message a ON a.organization_id = t.organization_id
        AND a.turn_id = t.id AND a.speaker = 'assistant'
"""

# Read: one turn by its id.
READ = _RECORD + " WHERE t.organization_id = %(organization)s AND t.id = %(turn)s"

# Read asked: one turn by the client's own id of the question.
READ_ASKED = (
    _RECORD
    + """    WHERE t.organization_id = %(organization)s AND t.conversation_id = %(conversation)s
        AND t.client_id = %(client)s
"""
)

# Read unfinished: the newest turn of a conversation that is still processing.
READ_UNFINISHED = (
    _RECORD
    + """    WHERE t.organization_id = %(organization)s AND t.conversation_id = %(conversation)s
        AND t.state = 'processing'
    ORDER BY t.started_at DESC LIMIT 1
"""
)
