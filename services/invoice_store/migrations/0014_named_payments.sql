-- A payment that an invoice names has no row in invoice_payments any more. The invoice has its ids, and it ends when the
-- invoice names another. Rows that older versions derived from invoices stay: they count as links (payment_merge.hpp),
-- so they say something only where the invoice names no payment itself.

-- The second of the statement that named payment_intent_id and charge_id. Null: it is the statement that stands.
ALTER TABLE invoices ADD COLUMN payment_named_time timestamptz;

-- What the invoice named when its settlement was computed. A settlement whose invoice names something else is computed
-- again; the sweep finds those that older versions computed.
ALTER TABLE settlements
    ADD COLUMN payment_intent_id text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN charge_id text COLLATE "C" NOT NULL DEFAULT '';

-- The id tells it. The column stays for stores of the version before.
ALTER TABLE invoice_payments ALTER COLUMN derived SET DEFAULT false;
