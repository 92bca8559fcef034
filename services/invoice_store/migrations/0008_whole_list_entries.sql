-- A list entry holds all that such a list shows of a row but for the settlement (list_entry.hpp, version B): the trigger of
-- 0007 looks at the id and the greatest values, too. A store that writes version A beside loses an entry where only those
-- change, no more.
CREATE OR REPLACE TRIGGER invoices_forget_list_entry BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (NEW.list_entry = OLD.list_entry
          AND (NEW.id, NEW.stripe_invoice_id, NEW.account, NEW.livemode, NEW.stripe_customer_id, NEW.status,
               NEW.currency, NEW.amount_minor, NEW.amount_paid_minor, NEW.subtotal_minor, NEW.tax_minor,
               NEW.attempt_count, NEW.last_payment_attempt_time, NEW.invoice_pdf_url, NEW.subscription_id,
               NEW.create_time, NEW.update_time, NEW.period_start, NEW.period_end, NEW.lines, NEW.lines_complete)
              IS DISTINCT FROM
              (OLD.id, OLD.stripe_invoice_id, OLD.account, OLD.livemode, OLD.stripe_customer_id, OLD.status,
               OLD.currency, OLD.amount_minor, OLD.amount_paid_minor, OLD.subtotal_minor, OLD.tax_minor,
               OLD.attempt_count, OLD.last_payment_attempt_time, OLD.invoice_pdf_url, OLD.subscription_id,
               OLD.create_time, OLD.update_time, OLD.period_start, OLD.period_end, OLD.lines, OLD.lines_complete))
    EXECUTE FUNCTION forget_list_entry();
