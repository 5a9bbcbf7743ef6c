-- Access tokens: an agent's programs call the API with them. Only the hash is kept. The directory's role finds whose
-- a token is, before any workspace is known.
create table access_token (
  workspace_id uuid not null,
  id uuid not null,
  agent_id uuid not null,
  hash bytea not null,
  start text not null,                                   -- its first characters, to tell one from another
  name text not null,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  primary key (workspace_id, id)
);
create unique index access_token_hash on access_token (hash);
create index access_token_agent on access_token (workspace_id, agent_id);

do $$
begin
  alter table access_token enable row level security;
  alter table access_token force row level security;
  create policy own_workspace on access_token to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  grant select, insert, delete on access_token to guanxi_app;
  create policy directory on access_token to guanxi_directory using (true) with check (true);
  grant select, update (last_used_at) on access_token to guanxi_directory;
  execute format('create policy owner on access_token to %I using (true) with check (true)', current_user);
end $$;
