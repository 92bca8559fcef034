-- Payments of invoices are rows: an invoice has many, and one payment intent may pay several invoices.

CREATE TABLE invoice_payments (
    payment_id             text COLLATE "C" NOT NULL CHECK (payment_id <> ''),  -- Stripe's, or derived: see payment_merge.hpp
    account                text COLLATE "C" NOT NULL,
    livemode               boolean NOT NULL,
    stripe_invoice_id      text COLLATE "C" NOT NULL,
    payment_intent_id      text COLLATE "C" NOT NULL,
    charge_id              text COLLATE "C" NOT NULL,
    payment_record_id      text COLLATE "C" NOT NULL,
    amount_paid_minor      bigint NOT NULL CHECK (amount_paid_minor >= 0),
    amount_requested_minor bigint NOT NULL CHECK (amount_requested_minor >= 0),
    currency               text NOT NULL,
    status                 text COLLATE "C" NOT NULL,  -- Stripe's word: open, paid, canceled, detached
    progress               smallint NOT NULL,          -- of the status, for statements of one second
    is_default             boolean NOT NULL,
    derived                boolean NOT NULL,
    create_time            timestamptz,
    paid_time              timestamptz,
    canceled_time          timestamptz,
    event_time             timestamptz NOT NULL,  -- of the statement that stands, whole seconds
    event_id               text COLLATE "C" NOT NULL,
    stored_at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (payment_id, account, livemode)
) WITH (fillfactor = 90);  -- room for a row's next version: a payment is opened and paid
CREATE INDEX invoice_payments_by_invoice ON invoice_payments (stripe_invoice_id);
CREATE INDEX invoice_payments_by_intent ON invoice_payments (payment_intent_id) WHERE payment_intent_id <> '';
CREATE INDEX invoice_payments_by_charge ON invoice_payments (charge_id) WHERE charge_id <> '';

-- Until now they were facts. Stores of the version before still write them there, and they are read from both places.
INSERT INTO invoice_payments (payment_id, account, livemode, stripe_invoice_id, payment_intent_id, charge_id,
                              payment_record_id, amount_paid_minor, amount_requested_minor, currency, status, progress,
                              is_default, derived, event_time, event_id)
SELECT object_id, account, livemode, stripe_invoice_id, payment_intent_id, charge_id, '', amount_minor, 0, currency,
       status, CASE status WHEN 'open' THEN 0 WHEN 'paid' THEN 2 WHEN 'canceled' THEN 3 WHEN 'detached' THEN 4 ELSE 1 END,
       false, starts_with(object_id, 'payment_of_'), date_trunc('second', event_time), event_id
FROM payment_facts WHERE kind = 1;

-- The parts of a credit note that went back to the payer, side by side: type, refund, amount.
ALTER TABLE payment_facts
    ADD COLUMN refund_types text[] NOT NULL DEFAULT '{}',
    ADD COLUMN refund_ids text[] NOT NULL DEFAULT '{}',
    ADD COLUMN refund_amounts bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN out_of_band_minor bigint NOT NULL DEFAULT 0;
CREATE INDEX payment_facts_by_refund ON payment_facts USING gin (refund_ids) WHERE refund_ids <> '{}';

ALTER TABLE settlements
    -- A part of a shared payment went back, and nobody told yet to which of its invoices it belongs.
    ADD COLUMN share_unknown boolean NOT NULL DEFAULT false,
    -- The payment of the invoice as Stripe told it to somebody who had not followed its account then. Null: nobody.
    ADD COLUMN unfollowed_paid_time timestamptz,
    -- The last time that Stripe was asked for the refunds and disputes of this invoice.
    ADD COLUMN asked_time timestamptz;

-- The first event of each account that told of a payment and that nobody had to ask for: from then on refunds and
-- disputes are followed.
CREATE TABLE followed_accounts (
    account  text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    since    timestamptz NOT NULL,
    PRIMARY KEY (account, livemode)
);
INSERT INTO followed_accounts (account, livemode, since)
SELECT account, livemode, min(event_time) FROM events
WHERE source IN (1, 2) AND state <> 'dead' AND account <> '' GROUP BY account, livemode;
