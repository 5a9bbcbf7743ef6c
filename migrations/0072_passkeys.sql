-- Passkeys: what a person's devices hold instead of a password, and the challenges that are under way.

create table passkey (
  id uuid primary key,
  person_id uuid not null references person,
  credential_id bytea not null unique,
  public_key bytea not null,                             -- AAGUID, id and COSE key, as the authenticator gave them
  sign_count bigint not null,                            -- of its last signature; 0: it does not count
  name text not null,
  created_at timestamptz not null,
  used_at timestamptz,
  doubted_at timestamptz                                 -- its count went back: it may have been copied, and opens nothing
);
create index passkey_person on passkey (person_id, created_at);

-- One ceremony of one browser: found by the hash of its cookie, answered once.
create table passkey_challenge (
  hash bytea primary key,
  person_id uuid references person,                      -- who adds one; null: somebody comes in
  state jsonb not null,
  expires_at timestamptz not null
);
create index passkey_challenge_expires on passkey_challenge (expires_at);

alter table sign_in drop constraint if exists sign_in_way_check;
alter table sign_in add constraint sign_in_way_check check (way in ('password', 'link', 'oidc', 'passkey')) not valid;

do $$
declare t text;
begin
  foreach t in array array['passkey', 'passkey_challenge'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy directory on %I to guanxi_directory using (true) with check (true)', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to guanxi_directory', t);
  end loop;
end $$;
