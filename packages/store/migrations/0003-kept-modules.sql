-- The program with the kept modules that nodes of a contract start from, as JSON. Contracts that bring packages of their own have none.
ALTER TABLE packages ADD COLUMN modules TEXT;
