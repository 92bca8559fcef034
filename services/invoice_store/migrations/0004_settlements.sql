-- What became of the money beside Stripe's status of an invoice, and what Stripe tells of customers.

-- The newest word of each object of Stripe's that moves an invoice's money.
CREATE TABLE payment_facts (
    object_id         text COLLATE "C" NOT NULL CHECK (object_id <> ''),
    account           text COLLATE "C" NOT NULL,
    livemode          boolean NOT NULL,
    kind              smallint NOT NULL,  -- PaymentFact.Kind
    -- All names that the object ever gave; empty where it gave none.
    stripe_invoice_id text COLLATE "C" NOT NULL,
    payment_intent_id text COLLATE "C" NOT NULL,
    charge_id         text COLLATE "C" NOT NULL,
    amount_minor      bigint NOT NULL CHECK (amount_minor >= 0),
    currency          text NOT NULL,
    status            text COLLATE "C" NOT NULL,
    event_time        timestamptz NOT NULL,
    event_id          text COLLATE "C" NOT NULL,
    -- Whose money it is, as far as the names lead today; empty: nobody's yet.
    invoice_id        text COLLATE "C" NOT NULL DEFAULT '',
    stored_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (object_id, account, livemode)
);
CREATE INDEX payment_facts_by_invoice ON payment_facts (invoice_id) WHERE invoice_id <> '';
CREATE INDEX payment_facts_by_intent ON payment_facts (payment_intent_id) WHERE payment_intent_id <> '';
CREATE INDEX payment_facts_by_charge ON payment_facts (charge_id) WHERE charge_id <> '';
CREATE INDEX payment_facts_waiting ON payment_facts (stored_at) WHERE invoice_id = '';

-- What the facts of an invoice come to. May be there before the invoice is.
CREATE TABLE settlements (
    stripe_invoice_id     text COLLATE "C" NOT NULL,
    account               text COLLATE "C" NOT NULL,
    livemode              boolean NOT NULL,
    amount_refunded_minor bigint NOT NULL CHECK (amount_refunded_minor >= 0),
    amount_disputed_minor bigint NOT NULL CHECK (amount_disputed_minor >= 0),
    dispute_open          boolean NOT NULL,
    dispute_lost          boolean NOT NULL,
    update_time           timestamptz NOT NULL,
    PRIMARY KEY (stripe_invoice_id, account, livemode)
);

CREATE INDEX invoices_by_intent ON invoices (payment_intent_id) WHERE payment_intent_id <> '';
CREATE INDEX invoices_by_charge ON invoices (charge_id) WHERE charge_id <> '';
-- Settlements tell it now. The column stays for programs of the version before.
ALTER TABLE invoices ALTER COLUMN amount_refunded_minor SET DEFAULT 0;

-- What Stripe tells of a customer: whose its invoices are where nobody registered it.
CREATE TABLE stripe_customers (
    stripe_customer_id text COLLATE "C" NOT NULL CHECK (stripe_customer_id <> ''),
    account            text COLLATE "C" NOT NULL,
    livemode           boolean NOT NULL,
    name               text NOT NULL,
    user_id            text COLLATE "C" NOT NULL,
    team_id            text COLLATE "C" NOT NULL,
    deleted            boolean NOT NULL,
    event_time         timestamptz NOT NULL,
    event_id           text COLLATE "C" NOT NULL,
    PRIMARY KEY (stripe_customer_id, account, livemode)
);
