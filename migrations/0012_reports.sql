-- What numbers are made of: one row a day, channel, agent and measure, added up from events and from nothing else.
-- The row of agent 0 counts for the whole team, the others again for each agent; so a page without an agent in its
-- filter reads few rows. `spread` counts durations by bucket (reports/rules.py), so that any days can be put
-- together and still know their median. Days are the workspace's own.

create table report_figure (
  workspace_id uuid not null,
  agent_id uuid not null default '00000000-0000-0000-0000-000000000000',
  day date not null,
  channel text not null,
  measure text not null,
  count bigint not null default 0,
  seconds bigint not null default 0,                     -- of all durations together
  spread bigint[] not null default '{}',
  primary key (workspace_id, agent_id, day, channel, measure)
);
create index report_figure_day on report_figure (workspace_id, day);

-- How the rows of a workspace were counted. A page in another time zone than the workspace's is counted anew.
create table report_book (
  workspace_id uuid not null primary key,
  time_zone text not null,
  whole_from date,                                       -- the first day of which every event is still there; null: all
  counted_at timestamptz not null                        -- last from the beginning
);

do $$
declare t text;
begin
  foreach t in array array['report_figure', 'report_book'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to guanxi_app', t);
    execute format('create policy owner on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;

comment on table report_day is 'No longer written; processes of the first version may still run beside this one.';
