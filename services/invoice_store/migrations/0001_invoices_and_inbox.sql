-- Invoices as they stand, the inbox of events, whose a customer is, and how many invoices there are.
--
-- Words of Stripe's are text and never an enum, money is bigint in minor units, times are timestamptz. Text that is
-- compared for order carries COLLATE "C": bytes, as the program compares them.

CREATE TABLE invoices (
    -- 8 hex digits of create_time's seconds and 16 of a hash of the identity below: sorting by id alone is sorting by
    -- (create_time, id), so every list needs one column for its order.
    id                              text COLLATE "C" PRIMARY KEY CHECK (length(id) = 24),
    stripe_invoice_id               text COLLATE "C" NOT NULL CHECK (stripe_invoice_id <> ''),
    account                         text COLLATE "C" NOT NULL CHECK (account <> ''),
    livemode                        boolean NOT NULL,
    stripe_customer_id              text COLLATE "C" NOT NULL,
    user_id                         text COLLATE "C" NOT NULL,
    user_name                       text NOT NULL,
    team_id                         text COLLATE "C" NOT NULL,
    status                          text COLLATE "C" NOT NULL CHECK (status <> ''),
    currency                        text NOT NULL,
    amount_minor                    bigint NOT NULL,
    amount_due_minor                bigint NOT NULL,
    amount_paid_minor               bigint NOT NULL,
    amount_remaining_minor          bigint NOT NULL,
    subtotal_minor                  bigint NOT NULL,
    total_minor                     bigint NOT NULL,
    tax_minor                       bigint NOT NULL,
    pre_payment_credit_notes_minor  bigint NOT NULL CHECK (pre_payment_credit_notes_minor >= 0),
    post_payment_credit_notes_minor bigint NOT NULL CHECK (post_payment_credit_notes_minor >= 0),
    amount_refunded_minor           bigint NOT NULL CHECK (amount_refunded_minor >= 0),
    attempt_count                   bigint NOT NULL CHECK (attempt_count >= 0),
    attempted                       boolean NOT NULL,
    last_payment_attempt_time       timestamptz,
    next_payment_attempt_time       timestamptz,
    paid_out_of_band                boolean NOT NULL,
    number                          text NOT NULL,
    hosted_invoice_url              text NOT NULL,
    invoice_pdf_url                 text NOT NULL,
    collection_method               text NOT NULL,
    billing_reason                  text NOT NULL,
    description                     text NOT NULL,
    customer_name                   text NOT NULL,
    customer_email                  text NOT NULL,
    default_payment_method          text NOT NULL,
    payment_intent_id               text NOT NULL,
    charge_id                       text NOT NULL,
    subscription_id                 text NOT NULL,
    metadata                        jsonb NOT NULL,
    create_time                     timestamptz NOT NULL,
    update_time                     timestamptz NOT NULL,
    period_start                    timestamptz,
    period_end                      timestamptz,
    finalize_time                   timestamptz,
    paid_time                       timestamptz,
    void_time                       timestamptz,
    uncollectible_time              timestamptz,
    lines                           jsonb NOT NULL,
    lines_complete                  boolean NOT NULL,
    line_count                      bigint NOT NULL CHECK (line_count >= 0),

    -- What decided the row: see merge.hpp.
    rank                            smallint NOT NULL CHECK (rank BETWEEN 0 AND 4),
    event_time                      timestamptz NOT NULL,
    event_id                        text COLLATE "C" NOT NULL,
    refetch_needed                  boolean NOT NULL,
    content_hash                    bytea NOT NULL,

    -- What the row said before its last write, null after its first: PostgreSQL 15 has no OLD in RETURNING, and the
    -- totals and the outcomes of events are the difference.
    previous_status                 text COLLATE "C",
    previous_team_id                text COLLATE "C",
    previous_rank                   smallint,
    previous_event_time             timestamptz,
    previous_event_id               text COLLATE "C",

    first_seen_at                   timestamptz NOT NULL DEFAULT now(),
    stored_at                       timestamptz NOT NULL DEFAULT now(),
    -- Of its own, so that lists leave deleted drafts out without an index on status having to change for it.
    deleted                         boolean NOT NULL GENERATED ALWAYS AS (status = 'deleted') STORED,

    CONSTRAINT invoices_identity UNIQUE (stripe_invoice_id, account, livemode)
) WITH (fillfactor = 85);

