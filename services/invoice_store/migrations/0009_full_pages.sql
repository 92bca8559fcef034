-- The room that pages of invoices kept free was smaller than a row, so that no new version of one ever went there. Pages
-- that are written from now on are filled.
ALTER TABLE invoices SET (fillfactor = 100);
