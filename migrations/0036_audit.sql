-- Who did what to what, when, from where and by which means. Written once; nobody who serves can change or delete it.

create table audit_entry (
  workspace_id uuid not null references workspace,
  id uuid not null,
  at timestamptz not null,
  area text not null,                                    -- 'queue' of the action 'queue.changed'
  action text not null,
  agent_id uuid,                                         -- who did it; null: nobody of the team
  name text not null default '',                         -- who it was at the command line
  means text not null check (means in ('desk', 'token', 'command', 'house')),
  address text not null default '',
  kind text not null default '',                         -- what it was done to, and what that was called then
  about_id text not null default '',
  about text not null default '',
  details jsonb not null default '{}',                   -- {"changes": {"capacity": [5, 8]}, …}: never a secret
  primary key (workspace_id, id)
);
-- Each combination of the page's filters walks an index of its own, in the order of the page.
create index audit_entry_at on audit_entry (workspace_id, at desc, id desc);
create index audit_entry_area on audit_entry (workspace_id, area, at desc, id desc);
create index audit_entry_agent on audit_entry (workspace_id, agent_id, at desc, id desc);
create index audit_entry_agent_area on audit_entry (workspace_id, agent_id, area, at desc, id desc);

alter table audit_entry enable row level security;
alter table audit_entry force row level security;
do $$
begin
  create policy own_workspace on audit_entry to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy directory on audit_entry for insert to guanxi_directory with check (true);
  create policy owner on audit_entry to current_user using (true) with check (true);
  grant select, insert on audit_entry to guanxi_app;
  grant insert on audit_entry to guanxi_directory;
end $$;

-- The one way in which entries go: by age, of one workspace, never those of the last thirty days.
create function forget_audit(before timestamptz, most integer) returns integer
language sql volatile security definer set search_path = pg_catalog, public as $$
  with gone as (
    delete from public.audit_entry where workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
      and id in (
        select e.id from public.audit_entry e
        where e.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
          and e.at < least(before, now() - interval '30 days') order by e.at limit most)
    returning 1)
  select count(*)::integer from gone
$$;
revoke execute on function forget_audit from public;
grant execute on function forget_audit to guanxi_app;
