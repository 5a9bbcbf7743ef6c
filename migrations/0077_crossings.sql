-- A customer goes on with a conversation on another channel: by a code that is his alone, once, and for half an hour.

create table crossing (
  workspace_id uuid not null references workspace,
  id uuid not null,
  code_hash bytea not null,                         -- the code itself is kept nowhere
  conversation_id uuid not null,                    -- where it was given
  given_by uuid,                                    -- the agent; null: he asked for it himself
  given_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  identity_id uuid,                                 -- who came with it
  successor_id uuid,                                -- where the conversation goes on
  brought_together boolean not null default false,  -- his contact of that moment became the one who had the code
  undone_at timestamptz,                            -- it was somebody else
  primary key (workspace_id, id)
);
create unique index crossing_code on crossing (workspace_id, code_hash);
create index crossing_successor on crossing (workspace_id, successor_id) where successor_id is not null;
create index crossing_given on crossing (workspace_id, conversation_id, given_at desc);

-- Codes that were none, by inbox and hour: who guesses is soon not looked up any more.
create table crossing_miss (
  workspace_id uuid not null references workspace,
  inbox_id uuid not null,
  hour timestamptz not null,
  count integer not null,
  primary key (workspace_id, inbox_id)
);

alter table conversation add column came_from uuid;  -- the conversation that went on in this one
create index conversation_came_from on conversation (workspace_id, came_from) where came_from is not null;

do $$
declare t text;
begin
  foreach t in array array['crossing', 'crossing_miss'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
  end loop;
end $$;
