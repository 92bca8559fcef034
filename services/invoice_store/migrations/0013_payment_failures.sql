-- Why attempts to collect failed: each attempt is a fact, and the settlement of an invoice has the last one.

-- The columns of a PaymentError. They are empty for facts of other kinds.
ALTER TABLE payment_facts
    ADD COLUMN failure_code text NOT NULL DEFAULT '',
    ADD COLUMN failure_decline_code text NOT NULL DEFAULT '',
    ADD COLUMN failure_message text NOT NULL DEFAULT '',
    ADD COLUMN failure_time timestamptz;

-- Null: no attempt failed. The value stays when the invoice is paid, and is not shown then.
ALTER TABLE settlements
    ADD COLUMN failure_code text NOT NULL DEFAULT '',
    ADD COLUMN failure_decline_code text NOT NULL DEFAULT '',
    ADD COLUMN failure_message text NOT NULL DEFAULT '',
    ADD COLUMN failure_time timestamptz;
