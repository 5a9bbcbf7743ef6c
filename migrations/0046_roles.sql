-- Roles that a workspace makes itself: a name and a set of rights. The four that are built in stand in access/rules.py.

create table role (
  workspace_id uuid not null references workspace,
  id uuid not null,
  name text not null,
  rights text[] not null,                                -- of the table in access/rules.py
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index role_name on role (workspace_id, lower(name));

-- Who has a role of the workspace's own has the nearest built-in one beside it: agent when it may serve, else viewer.
alter table agent add column role_id uuid;
alter table agent add constraint agent_own_role foreign key (workspace_id, role_id) references role (workspace_id, id);
alter table agent add constraint agent_own_role_is_no_admin check (role_id is null or role in ('agent', 'viewer'));
create index agent_of_role on agent (workspace_id, role_id) where role_id is not null;
alter table link add column role_id uuid;

alter table role enable row level security;
alter table role force row level security;
do $$
begin
  create policy own_workspace on role to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy directory on role for select to guanxi_directory using (true);
  create policy owner on role to current_user using (true) with check (true);
  grant select, insert, update, delete on role to guanxi_app;
  grant select on role to guanxi_directory;
  grant update (role_id) on agent to guanxi_directory;
end $$;
