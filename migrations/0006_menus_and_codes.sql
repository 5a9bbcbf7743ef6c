-- What an account shows by itself: its standing menu, and the codes that people scan. Files know how long they play.

alter table media add column duration integer not null default 0;   -- milliseconds; 0: it does not play

create table inbox_menu (
  workspace_id uuid not null,
  inbox_id uuid not null,
  buttons jsonb not null default '[]',                   -- as it was written last
  published jsonb,                                       -- as the platform shows it; null: it shows none of ours
  published_at timestamptz,
  version bigint not null default 1,
  primary key (workspace_id, inbox_id)
);

-- A parametric code: who scans it arrives with its scene.
create table code (
  workspace_id uuid not null,
  id uuid not null,
  inbox_id uuid not null,
  name text not null,
  scene text not null,                                   -- what the platform tells when it is scanned
  address text not null,                                 -- what the code says
  media_key text not null default '',                    -- its picture in our store
  expires_at timestamptz,                                -- null: never
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index code_scene on code (workspace_id, inbox_id, scene);

do $$
declare t text;
begin
  foreach t in array array['inbox_menu', 'code'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
