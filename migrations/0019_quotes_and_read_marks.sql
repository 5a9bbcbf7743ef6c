-- A message may quote another one, by the platform's id of that; `quote_token` is what quoting it in an answer needs.
-- `read_token` tells the platform that we have read this message and all before it; it goes when that is told.

alter table message add column quotes text, add column quote_token text, add column read_token text;
