-- In which language something is said; how urgent it is, in what mood, and why; rules that stop, wait, and say why not.

alter table message add column language text not null default '';        -- BCP 47; '' nobody can tell

alter table contact add column spoken text not null default '';          -- an agent said so; wins over what is heard

alter table conversation
  add column language text not null default '',                         -- what is spoken here
  add column heard text not null default '',                            -- of the last messages that tell, newest first
  add column urgency text not null default 'normal' check (urgency in ('low', 'normal', 'high', 'urgent')),
  add column mood text not null default 'neutral' check (mood in ('angry', 'falling', 'neutral', 'glad')),
  add column reasons jsonb not null default '[]',                       -- the words and facts behind both
  add column by_hand text[] not null default '{}',                      -- of language, urgency, mood: what an agent set
  add column judged_from bigint not null default 0,                     -- messages up to this seq were judged by hand
  add column judged_at timestamptz;                                     -- … at this time

alter table workspace add column alarm_words jsonb not null default '[]'; -- the company's own: [{"word": …, "means": …}]

alter table rule add column stops boolean not null default false;       -- when it has been done, those behind it are not

-- What each rule said to an event, those that did nothing too: one row for each event that some rule hears.
create table rule_look (
  workspace_id uuid not null references workspace,
  seq bigint generated always as identity,
  conversation_id uuid not null,
  at timestamptz not null,
  kind text not null,                                                   -- of the event
  looks jsonb not null,                                                 -- [{"rule", "name", "outcome", "failed"}]
  primary key (workspace_id, seq)
);
create index rule_look_conversation on rule_look (workspace_id, conversation_id, seq desc);
create index rule_look_at on rule_look (workspace_id, at);
create index rule_run_talk on rule_run (workspace_id, conversation_id, seq desc);

alter table rule_look enable row level security;
alter table rule_look force row level security;
do $$
begin
  create policy workspace on rule_look to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on rule_look to current_user using (true) with check (true);
  grant select, insert, update, delete on rule_look to guanxi_app;
end $$;
