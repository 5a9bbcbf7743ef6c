-- Devices that an agent has asked to be called on while the desk is closed (Web Push): opted in one by one.

create table push_device (
  workspace_id uuid not null references workspace,
  id uuid not null,
  agent_id uuid not null,
  sign_in bytea not null,                                    -- hash of the sign-in by which it was added: it ends with that
  endpoint text not null,                                    -- where the push service takes what is for this device
  keys bytea not null,                                       -- sealed: the device's public key and its secret
  device text not null,                                      -- as its browser called itself
  language text not null,
  time_zone text not null,
  shows_text boolean not null default false,                 -- who wrote what, also on a locked screen
  quiet_from integer check (quiet_from between 0 and 1439),  -- minutes of the day by its clock; null: never quiet
  quiet_to integer check (quiet_to between 0 and 1439),
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index push_device_endpoint on push_device (workspace_id, agent_id, endpoint);

alter table push_device enable row level security;
alter table push_device force row level security;
do $$
begin
  create policy workspace on push_device to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on push_device to current_user using (true) with check (true);
  grant select, insert, update, delete on push_device to guanxi_app;
end $$;
