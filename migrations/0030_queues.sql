-- Whose turn is it? Queues with people, skills and an order; what a conversation needs, fills, and how early it is.

-- When a conversation's turn is: when it began to wait, earlier by its head start. Nothing waits for ever, for a head
-- start is a time and not a rank.
create function turn_at(waiting_since timestamptz, head_start integer) returns timestamptz
  language sql immutable parallel safe as $$ select waiting_since - make_interval(secs => head_start) $$;

alter table workspace
  add column weights jsonb not null default '{"call": 4}',      -- places that a conversation fills, by medium; else 1
  add column priority_minutes integer not null default 15       -- head start for each step of priority
    check (priority_minutes between 1 and 1440);

alter table queue
  add column position integer not null default 0,
  add column everybody boolean not null default true,           -- all who serve, or those in queue_agent
  add column needs text not null default '',                    -- skills, as in conversation.needs
  add column priority smallint not null default 0 check (priority between -2 and 2),
  add column sticky_days integer not null default 30 check (sticky_days between 0 and 365),
  add column overflow_minutes integer check (overflow_minutes between 1 and 10080),
  add column overflow_queue_id uuid,                            -- null: stays here, and needs no skill any more
  add column version bigint not null default 1,
  add column removed_at timestamptz;

create table queue_agent (
  workspace_id uuid not null references workspace,
  queue_id uuid not null,
  agent_id uuid not null,
  primary key (workspace_id, queue_id, agent_id)
);
create index queue_agent_agent on queue_agent (workspace_id, agent_id);

-- Each level of a skill includes those below: 'refunds refunds+2 refunds+3' is refunds at level 3.
alter table agent add column skills text[] not null default '{}';

alter table contact add column is_vip boolean not null default false;

alter table conversation
  add column weight smallint not null default 1 check (weight between 0 and 100),
  add column priority smallint not null default 0 check (priority between -2 and 2),
  add column head_start integer not null default 0,             -- seconds
  add column needs text not null default '',                    -- 'lang:ja refunds+2': sorted, one space between
  add column queued_at timestamptz,                             -- came into its queue
  add column turn_at timestamptz generated always as (turn_at(waiting_since, head_start)) stored;

-- Lines: those who wait in one queue for the same skills and as much room, first one first. Text and uuid compare
-- leakproof, arrays do not: row-level security would keep them off the index.
create index conversation_line on conversation (workspace_id, queue_id, needs, weight, turn_at, id)
  where state = 0 and assignee_id is null and waiting_since is not null;
create index conversation_of_queue on conversation (workspace_id, queue_id, last_at desc, id desc)
  where state = 0 and assignee_id is null;
create index conversation_of_queue_waiting on conversation (workspace_id, queue_id, waiting_since, id)
  where state = 0 and assignee_id is null and waiting_since is not null;

alter table queue_agent enable row level security;
alter table queue_agent force row level security;
do $$
begin
  create policy workspace on queue_agent to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on queue_agent to current_user using (true) with check (true);
  grant select, insert, update, delete on queue_agent to guanxi_app;
end $$;
