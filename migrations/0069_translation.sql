-- Conversations in other words: who translates for a workspace, what was translated, and what an agent wrote before it was.

create table translation_provider (
  workspace_id uuid primary key references workspace,
  kind text not null check (kind in ('libretranslate', 'openai')),
  url text not null,
  model text not null default '',
  secret bytea,                                          -- its key, sealed; null: it asks for none
  changed_at timestamptz not null
);

-- A text is paid for once: it is found by its digest, whoever says it again in this workspace. The row goes with the
-- message for which it was made.
create table translation (
  workspace_id uuid not null references workspace,
  conversation_id uuid not null,
  seq bigint not null,
  language text not null,                                -- into which
  digest bytea not null,                                 -- SHA-256 of the text that was translated
  text text not null,
  created_at timestamptz not null,
  primary key (workspace_id, conversation_id, seq, language)
);
create index translation_digest on translation (workspace_id, language, digest);

alter table conversation add column translated_by uuid, add column translated_at timestamptz;  -- since when, null: it is not
alter table message add column original text;            -- what the agent wrote, when a translation of it was sent
alter table planned add column original text;

do $$
declare name text;
begin
  foreach name in array array['translation_provider', 'translation'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, name);
    execute format('create policy owner on %I to current_user using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to guanxi_app', name);
  end loop;
end $$;
