-- Who is planned when, in each queue: a week that comes again, and single dates on which another plan holds.

alter table queue
  add column planned jsonb not null default '[]',            -- [{"day": 0 (Monday) … 6, "agent_id", "opens", "closes"}]
  add column planned_otherwise jsonb not null default '[]';  -- [{"date", "planned": [{"agent_id", "opens", "closes"}]}]
