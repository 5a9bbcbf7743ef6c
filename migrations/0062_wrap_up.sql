-- What a matter was about, in the workspace's own words: codes, grouped at most once, said when a conversation is resolved.

create table wrap_up (
  workspace_id uuid not null references workspace,
  id uuid not null,
  name text not null,
  group_id uuid,                                         -- the code above it; null: it stands at the top
  position integer not null,
  removed_at timestamptz,                                -- conversations and reports still name it
  primary key (workspace_id, id)
);
alter table workspace add column wrap_up_needed boolean not null default false;
alter table conversation add column wrap_up_id uuid;

alter table wrap_up enable row level security;
alter table wrap_up force row level security;
do $$
begin
  create policy workspace on wrap_up to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on wrap_up to current_user using (true) with check (true);
  grant select, insert, update, delete on wrap_up to guanxi_app;
end $$;
