-- Put aside until somebody writes, and why; how it came back. Macros: a text and what else is done with it at one stroke.

alter table conversation
  add column sleeps_through boolean not null default false,  -- snoozed: no word of the contact's wakes it, only its time
  add column snooze_note text not null default '',           -- what it was put aside for
  add column woken_by text not null default '';              -- contact, time: how it came back, until somebody deals with it

create table macro (
  workspace_id uuid not null references workspace,
  id uuid not null,
  name text not null,
  agent_id uuid,                                             -- whose own it is; null: the company's
  key text not null default '',                              -- the figure that opens it on the desk; '' none
  actions jsonb not null,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index macro_company_key on macro (workspace_id, key) where agent_id is null and key <> '';
create unique index macro_own_key on macro (workspace_id, agent_id, key) where agent_id is not null and key <> '';

alter table macro enable row level security;
alter table macro force row level security;
do $$
begin
  create policy workspace on macro to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on macro to current_user using (true) with check (true);
  grant select, insert, update, delete on macro to guanxi_app;
end $$;
