-- Conversations that became one, parts of one that became another, and conversations that belong together.

alter table conversation add column merged_into uuid;        -- state 3: it goes on in that one

create table merge (
  workspace_id uuid not null references workspace,
  id uuid not null,
  survivor_id uuid not null,
  others uuid[] not null,
  by_id uuid,
  at timestamptz not null,
  version bigint not null,                                   -- the survivor's when it was done
  before jsonb not null,                                     -- how all of them stood, for taking them apart again
  undone_at timestamptz,
  primary key (workspace_id, id)
);
create index merge_survivor on merge (workspace_id, survivor_id, at desc, id desc) where undone_at is null;

-- Where a message has stood: a number of a conversation's is given once, so an old address names it for ever.
create table moved_message (
  workspace_id uuid not null references workspace,
  conversation_id uuid not null,
  seq bigint not null,
  message_id uuid not null,
  move_id uuid not null,                                     -- the merge, the taking apart, or the split
  primary key (workspace_id, conversation_id, seq)
);
create index moved_message_move on moved_message (workspace_id, move_id);

-- Two conversations that say of each other that they belong together; one row for each direction.
create table conversation_link (
  workspace_id uuid not null references workspace,
  conversation_id uuid not null,
  other_id uuid not null,
  made_at timestamptz not null,
  primary key (workspace_id, conversation_id, other_id)
);

do $$
declare t text;
begin
  foreach t in array array['merge', 'moved_message', 'conversation_link'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
  end loop;
end $$;
