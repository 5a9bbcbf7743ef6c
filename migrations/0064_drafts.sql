-- What an agent has begun to write, kept for her other devices.

create table draft (
  workspace_id uuid not null references workspace,
  agent_id uuid not null,
  conversation_id uuid not null,
  mode text not null,                                    -- reply, note, whisper
  text text not null,                                    -- '': sent, or thrown away
  version bigint not null,                               -- +1 for each change; who writes over an older one is told
  changed_at timestamptz not null,
  primary key (workspace_id, agent_id, conversation_id, mode)
);

alter table draft enable row level security;
alter table draft force row level security;
do $$
begin
  create policy workspace on draft to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on draft to current_user using (true) with check (true);
  grant select, insert, update, delete on draft to guanxi_app;
end $$;
