-- What operators and reconciliation need: invoices that Stripe has to be asked for, how far readers of Stripe's lists
-- have come, and the history of one object in the inbox.

-- An invoice is here from the transaction that found its row in doubt until the one that takes Stripe's answer.
CREATE TABLE refetches (
    stripe_invoice_id text COLLATE "C" NOT NULL,
    account           text COLLATE "C" NOT NULL,
    livemode          boolean NOT NULL,
    reason            text NOT NULL CHECK (reason IN ('tie', 'lines', 'credit_note')),  -- the newest one
    since             timestamptz NOT NULL DEFAULT now(),
    -- An answer that Stripe gave before may not know what made us ask.
    answer_from       timestamptz NOT NULL,
    PRIMARY KEY (stripe_invoice_id, account, livemode)
);
CREATE INDEX refetches_by_age ON refetches (since);

CREATE TABLE cursors (
    name     text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
    value    text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now()
);

-- The history of an invoice is the events of its object.
CREATE INDEX events_by_object ON events (object_id, received_at);
