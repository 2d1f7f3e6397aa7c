WITH taken AS (UPDATE stock SET sold = sold + 1 WHERE id = 1 AND sold < size RETURNING id),
 made AS (INSERT INTO sale (event_id, email, total, currency) SELECT 1, 'bob@example.org', 2500, 'EUR' FROM taken RETURNING id),
 given AS (INSERT INTO place (sale_id, item_id, price) SELECT id, 1, 2500 FROM made)
INSERT INTO ledger_line (sale_id, account_id, amount, currency)
SELECT made.id, line.account, line.amount, 'EUR' FROM made, (VALUES (1, 2500), (2, -2300), (3, -200)) line (account, amount);
