-- What the merge keeps so that a later statement of Stripe may take a status back (merge.hpp), and what the queue of
-- refetches keeps so that an invoice that Stripe does not have is asked for ever more rarely.

ALTER TABLE invoices
    -- The statement that stands tells of the step that made the draft, or that finalised it.
    ADD COLUMN begins_stage boolean NOT NULL DEFAULT false,
    -- The furthest status that any statement gave, and its second: rank * 2^40 + seconds since 1970. Null: a row of an
    -- older version, whose standing status is the furthest.
    ADD COLUMN furthest bigint,
    -- The second before Stripe was asked for its last answer. Null: no answer came.
    ADD COLUMN answer_time timestamptz,
    ADD COLUMN previous_begins_stage boolean,
    -- The connected account that the invoice lives in, and the v2 account that is its customer: "acct_…", or empty.
    ADD COLUMN stripe_account_id text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN customer_account text COLLATE "C" NOT NULL DEFAULT '';

-- The status that stands, as a value of `furthest`. Null: it is not finalised.
CREATE FUNCTION invoice_furthest(rank smallint, event_time timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN rank BETWEEN 1 AND 3 THEN (rank::bigint << 40) + floor(extract(epoch FROM event_time))::bigint END
$$;

-- True if Stripe has to be asked: in_doubt() of merge.hpp. `contested` is the column refetch_needed.
CREATE FUNCTION invoice_in_doubt(contested boolean, rank smallint, furthest bigint, answer_time timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT contested OR coalesce(
        rank BETWEEN 1 AND 3 AND furthest >> 40 > rank
        AND (answer_time IS NULL OR extract(epoch FROM answer_time) <= (furthest & ((1::bigint << 40) - 1))), false)
$$;

ALTER TABLE refetches DROP CONSTRAINT refetches_reason_check;
ALTER TABLE refetches
    ADD CONSTRAINT refetches_reason_check CHECK (reason IN ('tie', 'taken_back', 'lines', 'credit_note', 'buried',
                                                            'requested', 'not_found', 'unrepaired')),
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,        -- how often Stripe was asked without an end of the doubt
    ADD COLUMN last_result text NOT NULL DEFAULT '' CHECK (last_result IN ('', 'not_found', 'unrepaired')),
    ADD COLUMN detail text NOT NULL DEFAULT '',            -- unrepaired: the names of the fields
    ADD COLUMN next_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX refetches_due ON refetches (next_at);

-- Version 0.1.0 took Stripe's 404 for a deletion, and a deletion outranked every later event. Such a row has no
-- invoice.deleted behind it. It counts as a draft from now on, so that Stripe's next statement stands, and Stripe is
-- asked for it.
WITH buried AS (
    UPDATE invoices i SET rank = 0
    WHERE i.deleted AND i.event_id LIKE 'refetch\_%' AND NOT EXISTS (
        SELECT FROM events e
        WHERE e.object_id = i.stripe_invoice_id AND e.account = i.account AND e.livemode = i.livemode
            AND e.type = 'invoice.deleted')
    RETURNING i.stripe_invoice_id, i.account, i.livemode)
INSERT INTO refetches (stripe_invoice_id, account, livemode, reason, answer_from)
SELECT stripe_invoice_id, account, livemode, 'buried', '-infinity' FROM buried
ON CONFLICT DO NOTHING;
