-- What a contact changed or took back of a message that has not come yet: platforms promise no order. It waits here
-- for its message, not for long.
create table early_change (
  workspace_id uuid not null,
  inbox_id uuid not null,
  external_id text not null,
  content jsonb,                                         -- what the message says since; null: it was taken back
  said_at timestamptz not null,                          -- the channel's time of the change
  at timestamptz not null,
  primary key (workspace_id, inbox_id, external_id)
);
create index early_change_at on early_change (workspace_id, at);

do $$
begin
  alter table early_change enable row level security;
  alter table early_change force row level security;
  create policy own_workspace on early_change to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  grant select, insert, update, delete on early_change to guanxi_app;
  execute format('create policy owner on early_change to %I using (true) with check (true)', current_user);
end $$;
