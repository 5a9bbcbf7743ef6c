-- The first house: workspaces, people, inboxes, contacts, conversations, messages, events, lanes.
-- Every table of a workspace has workspace_id first in its keys and forces row-level security.
-- Roles: guanxi_app sees one workspace (the setting app.workspace); guanxi_accept may only add inbound events;
-- guanxi_directory finds things across workspaces: who signs in, which inbox an address names, which lane is due.

do $$
declare name text;
begin
  foreach name in array array['guanxi_app', 'guanxi_accept', 'guanxi_directory'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I login', name);
    end if;
    execute format('grant %I to %I', name, current_user);
  end loop;
exception when unique_violation or duplicate_object then null;  -- another database of this cluster was quicker
end $$;

grant usage on schema public to guanxi_app, guanxi_accept, guanxi_directory;

-- The directory -----------------------------------------------------------------------------------------------

create table workspace (
  id uuid primary key,
  number integer generated always as identity unique,   -- short, prefixes search tokens
  name text not null,
  greeting text not null default '',
  away_text text not null default '',
  language text not null default 'zh-CN',
  time_zone text not null default 'Asia/Shanghai',
  created_at timestamptz not null
);

create table person (
  id uuid primary key,
  email text not null,
  name text not null,
  password_hash text,
  language text not null default '',
  created_at timestamptz not null
);
create unique index person_email on person (lower(email));

-- One-time links: first owner, invitation, password reset, sign-in by the command line. Only the hash is kept.
create table link (
  hash bytea primary key,
  purpose text not null check (purpose in ('owner', 'invitation', 'reset', 'sign_in')),
  workspace_id uuid references workspace,
  person_id uuid references person,
  email text not null default '',
  role text not null default 'agent',
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null
);

create table sign_in (
  hash bytea primary key,                                -- of the cookie
  person_id uuid not null references person,
  workspace_id uuid not null references workspace,
  csrf text not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  address text not null default '',
  device text not null default ''
);
create index sign_in_person on sign_in (person_id);

create table sign_in_attempt (                           -- counted per account and per address
  key text not null,
  at timestamptz not null
);
create index sign_in_attempt_key on sign_in_attempt (key, at);

-- Who serves, and on which accounts -----------------------------------------------------------------------------

create table agent (
  workspace_id uuid not null references workspace,
  id uuid not null,
  person_id uuid not null references person,
  name text not null,
  role text not null check (role in ('admin', 'agent')),
  capacity integer not null default 8,
  presence text not null default 'offline' check (presence in ('online', 'busy', 'offline')),
  presence_at timestamptz not null,
  seen_at timestamptz,                                   -- last sign of a live socket
  load integer not null default 0,                       -- open conversations assigned; a recount test holds it
  last_assigned_at timestamptz,
  removed_at timestamptz,
  settings jsonb not null default '{}',                  -- density, sounds, language, theme, sending key
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index agent_person on agent (workspace_id, person_id);
create index agent_free on agent (workspace_id, load, last_assigned_at) where presence = 'online' and removed_at is null;

create table queue (
  workspace_id uuid not null references workspace,
  id uuid not null,
  name text not null,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);

create table inbox (
  workspace_id uuid not null references workspace,
  id uuid not null,
  channel text not null,
  name text not null,
  address text not null,                                 -- the unguessable part of its webhook address
  settings jsonb not null default '{}',
  secrets bytea,                                         -- sealed; associated data: workspace, inbox
  queue_id uuid not null,
  state text not null default 'active' check (state in ('active', 'paused', 'removed')),
  state_reason text not null default '',
  greeting text not null default '',
  away_text text not null default '',
  last_received_at timestamptz,
  version bigint not null default 1,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index inbox_address on inbox (address);

-- Raw, before anything else -------------------------------------------------------------------------------------

create table inbound_event (
  workspace_id uuid not null,
  inbox_id uuid not null,
  seq bigint generated always as identity,
  id uuid not null,
  method text not null default 'POST',
  query jsonb not null default '{}',
  headers jsonb not null default '{}',
  body bytea not null,
  received_at timestamptz not null default now(),
  state smallint not null default 0,                     -- 0 new, 1 read, 2 quarantined
  attempts smallint not null default 0,
  problem text,
  primary key (workspace_id, inbox_id, seq)
) with (fillfactor = 90);
create index inbound_event_new on inbound_event (workspace_id, inbox_id, seq) where state = 0;
create index inbound_event_quarantined on inbound_event (workspace_id, seq) where state = 2;
create index inbound_event_received on inbound_event using brin (received_at);

-- One worker at a time reads an inbox. `batch` is what the holder of the lease took: after a crash each event of
-- it has one more attempt behind it.
create table inbound_lane (
  workspace_id uuid not null,
  inbox_id uuid not null,
  locked_until timestamptz,
  epoch bigint not null default 0,
  batch bigint[],
  claimed_at timestamptz,
  primary key (workspace_id, inbox_id)
);

-- Who is this? --------------------------------------------------------------------------------------------------

create table contact (
  workspace_id uuid not null,
  id uuid not null,
  name text not null default '',
  language text not null default '',
  email text not null default '',
  phone text not null default '',
  tags text[] not null default '{}',
  attributes jsonb not null default '{}',
  note text not null default '',
  blocked_at timestamptz,
  version bigint not null default 1,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);

create table identity (
  workspace_id uuid not null,
  id uuid not null,
  inbox_id uuid not null,
  contact_id uuid not null,
  external_id text not null,
  kind text not null default 'person' check (kind in ('person', 'group')),
  name text not null default '',
  avatar text not null default '',                       -- key in the media store
  language text not null default '',
  attributes jsonb not null default '{}',
  windows jsonb not null default '[]',                   -- open reply windows: [{by, token, opened_at, expires_at, left}]
  followed boolean not null default true,
  profile_at timestamptz,
  created_at timestamptz not null,
  primary key (workspace_id, id)
) with (fillfactor = 85);
create unique index identity_external on identity (workspace_id, inbox_id, external_id);
create index identity_contact on identity (workspace_id, contact_id);

-- Conversations -------------------------------------------------------------------------------------------------

create table conversation (
  workspace_id uuid not null,
  id uuid not null,
  identity_id uuid not null,
  inbox_id uuid not null,
  channel text not null,
  medium text not null default 'chat',
  thread text not null default '',
  state smallint not null default 0,                     -- 0 open, 1 snoozed, 2 resolved
  queue_id uuid not null,
  assignee_id uuid,
  version bigint not null default 1,                     -- +1 for every change of any kind
  last_seq bigint not null default 0,                    -- of its newest message
  last_at timestamptz not null,                          -- of its newest message, for lists
  last_kind text not null default '',
  last_text text not null default '',                    -- preview, at most 160 characters
  last_author text not null default 'contact',           -- contact, agent, system
  unread integer not null default 0,                     -- messages of the contact since an agent read it
  waiting_since timestamptz,                             -- the contact waits for an answer since then
  assigned_at timestamptz,
  snoozed_until timestamptz,
  opened_at timestamptz not null,
  first_answered_at timestamptz,
  resolved_at timestamptz,
  contact_read_seq bigint not null default 0,            -- the contact has read up to here
  tags text[] not null default '{}',
  primary key (workspace_id, id)
) with (fillfactor = 85);
create unique index conversation_open on conversation (workspace_id, identity_id, thread) where state < 2;
create index conversation_identity on conversation (workspace_id, identity_id, last_at desc, id desc);
create index conversation_list on conversation (workspace_id, state, last_at desc, id desc);
create index conversation_assignee on conversation (workspace_id, assignee_id, state, last_at desc, id desc);
create index conversation_channel on conversation (workspace_id, channel, state, last_at desc, id desc);
create index conversation_assignee_channel on conversation (workspace_id, assignee_id, channel, state, last_at desc, id desc);
create index conversation_waiting on conversation (workspace_id, assignee_id, waiting_since, id) where state = 0 and waiting_since is not null;

create table message (
  workspace_id uuid not null,
  conversation_id uuid not null,
  seq bigint not null,                                   -- arrival: gapless, given under the conversation's lock
  id uuid not null,                                      -- ours; for a reply the sender's own idempotency id
  inbox_id uuid not null,
  external_id text,                                      -- the platform's
  author text not null check (author in ('contact', 'agent', 'bot', 'system')),
  agent_id uuid,
  sender_identity_id uuid,
  kind text not null,                                    -- of the content; 'note' for a note; 'event' for a line
  content jsonb not null,
  is_note boolean not null default false,
  sent_at timestamptz not null,                          -- the channel's time, clamped to a sane range
  created_at timestamptz not null,
  state text not null default 'received'
    check (state in ('received', 'waiting', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'unsent')),
  reason text not null default '',
  reason_detail text not null default '',
  inbound_seq bigint,                                    -- the raw event that it was read from
  primary key (workspace_id, conversation_id, seq)
) with (fillfactor = 90);
create unique index message_id on message (workspace_id, id);
create unique index message_external on message (workspace_id, inbox_id, external_id) where external_id is not null;

-- Receipts that came before we knew the id that the platform gave our message: they wait for it here, not for long.
create table early_receipt (
  workspace_id uuid not null,
  inbox_id uuid not null,
  external_id text not null,
  status text not null,                                  -- '' while the message itself is being settled
  reason text not null default '',
  at timestamptz not null,
  primary key (workspace_id, inbox_id, external_id)
);
create index early_receipt_at on early_receipt (workspace_id, at);

-- What happened; in every change's own transaction ----------------------------------------------------------------

create table event (
  workspace_id uuid not null,
  xid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  kind text not null,
  at timestamptz not null,
  conversation_id uuid,
  version bigint,
  agent_id uuid,                                         -- who did it, when it was an agent
  payload jsonb not null,
  primary key (workspace_id, xid, id)
);
create index event_conversation on event (workspace_id, conversation_id, version);

-- Work to do, in order per lane -----------------------------------------------------------------------------------

create table lane (
  workspace_id uuid not null,
  key text not null,
  pool text not null,                                    -- what its work shares: an inbox's way out, the search index
  next_at timestamptz,                                   -- due from then on; null: nothing to do, or paused
  locked_until timestamptz,
  -- a holder of an older epoch has lost its lease; a lane that comes again begins above all its earlier epochs
  epoch bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint,
  last_position bigint not null default 0,
  paused_reason text not null default '',
  primary key (workspace_id, key)
) with (fillfactor = 80);
create index lane_due on lane (workspace_id, pool, next_at) where next_at is not null;
create index lane_busy on lane (workspace_id, pool) where locked_until is not null;

create table job (
  workspace_id uuid not null,
  lane text not null,
  position bigint not null,                              -- given under the lane's lock
  kind text not null,
  args jsonb not null,
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  primary key (workspace_id, lane, position)
);

create table job_dead (
  workspace_id uuid not null,
  lane text not null,
  position bigint not null,
  kind text not null,
  args jsonb not null,
  attempts integer not null,
  problem text not null,
  created_at timestamptz not null,
  died_at timestamptz not null default now(),
  primary key (workspace_id, lane, position)
);

-- A way out that is at its limit: nothing of this pool is claimed before `until`, or while it is paused.
create table pool_hold (
  workspace_id uuid not null,
  pool text not null,
  until timestamptz,                                     -- null: paused until somebody mends it
  reason text not null default '',
  primary key (workspace_id, pool)
);

-- What the desk keeps -----------------------------------------------------------------------------------------------

create table quick_phrase (
  workspace_id uuid not null,
  id uuid not null,
  shortcut text not null,
  text text not null,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index quick_phrase_shortcut on quick_phrase (workspace_id, lower(shortcut));

create table media (
  workspace_id uuid not null,
  key text not null,                                     -- random; the file's name in the store
  type text not null,
  name text not null default '',
  size bigint not null,
  width integer not null default 0,
  height integer not null default 0,
  created_at timestamptz not null,
  primary key (workspace_id, key)
);

create table search_message (
  workspace_id uuid not null,
  conversation_id uuid not null,
  seq bigint not null,
  at timestamptz not null,
  tokens tsvector not null,
  primary key (workspace_id, conversation_id, seq)
);
create index search_message_tokens on search_message using gin (tokens);

create table search_contact (
  workspace_id uuid not null,
  contact_id uuid not null,
  tokens tsvector not null,
  primary key (workspace_id, contact_id)
);
create index search_contact_tokens on search_contact using gin (tokens);

-- What numbers are made of: one row a day, channel and measure ------------------------------------------------------

create table report_day (
  workspace_id uuid not null,
  day date not null,
  channel text not null,
  received bigint not null default 0,
  sent bigint not null default 0,
  opened bigint not null default 0,
  resolved bigint not null default 0,
  primary key (workspace_id, day, channel)
);

-- How far measuring and indexing have followed a workspace's events.
create table event_cursor (
  workspace_id uuid not null primary key,
  xid xid8 not null default '0',
  id bigint not null default 0
);

-- Walls ---------------------------------------------------------------------------------------------------------------

do $$
declare t text;
begin
  foreach t in array array['agent', 'queue', 'inbox', 'inbound_event', 'inbound_lane', 'contact', 'identity',
    'conversation', 'message', 'early_receipt', 'event', 'lane', 'job', 'job_dead', 'pool_hold', 'quick_phrase', 'media',
    'search_message', 'search_contact', 'report_day', 'event_cursor'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
    -- who owns the house and is no superuser: later migrations, the doctor, and the search functions below are his
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
  end loop;
  -- the application sees its own workspace's row and nothing of the sign-in tables
  alter table workspace enable row level security;
  alter table workspace force row level security;
  create policy own_workspace on workspace to guanxi_app
    using (id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (id = nullif(current_setting('app.workspace', true), '')::uuid);
  grant select, update on workspace to guanxi_app;
  create policy owner on workspace to current_user using (true) with check (true);

  create policy accept on inbound_event for insert to guanxi_accept with check (true);
  grant insert (workspace_id, inbox_id, id, method, query, headers, body) on inbound_event to guanxi_accept;

  foreach t in array array['workspace', 'agent', 'queue', 'inbox', 'inbound_event', 'inbound_lane', 'lane', 'pool_hold'] loop
    execute format('create policy directory on %I to guanxi_directory using (true) with check (true)', t);
  end loop;
  grant select, insert on workspace, agent, queue to guanxi_directory;
  grant update (removed_at, role) on agent to guanxi_directory;  -- who left comes back
  grant select on inbox, pool_hold to guanxi_directory;
  grant select (workspace_id, inbox_id, seq, received_at, state, attempts), delete on inbound_event to guanxi_directory;
  grant select, update on inbound_lane, lane to guanxi_directory;
  foreach t in array array['person', 'link', 'sign_in', 'sign_in_attempt'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy directory on %I to guanxi_directory using (true) with check (true)', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to guanxi_directory', t);
  end loop;
end $$;

-- Search runs as the owner, because operators on tsvector are not leakproof and row-level security would keep them
-- off the index; it takes the workspace from the setting and from nowhere else, and each token carries its number.
create function search_messages(query tsquery, newest integer) returns table (conversation_id uuid, seq bigint, at timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
  select s.conversation_id, s.seq, s.at from public.search_message s
  where s.tokens @@ query and s.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
  order by s.at + interval '0' desc limit newest
$$;
create function search_contacts(query tsquery, most integer) returns table (contact_id uuid)
language sql stable security definer set search_path = pg_catalog, public as $$
  select s.contact_id from public.search_contact s
  where s.tokens @@ query and s.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid limit most
$$;
revoke execute on function search_messages, search_contacts from public;
grant execute on function search_messages, search_contacts to guanxi_app;
