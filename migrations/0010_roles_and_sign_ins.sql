-- Four roles; sign-ins that can be told apart and are written down; a second factor; a workspace's own rules for them.

alter table agent drop constraint agent_role_check;
alter table agent add constraint agent_role_check check (role in ('admin', 'supervisor', 'agent', 'viewer'));
-- whoever only looks is never there to be given a conversation
alter table agent add constraint agent_viewer_is_away check (role <> 'viewer' or presence = 'offline');

alter table workspace
  add column password_length integer not null default 10 check (password_length between 10 and 64),
  add column needs_second_factor boolean not null default false;

-- The second factor of a person. `totp_step` is the time step of the last code that let in: no code works twice.
alter table person
  add column totp_secret bytea,                          -- sealed; associated data: the person
  add column totp_since timestamptz,                     -- confirmed by a first code; null while it is being set up
  add column totp_step bigint not null default 0;
create table recovery_code (
  person_id uuid not null references person,
  hash bytea not null,
  primary key (person_id, hash)
);

alter table link add column clears_second_factor boolean not null default false;

alter table sign_in
  add column id uuid not null default gen_random_uuid(), -- what the list of sign-ins calls it; the hash is a key
  add column way text not null default 'password' check (way in ('password', 'link', 'oidc'));
create unique index sign_in_id on sign_in (id);

-- Where somebody has come in before: strangers who guess at his password do not lock him out there.
create table known_address (
  person_id uuid not null references person,
  key text not null,
  at timestamptz not null,
  primary key (person_id, key)
);

-- Who tried to come in, when, from where, and what came of it. One row for each workspace that the person serves in
-- when it failed; when it did not, for the one that he came into.
create table sign_in_record (
  workspace_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  at timestamptz not null,
  outcome text not null,
  way text not null,
  address text not null,
  device text not null,
  primary key (workspace_id, id)
);
create index sign_in_record_at on sign_in_record (workspace_id, at desc, id desc);

do $$
declare t text;
begin
  alter table sign_in_record enable row level security;
  alter table sign_in_record force row level security;
  create policy own_workspace on sign_in_record to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  grant select, insert, delete on sign_in_record to guanxi_app;
  create policy directory on sign_in_record for insert to guanxi_directory with check (true);
  grant insert on sign_in_record to guanxi_directory;
  create policy owner on sign_in_record to current_user using (true) with check (true);

  foreach t in array array['recovery_code', 'known_address'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy directory on %I to guanxi_directory using (true) with check (true)', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to guanxi_directory', t);
  end loop;
end $$;
