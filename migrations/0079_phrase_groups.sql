-- Quick phrases lie in groups and in an order, may carry a picture, a file or something rich besides their words, and are
-- found by pinyin.

create table phrase_group (
  workspace_id uuid not null references workspace,
  id uuid not null,
  agent_id uuid,                                         -- whose it is; null: the company's
  name text not null,
  position numeric not null,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);

-- A place between two others is the middle of their positions: exact in a numeric, however often somebody moves there.
alter table quick_phrase
  add column group_id uuid,
  add column position numeric not null default 0,
  add column content jsonb,                              -- what goes besides the words, as a message says it
  add column pinyin text,                                -- null: from before the house could spell
  add foreign key (workspace_id, group_id) references phrase_group on delete set null (group_id);
create index quick_phrase_group on quick_phrase (workspace_id, group_id) where group_id is not null;

update quick_phrase q set position = n.place
from (select workspace_id, id, row_number() over (partition by workspace_id, agent_id order by lower(shortcut), id) as place
      from quick_phrase) n
where n.workspace_id = q.workspace_id and n.id = q.id;

-- The phrase that alone holds this file; it goes with it, unless somebody has said it meanwhile.
alter table media add column phrase_id uuid;

alter table phrase_group enable row level security;
alter table phrase_group force row level security;
do $$
begin
  create policy own_workspace on phrase_group to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on phrase_group to current_user using (true) with check (true);
  grant select, insert, update, delete on phrase_group to guanxi_app;
end $$;
