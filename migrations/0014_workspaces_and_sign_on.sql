-- A person of several workspaces lands in the one that was used last; people come in by their company's sign-on (OIDC);
-- and a sign-in knows when, and by whom, it was proved.

alter table person add column last_workspace_id uuid;     -- a hint: whoever left it lands in another one
create index agent_of_person on agent (person_id) where removed_at is null;

alter table sign_in
  add column proved_at timestamptz,                       -- when the person last proved who he is; null: the provider only said so
  add column proved_elsewhere boolean not null default false; -- the provider's second factor counts for ours (a setting)
update sign_in set proved_at = created_at, proved_elsewhere = (way = 'oidc');
alter table access_token add column proved_elsewhere boolean not null default false; -- made at such a sign-in

-- Which account at a company's sign-on is which person. An e-mail address may pass to somebody else, a subject may not.
create table company_account (
  issuer text not null,
  subject text not null,
  person_id uuid not null references person,
  email text not null,                                    -- as the provider said it when it was linked
  created_at timestamptz not null,
  primary key (issuer, subject)
);
create unique index company_account_person on company_account (person_id, issuer);

-- One try to come in by a company's sign-on, bound to the browser that began it. Its state is taken once; what the
-- provider said then waits for the person's password or code, where one is needed.
create table sign_on_try (
  state bytea primary key,                                -- hash of the state
  browser bytea not null,                                 -- hash of the cookie of the browser that began it
  nonce text not null,
  verifier text not null,
  goes_to text not null,
  link bytea,                                             -- hash of the one-time link that it was begun with
  is_again boolean not null,                              -- somebody who is signed in proves anew who he is
  begun_at timestamptz not null,
  expires_at timestamptz not null,
  came_back_at timestamptz,
  issuer text,
  subject text,
  email text,
  person_id uuid references person
);
create index sign_on_try_browser on sign_on_try (browser);
create index sign_on_try_expires on sign_on_try (expires_at);

do $$
declare t text;
begin
  foreach t in array array['company_account', 'sign_on_try'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy directory on %I to guanxi_directory using (true) with check (true)', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to guanxi_directory', t);
  end loop;
end $$;
