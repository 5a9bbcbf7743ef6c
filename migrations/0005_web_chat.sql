-- Web chat, complete: what an inbox's page in the settings arranges, which pages a visitor who agreed looked at, and
-- what a visitor thought of a conversation.

alter table inbox add column extras jsonb not null default '{}';  -- read by its channel, written by its own page

-- Somebody who agreed that we see which pages he looks at. Taking it back deletes the row, and the visits with it.
create table visitor (
  workspace_id uuid not null,
  inbox_id uuid not null,
  external_id text not null,                             -- of the identity that speaks, if he ever speaks
  consented_at timestamptz not null,
  consent text not null,                                 -- the words that he agreed to
  visits bigint not null default 0,
  last_at timestamptz not null,
  primary key (workspace_id, inbox_id, external_id)
) with (fillfactor = 80);
create index visitor_last on visitor (workspace_id, last_at);

-- His latest pages. The slots go round, so that nobody can have more rows than there are slots.
create table visit (
  workspace_id uuid not null,
  inbox_id uuid not null,
  external_id text not null,
  slot smallint not null,
  at timestamptz not null,
  url text not null,
  title text not null default '',
  came_from text not null default '',
  seconds integer not null default 0,                    -- in view, as far as we were told
  primary key (workspace_id, inbox_id, external_id, slot),
  foreign key (workspace_id, inbox_id, external_id) references visitor on delete cascade
) with (fillfactor = 80);

create table rating (
  workspace_id uuid not null,
  id uuid not null,
  conversation_id uuid not null,
  agent_id uuid,                                         -- who had the conversation when it was asked
  asked_by uuid,                                         -- null: asked by itself, at the end
  asked_at timestamptz not null,
  score smallint check (score between 1 and 5),
  word text not null default '',
  rated_at timestamptz,
  primary key (workspace_id, id)
);
create index rating_conversation on rating (workspace_id, conversation_id, asked_at desc);

do $$
declare t text;
begin
  foreach t in array array['visitor', 'visit', 'rating'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