CREATE INDEX invoices_live ON invoices (id) WHERE NOT deleted;
CREATE INDEX invoices_by_team ON invoices (team_id, id) WHERE NOT deleted AND team_id <> '';
CREATE INDEX invoices_by_user ON invoices (user_id, id) WHERE NOT deleted AND user_id <> '';
CREATE INDEX invoices_by_customer ON invoices (stripe_customer_id, id) WHERE NOT deleted;
CREATE INDEX invoices_by_status ON invoices (status, id) WHERE NOT deleted;
-- The idempotency key that a creation of ours leaves in the metadata: finds the invoice after Stripe forgot the key.
CREATE INDEX invoices_by_creation_key ON invoices ((metadata ->> 'quittance_key'), account)
    WHERE metadata ? 'quittance_key';

CREATE TABLE events (
    event_id          text COLLATE "C" NOT NULL CHECK (event_id <> ''),
    account           text COLLATE "C" NOT NULL CHECK (account <> ''),
    livemode          boolean NOT NULL,
    type              text NOT NULL,
    object_id         text NOT NULL,
    invoice_id        text COLLATE "C" NOT NULL,  -- ours; empty where the event names no invoice
    -- dead: could not be applied, last_error says why. Everything else is settled.
    state             text NOT NULL CHECK (state IN ('applied', 'ignored', 'stale', 'needs_refetch', 'dead')),
    attempts          integer NOT NULL DEFAULT 1,
    last_error        text NOT NULL DEFAULT '',
    source            smallint NOT NULL,  -- InvoiceEvent.Source
    event_time        timestamptz NOT NULL,
    received_at       timestamptz NOT NULL DEFAULT now(),
    applied_at        timestamptz,  -- null while it is dead
    api_version       text NOT NULL,
    stripe_account_id text NOT NULL,
    request_id        text NOT NULL,
    idempotency_key   text NOT NULL,
    payload           bytea NOT NULL,
    PRIMARY KEY (event_id, account, livemode)
);

CREATE INDEX events_by_arrival ON events (received_at);
CREATE INDEX events_dead ON events (received_at) WHERE state = 'dead';

-- Whom a Stripe customer belongs to, where somebody registered it. Without the mode: Stripe gives no two customers of an
-- account the same id, whatever their mode.
CREATE TABLE customers (
    account            text COLLATE "C" NOT NULL,
    stripe_customer_id text COLLATE "C" NOT NULL CHECK (stripe_customer_id <> ''),
    user_id            text COLLATE "C" NOT NULL,
    user_name          text NOT NULL,
    team_id            text COLLATE "C" NOT NULL,
    registered_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stripe_customer_id, account)
);

-- Numbers of invoices, kept in the transaction that changes them: scope 'all' (scope_id '') or 'team'. The number is
-- the sum over the slots: writers in different processes take different slots and do not wait for each other.
CREATE TABLE invoice_totals (
    scope    text COLLATE "C" NOT NULL,
    scope_id text COLLATE "C" NOT NULL,
    status   text COLLATE "C" NOT NULL,
    slot     smallint NOT NULL,
    invoices bigint NOT NULL,
    PRIMARY KEY (scope, scope_id, status, slot)
) WITH (fillfactor = 50);

-- lz4 costs a tenth of the default compression's time; a server built without it keeps the default.
DO $$
BEGIN
    ALTER TABLE events ALTER COLUMN payload SET COMPRESSION lz4;
    ALTER TABLE invoices ALTER COLUMN lines SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;
