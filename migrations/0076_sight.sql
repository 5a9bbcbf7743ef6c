-- What of the conversations a role sees: all, its teams', or its own. Where that is asked stands in views/sight.py.

alter table role add column sees text not null default 'all' check (sees in ('all', 'team', 'own'));

-- Who was mentioned in a note of it, and so invited to see it: on the conversation for who asks of one, and as rows for lists.
alter table conversation add column mentioned uuid[] not null default '{}';
create table mentioned (
  workspace_id uuid not null references workspace,
  agent_id uuid not null,
  conversation_id uuid not null,
  at timestamptz not null,
  primary key (workspace_id, agent_id, conversation_id)
);
create index mentioned_last on mentioned (workspace_id, agent_id, at desc);

-- What a team's queues hold, whoever has it, in the order of the list.
create index conversation_in_queue on conversation (workspace_id, queue_id, state, last_at desc, id desc);

alter table mentioned enable row level security;
alter table mentioned force row level security;
do $$
begin
  create policy workspace on mentioned to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on mentioned to current_user using (true) with check (true);
  grant select, insert, update, delete on mentioned to guanxi_app;
end $$;

insert into mentioned (workspace_id, agent_id, conversation_id, at)
  select workspace_id, agent_id, conversation_id, max(at) from notice where kind = 'mentioned' group by 1, 2, 3;
update conversation c set mentioned = m.agents
  from (select workspace_id, conversation_id, array_agg(agent_id order by agent_id) as agents from mentioned group by 1, 2) m
  where c.workspace_id = m.workspace_id and c.id = m.conversation_id;
