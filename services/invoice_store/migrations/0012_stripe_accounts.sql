-- Which account of Stripe's stands behind a label: the one that a gateway's key had when it was first recorded. A later
-- key must be of the same account.
CREATE TABLE stripe_accounts (
    account           text COLLATE "C" NOT NULL,  -- the label
    livemode          boolean NOT NULL,
    stripe_account_id text COLLATE "C" NOT NULL CHECK (stripe_account_id <> ''),
    recorded_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, livemode)
);
