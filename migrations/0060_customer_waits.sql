-- What a customer who waits was told of his place, and what he chose instead of waiting.

alter table workspace
  add column tell_wait_seconds integer not null default 0 check (tell_wait_seconds between 0 and 3600),  -- 0: nobody is told
  add column offer_elsewhere boolean not null default true;
alter table queue add column taken_at timestamptz[] not null default '{}';  -- when the last few were given to somebody

create table customer_wait (
  workspace_id uuid not null references workspace,
  conversation_id uuid not null,
  since timestamptz not null,                       -- the wait that this is about: another one begins anew
  told_at timestamptz not null,
  told_ahead integer not null,
  told_minutes integer,
  times smallint not null,
  wish text not null default '' check (wish in ('', 'asked', 'number', 'call_back', 'later', 'stay')),
  phone text not null default '',
  due_at timestamptz,
  primary key (workspace_id, conversation_id)
);
alter table customer_wait enable row level security;
alter table customer_wait force row level security;
do $$
begin
  create policy workspace on customer_wait to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on customer_wait to current_user using (true) with check (true);
  grant select, insert, update, delete on customer_wait to guanxi_app;
end $$;
