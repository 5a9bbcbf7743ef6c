-- Search reads from the newest backwards and stops when a page is full. A GIN index knows no order, so each workspace's
-- words lie in slices of time: a token carries the number of its slice, and a frequent word is read in few of them.

-- Slice 0 begins before everything and needs no row until it is counted; its tokens carry the workspace's number alone.
create table search_slice (
  workspace_id uuid not null,
  subject text not null check (subject in ('message', 'contact')),
  number integer not null,
  begins_at timestamptz not null,
  entries bigint not null default 0,
  primary key (workspace_id, subject, number)
);
alter table search_slice enable row level security;
alter table search_slice force row level security;
do $$
begin
  create policy own_workspace on search_slice to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  grant select, insert, update, delete on search_slice to guanxi_app;
  create policy owner on search_slice to current_user using (true) with check (true);
end $$;

-- A conversation is found by its contact's words, too: seq 0 holds them, as said when it was opened.
insert into search_message (workspace_id, conversation_id, seq, at, tokens)
  select c.workspace_id, c.id, 0, c.opened_at, s.tokens from conversation c
  join identity d on d.workspace_id = c.workspace_id and d.id = c.identity_id
  join search_contact s on s.workspace_id = d.workspace_id and s.contact_id = d.contact_id
  on conflict do nothing;

-- Contacts are found newest first. The default is for programs of the version before.
alter table search_contact add column at timestamptz not null default now();
update search_contact s set at = c.created_at from contact c where c.workspace_id = s.workspace_id and c.id = s.contact_id;

-- What has not been sorted in yet is read by every look into every slice: it has to stay small.
alter index search_message_tokens set (gin_pending_list_limit = 64);
alter index search_contact_tokens set (gin_pending_list_limit = 64);

-- The newest that fit each query, before a place. They run as the owner, because operators on tsvector are not
-- leakproof and row-level security would keep them off the index; the workspace is the setting's. It is compared in a form that
-- no index serves: only the tokens may lead.
create function said_with(queries tsquery[], before timestamptz, before_conversation uuid, before_seq bigint, most integer)
returns table (nth integer, conversation_id uuid, seq bigint, at timestamptz)
language sql stable security definer rows 100 set search_path = pg_catalog, public set enable_seqscan = off as $$
  select q.nth::integer, f.* from unnest(queries) with ordinality q(query, nth) cross join lateral (
    select s.conversation_id, s.seq, s.at from public.search_message s
    where s.tokens @@ q.query and s.workspace_id is not distinct from nullif(current_setting('app.workspace', true), '')::uuid
      and (s.at, s.conversation_id, s.seq) < (before, before_conversation, before_seq)
    order by s.at desc, s.conversation_id desc, s.seq desc limit most) f
$$;
create function contacts_with(queries tsquery[], before timestamptz, before_contact uuid, most integer)
returns table (nth integer, contact_id uuid, at timestamptz)
language sql stable security definer rows 100 set search_path = pg_catalog, public set enable_seqscan = off as $$
  select q.nth::integer, f.* from unnest(queries) with ordinality q(query, nth) cross join lateral (
    select s.contact_id, s.at from public.search_contact s
    where s.tokens @@ q.query and s.workspace_id is not distinct from nullif(current_setting('app.workspace', true), '')::uuid
      and (s.at, s.contact_id) < (before, before_contact)
    order by s.at desc, s.contact_id desc limit most) f
$$;
revoke execute on function said_with, contacts_with from public;
grant execute on function said_with, contacts_with to guanxi_app;
