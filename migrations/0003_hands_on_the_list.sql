-- What agents do to the list: marking unread, saved views, and lists by tag.

-- Somebody wants to look at it again. Apart from `unread`, which says what nobody has seen: a visitor is shown by it
-- what was read of his words, and that is not taken back.
alter table conversation add column marked_unread boolean not null default false;

-- Conditions under a name: an agent's own, or (agent_id null) everybody's.
create table saved_view (
  workspace_id uuid not null,
  id uuid not null,
  agent_id uuid,
  name text not null,
  icon text not null default '',
  conditions jsonb not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create index saved_view_agent on saved_view (workspace_id, agent_id, created_at);

-- The list of a tag, in its order. Row-level security keeps array operators off every index, so that the tags of a
-- conversation stand here once more, one row each; the database keeps it as it keeps an index.
create table conversation_tag (
  workspace_id uuid not null,
  tag text not null,
  state smallint not null,
  last_at timestamptz not null,
  conversation_id uuid not null,
  primary key (workspace_id, tag, state, last_at, conversation_id)
);
create index conversation_tag_conversation on conversation_tag (workspace_id, conversation_id);

do $$
declare t text;
begin
  foreach t in array array['saved_view', 'conversation_tag'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;

insert into conversation_tag (workspace_id, tag, state, last_at, conversation_id)
  select distinct c.workspace_id, t.tag, c.state, c.last_at, c.id from conversation c cross join unnest(c.tags) t(tag)
  where c.tags <> '{}';

create function keep_conversation_tags() returns trigger language plpgsql as $$
begin
  delete from public.conversation_tag where workspace_id = new.workspace_id and conversation_id = new.id;
  insert into public.conversation_tag (workspace_id, tag, state, last_at, conversation_id)
    select distinct new.workspace_id, t.tag, new.state, new.last_at, new.id from unnest(new.tags) t(tag);
  return null;
end $$;
create trigger keep_tags after update of tags, state, last_at on conversation for each row
  when ((old.tags <> '{}' or new.tags <> '{}')
    and (old.tags, old.state, old.last_at) is distinct from (new.tags, new.state, new.last_at))
  execute function keep_conversation_tags();
