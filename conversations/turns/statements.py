"""The statements of a turn, each one round trip. A lease is ten seconds by the database's clock."""

# Begin: the turn under its first lease, its conversation if that is new, and the visitor's message.
# A question that was asked before counts for nothing and returns no row.
BEGIN = """
    WITH turn AS (
        INSERT INTO conversations_turn (organization_id, id, project_id, conversation_id,
            client_id, state, code, fence, lease_expires_at, provider, model, started_at)
        VALUES (%(organization)s, %(turn)s, %(project)s, %(conversation)s, %(client)s,
            'processing', '', %(fence)s, clock_timestamp() + interval '10 s',
            '', '', %(now)s)
        ON CONFLICT (organization_id, conversation_id, client_id) DO NOTHING
        RETURNING id
    ), conversation AS (
        INSERT INTO conversations_conversation AS c (organization_id, id, project_id, visitor_id,
            channel, page_url, started_at, last_message_at, question_count)
        SELECT %(organization)s::uuid, %(conversation)s::uuid, %(project)s::uuid,
            %(visitor)s::uuid, %(channel)s::text, %(page_url)s::bytea, %(now)s::timestamptz,
            %(now)s::timestamptz, count(turn.id)
        FROM turn
        ON CONFLICT (organization_id, id) DO UPDATE
            SET last_message_at = greatest(c.last_message_at, excluded.last_message_at),
                question_count = c.question_count + excluded.question_count
    ), message AS (
        INSERT INTO conversations_message (organization_id, id, project_id, conversation_id,
            turn_id, speaker, text, at)
        SELECT %(organization)s::uuid, %(question_message)s::uuid, %(project)s::uuid,
            %(conversation)s::uuid, id, 'visitor', %(question)s::bytea, %(now)s::timestamptz
        FROM turn
    )
    SELECT id FROM turn
"""

# Renew: the lease, and with a text the checkpoint of what was said.
RENEW = """
    UPDATE conversations_turn
    SET lease_expires_at = clock_timestamp() + interval '10 s',
        text = coalesce(%(text)s::bytea, text)
    WHERE organization_id = %(organization)s AND id = %(turn)s
        AND fence = %(fence)s AND state = 'processing'
"""

# Finish: the turn's state and the assistant's message, by the holder of the lease only, and what
# the conversation is found by. The text stands in the message from now on, unless there was no key
# to seal it by: then the turn keeps its checkpoint, and its words are still to be found.
FINISH = """
    WITH turn AS (
        UPDATE conversations_turn
        SET state = %(state)s, code = %(code)s, lease_expires_at = NULL,
            text = CASE WHEN %(keeps_checkpoint)s::boolean THEN text END,
            provider = %(provider)s, model = %(model)s, input_tokens = %(input_tokens)s::integer,
            output_tokens = %(output_tokens)s::integer, cost = %(cost)s::numeric,
            finished_at = clock_timestamp()
        WHERE organization_id = %(organization)s AND id = %(turn)s
            AND fence = %(fence)s AND state = 'processing'
        RETURNING organization_id, id, project_id, conversation_id
    ), message AS (
        INSERT INTO conversations_message (organization_id, id, project_id, conversation_id,
            turn_id, speaker, text, citations, confidence, is_answered, at)
        SELECT organization_id, %(answer_message)s::uuid, project_id, conversation_id, id,
            'assistant', %(text)s::bytea, %(citations)s::bytea, %(confidence)s::float8,
            %(is_answered)s::boolean, clock_timestamp()
        FROM turn
    ), word AS (
        INSERT INTO conversations_conversationword (organization_id, id, project_id,
            conversation_id, word)
        SELECT organization_id, gen_random_uuid(), project_id, conversation_id, said.word
        FROM turn, unnest(%(words)s::int8[]) AS said (word)
        ON CONFLICT (organization_id, conversation_id, word) DO NOTHING
    ), conversation AS (
        UPDATE conversations_conversation c
        SET last_message_at = clock_timestamp(),
            has_words = c.has_words AND %(words)s::int8[] IS NOT NULL,
            unanswered_count = c.unanswered_count
                + (%(is_answered)s::boolean IS FALSE)::integer,
            is_answered = CASE WHEN %(is_answered)s::boolean IS NULL THEN c.is_answered
                ELSE %(is_answered)s::boolean AND c.is_answered IS NOT FALSE END
        FROM turn WHERE c.organization_id = turn.organization_id AND c.id = turn.conversation_id
    )
    SELECT id FROM turn
"""

# Lapsed: the checkpoint of a turn whose lease has run out, held until the transaction ends.
LAPSED = """
    SELECT text FROM conversations_turn
    WHERE organization_id = %(organization)s AND id = %(turn)s
        AND state = 'processing' AND lease_expires_at < clock_timestamp()
    FOR UPDATE
"""

# Close lapsed: take over a turn that is held so, and end it with the text that is left of it. Its
# words are still to be found.
CLOSE_LAPSED = """
    WITH turn AS (
        UPDATE conversations_turn
        SET state = 'failed', code = %(code)s, lease_expires_at = NULL,
            text = CASE WHEN %(keeps_checkpoint)s::boolean THEN text END,
            fence = fence + 1, finished_at = %(now)s
        WHERE organization_id = %(organization)s AND id = %(turn)s
        RETURNING organization_id, id, project_id, conversation_id
    ), message AS (
        INSERT INTO conversations_message (organization_id, id, project_id, conversation_id,
            turn_id, speaker, text, at)
        SELECT organization_id, %(answer_message)s::uuid, project_id, conversation_id, id,
            'assistant', %(text)s::bytea, %(now)s::timestamptz
        FROM turn
    ), conversation AS (
        UPDATE conversations_conversation c SET has_words = false
        FROM turn WHERE c.organization_id = turn.organization_id AND c.id = turn.conversation_id
    )
    SELECT project_id FROM turn
"""

_RECORD = """
    SELECT t.organization_id, t.project_id, t.conversation_id, t.id AS turn_id, t.client_id,
        t.fence, t.state, t.code, t.provider, t.model, t.input_tokens, t.output_tokens, t.cost,
        coalesce(t.lease_expires_at < clock_timestamp(), false) AS has_lapsed,
        t.text AS checkpoint, q.id AS question_id, q.text AS question,
        a.id AS answer_id, a.text AS answer, a.citations, a.confidence, a.is_answered
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
