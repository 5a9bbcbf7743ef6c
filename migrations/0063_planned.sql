-- What an agent has written and is sent later: at a time that she chose, or in a few seconds, while she can still undo it.

create table planned (
  workspace_id uuid not null references workspace,
  id uuid not null,                                      -- of the message that it becomes: so it is sent once
  conversation_id uuid not null,
  agent_id uuid not null,
  kind text not null,                                    -- held: for a moment; planned: for its time
  content jsonb not null,
  public boolean not null,
  seen_seq bigint not null,                              -- the newest message when she decided
  send_at timestamptz not null,
  state text not null default 'waiting',                 -- waiting; asked: the contact wrote in between; closed: it could not go
  reason text not null default '',
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create index planned_conversation on planned (workspace_id, conversation_id, send_at);

alter table planned enable row level security;
alter table planned force row level security;
do $$
begin
  create policy workspace on planned to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on planned to current_user using (true) with check (true);
  grant select, insert, update, delete on planned to guanxi_app;
end $$;
