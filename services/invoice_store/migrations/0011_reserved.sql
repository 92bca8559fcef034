-- Holds the number until the script of this number is there.
SELECT 1;
