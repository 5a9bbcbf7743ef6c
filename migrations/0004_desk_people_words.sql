-- The desk of a team: personal phrases, mentions and what calls an agent, attributes that a workspace defines,
-- contacts by tag, and conversations that go back to the queue when their agent stays away.

-- A phrase of one agent, or (null) the company's. A shortcut is single among each.
alter table quick_phrase add column agent_id uuid;
drop index quick_phrase_shortcut;
create unique index quick_phrase_shortcut on quick_phrase (workspace_id, lower(shortcut)) where agent_id is null;
create unique index quick_phrase_own_shortcut on quick_phrase (workspace_id, agent_id, lower(shortcut))
  where agent_id is not null;

-- Agents that a note calls by name; null for every other message.
alter table message add column mentions uuid[];

-- What calls one agent: a note that names her, a conversation that somebody gave her.
create table notice (
  workspace_id uuid not null,
  agent_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('mentioned', 'assigned', 'transferred')),
  conversation_id uuid not null,
  seq bigint not null,                                   -- the note, or the line about the change
  by_id uuid,
  at timestamptz not null,
  read_at timestamptz,
  primary key (workspace_id, agent_id, id)
);
create unique index notice_about on notice (workspace_id, agent_id, conversation_id, seq);
create index notice_newest on notice (workspace_id, agent_id, at desc, id desc);
create index notice_unread on notice (workspace_id, agent_id, at desc) where read_at is null;

-- What a workspace wants to know of contacts and conversations. The values stand under `key` in their attributes,
-- as text in one form for each kind: 12.5, 2026-01-31, yes.
create table attribute (
  workspace_id uuid not null,
  id uuid not null,
  subject text not null check (subject in ('contact', 'conversation')),
  key text not null,
  name text not null,
  kind text not null check (kind in ('text', 'number', 'date', 'choice', 'yes_no')),
  choices text[] not null default '{}',
  position integer not null,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index attribute_key on attribute (workspace_id, subject, key);
alter table conversation add column attributes jsonb not null default '{}';

-- Lists of contacts, newest first. Operators on arrays are not leakproof, and row-level security would keep them off
-- an index; so each tag of a contact has a row.
create index contact_newest on contact (workspace_id, created_at desc, id desc);
create table contact_tag (
  workspace_id uuid not null,
  tag text not null,
  contact_id uuid not null,
  created_at timestamptz not null,                       -- the contact's
  primary key (workspace_id, tag, contact_id)
);
create index contact_tag_newest on contact_tag (workspace_id, tag, created_at desc, contact_id desc);
create index contact_tag_contact on contact_tag (workspace_id, contact_id);
insert into contact_tag (workspace_id, tag, contact_id, created_at)
  select distinct c.workspace_id, t, c.id, c.created_at from contact c, unnest(c.tags) t;

-- Minutes after which the open conversations of an agent who is offline go back to the queue; 0: never.
alter table workspace add column take_over_minutes integer not null default 0;

do $$
declare t text;
begin
  foreach t in array array['notice', 'attribute', 'contact_tag'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
