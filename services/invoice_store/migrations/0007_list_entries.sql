-- What a list of rich invoices shows of a row, as one text: see list_entry.hpp. Null: not written yet.
ALTER TABLE invoices ADD COLUMN list_entry text COLLATE "C";

DO $$
BEGIN
    ALTER TABLE invoices ALTER COLUMN list_entry SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;

-- Whoever changes what the entry shows and not the entry (a store that does not know it yet, somebody by hand) takes
-- it away, and the columns are read until it is written anew. All of the lines are compared, also what the entry leaves out:
-- a change of that alone, which is rare, costs an entry.
CREATE FUNCTION forget_list_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.list_entry := NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER invoices_forget_list_entry BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (NEW.list_entry = OLD.list_entry
          AND (NEW.stripe_invoice_id, NEW.account, NEW.livemode, NEW.stripe_customer_id, NEW.status, NEW.currency,
               NEW.amount_minor, NEW.amount_paid_minor, NEW.subtotal_minor, NEW.tax_minor, NEW.invoice_pdf_url,
               NEW.subscription_id, NEW.period_start, NEW.period_end, NEW.lines, NEW.lines_complete)
              IS DISTINCT FROM
              (OLD.stripe_invoice_id, OLD.account, OLD.livemode, OLD.stripe_customer_id, OLD.status, OLD.currency,
               OLD.amount_minor, OLD.amount_paid_minor, OLD.subtotal_minor, OLD.tax_minor, OLD.invoice_pdf_url,
               OLD.subscription_id, OLD.period_start, OLD.period_end, OLD.lines, OLD.lines_complete))
    EXECUTE FUNCTION forget_list_entry();
