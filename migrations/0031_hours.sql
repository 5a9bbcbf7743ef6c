-- When somebody serves: weeks of opening hours with holidays, in a time zone; a queue keeps one of them, or never closes.

create table hours (
  workspace_id uuid not null references workspace,
  id uuid not null,
  name text not null,
  time_zone text not null,
  week jsonb not null,                                   -- [{"day": 0 (Monday) … 6, "opens": "09:00", "closes": "18:00"}]
  holidays jsonb not null default '[]',                  -- [{"date": "2027-02-06", "name": "春节", "spans": [{"opens", "closes"}]}]
  version bigint not null default 1,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
alter table queue add column hours_id uuid;

alter table hours enable row level security;
alter table hours force row level security;
do $$
begin
  create policy workspace on hours to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on hours to current_user using (true) with check (true);
  grant select, insert, update, delete on hours to guanxi_app;
end $$;
