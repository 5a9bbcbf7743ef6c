-- A contact may change what was said: the earlier words stay beside the new ones, oldest first, each with the time at
-- which it stopped being the message: [{"content": …, "until": "2026-11-21T10:00:18.000Z"}]. Null: never changed.

alter table message add column earlier jsonb;
