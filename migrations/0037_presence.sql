-- Who is here and may be given something: busy with a reason, wrapping up for a while; and conversations that are offered
-- before they are taken.

alter table agent drop constraint agent_presence_check,
  add constraint agent_presence_check check (presence in ('online', 'busy', 'wrap_up', 'offline')),
  add column busy_reason text not null default '',              -- means something while busy only
  add column wrap_up_ends_at timestamptz,                       -- …while wrapping up only
  add column wrap_up_lengthened boolean not null default false;
create index agent_wrapping_up on agent (wrap_up_ends_at) where presence = 'wrap_up';

alter table workspace
  add column busy_reasons jsonb not null default '["break", "meal", "meeting", "training"]',
  add column wrap_up_seconds integer not null default 0 check (wrap_up_seconds between 0 and 3600),  -- 0: none
  add column offer_seconds integer not null default 0 check (offer_seconds between 0 and 300);       -- 0: given at once
alter table queue
  add column offer_seconds integer check (offer_seconds between 0 and 300);                          -- null: as the workspace

-- Given to its assignee, who has not taken it yet; null: it is hers.
alter table conversation add column offered_until timestamptz;
create index conversation_offered on conversation (workspace_id, assignee_id, offered_until) where offered_until is not null;

do $$
begin
  create policy directory on conversation for select to guanxi_directory using (true);
  grant select (workspace_id, offered_until) on conversation to guanxi_directory;
end $$;
