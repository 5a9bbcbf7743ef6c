-- By when do we answer? Policies with their targets, which of them holds, and the clocks of each conversation.

create table policy (
  workspace_id uuid not null references workspace,
  id uuid not null,
  name text not null,
  first_minutes integer check (first_minutes between 1 and 43200),     -- to the first answer; null: nothing is promised
  next_minutes integer check (next_minutes between 1 and 43200),       -- to each further answer
  resolve_minutes integer check (resolve_minutes between 1 and 129600),
  hours_id uuid,                                         -- counted while these are open; null: around the clock
  pauses boolean not null default true,                  -- resolving is not counted while we wait for the customer
  amber_percent smallint not null default 50 check (amber_percent between 1 and 99),  -- from then on it is seen
  warn_percent smallint not null default 80 check (warn_percent between 1 and 99),    -- then somebody is told
  version bigint not null default 1,
  created_at timestamptz not null,
  removed_at timestamptz,
  primary key (workspace_id, id)
);

alter table workspace add column policy_id uuid;         -- holds where nobody says otherwise
alter table queue add column policy_id uuid;
alter table conversation
  add column policy_id uuid,                             -- a rule has said so
  add column promises jsonb not null default '[]',       -- its clocks, as guanxi.promises.Clock says them
  add column due_at timestamptz,                         -- of the clocks that run the one that is due first
  add column promise_at timestamptz,                     -- when time changes something: a warning, or a miss
  add column promise_state smallint not null default 0;  -- of the clocks that run: 0 in time, 1 warned, 2 missed

-- Lists by what is due next, as those by waiting.
create index conversation_all_due on conversation (workspace_id, due_at, id) where state = 0 and due_at is not null;
create index conversation_due on conversation (workspace_id, assignee_id, due_at, id)
  where state = 0 and due_at is not null;
create index conversation_queue_due on conversation (workspace_id, due_at, id)
  where state = 0 and assignee_id is null and due_at is not null;
create index conversation_of_queue_due on conversation (workspace_id, queue_id, due_at, id)
  where state = 0 and assignee_id is null and due_at is not null;
create index conversation_late on conversation (workspace_id, due_at, id)
  where promise_state > 0 and due_at is not null;
-- The time keeper looks here, and nowhere else.
create index conversation_promise on conversation (promise_at) where promise_at is not null;
create index conversation_promise_here on conversation (workspace_id, promise_at) where promise_at is not null;

-- Who is called, and why, stands in the code alone.
alter table notice drop constraint if exists notice_kind_check;

alter table policy enable row level security;
alter table policy force row level security;
do $$
begin
  create policy workspace on policy to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on policy to current_user using (true) with check (true);
  grant select, insert, update, delete on policy to guanxi_app;
  grant select (workspace_id, promise_at) on conversation to guanxi_directory;
end $$;
