-- What other systems are told, and what happens by itself.
create table webhook (
  workspace_id uuid not null,
  id uuid not null,
  name text not null,
  url text not null,
  kinds text[] not null,                                 -- of events
  secret bytea not null,                                 -- sealed; associated data: workspace, webhook
  old_secret bytea,                                      -- still signs until then
  old_secret_until timestamptz,
  state text not null default 'active' check (state in ('active', 'paused')),
  paused_reason text not null default '',                -- '' by hand, 'failing', 'gone'
  failing_since timestamptz,                             -- nothing has arrived since then
  created_at timestamptz not null,
  primary key (workspace_id, id)
);

create table webhook_delivery (
  workspace_id uuid not null,
  webhook_id uuid not null,
  seq bigint generated always as identity,
  id uuid not null,
  kind text not null,
  body text not null,                                    -- exactly as it is signed, but for the addresses of files
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0,
  status integer,                                        -- of the last answer; null without one
  ms integer,
  problem text not null default '',
  answer text not null default '',                       -- its beginning
  created_at timestamptz not null,
  tried_at timestamptz,
  primary key (workspace_id, webhook_id, seq)
);
create unique index webhook_delivery_id on webhook_delivery (workspace_id, id);
create index webhook_delivery_created on webhook_delivery (workspace_id, created_at);

create table rule (
  workspace_id uuid not null,
  id uuid not null,
  name text not null,
  kind text not null,                                    -- of the events that it hears
  conditions jsonb not null,
  actions jsonb not null,
  is_on boolean not null,
  position integer not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (workspace_id, id)
);

-- What a rule made of an event: one row for each pair, so that no event is acted on twice.
create table rule_run (
  workspace_id uuid not null,
  rule_id uuid not null,
  event_xid bigint not null,
  event_id bigint not null,
  seq bigint generated always as identity,
  conversation_id uuid not null,
  at timestamptz not null,
  outcome text not null,                                 -- done, failed, held_back
  problem text not null default '',
  details jsonb not null default '[]',
  primary key (workspace_id, rule_id, event_xid, event_id)
);
create index rule_run_seq on rule_run (workspace_id, rule_id, seq desc);
create index rule_run_conversation on rule_run (workspace_id, rule_id, conversation_id, at);
create index rule_run_at on rule_run (workspace_id, at);

do $$
declare t text;
begin
  foreach t in array array['webhook', 'webhook_delivery', 'rule', 'rule_run'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
    execute format('create policy owner on %I to %I using (true) with check (true)', t, current_user);
  end loop;
end $$;
