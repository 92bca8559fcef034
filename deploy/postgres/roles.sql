-- The two roles of the store and its database, for psql as a role that may create them. quittance_owner owns the tables
-- and migrates them; quittance_store works with their rows, and a migration grants it that (DATABASE_STORE_ROLE).
-- The variables owner_password and store_password are set before: docs/operations/postgresql.md.
CREATE ROLE quittance_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE quittance_store LOGIN PASSWORD :'store_password';
CREATE DATABASE quittance OWNER quittance_owner;
REVOKE ALL ON DATABASE quittance FROM PUBLIC;
-- TEMPORARY: after a refused write the store probes the disk with a temporary table.
GRANT CONNECT, TEMPORARY ON DATABASE quittance TO quittance_store;
\connect quittance
-- PostgreSQL 14 and older let everybody create tables there.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO quittance_owner;
