-- Teams: agents who work together under a name; a queue may be served by teams beside single agents.

create table team (
  workspace_id uuid not null references workspace,
  id uuid not null,
  name text not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index team_name on team (workspace_id, lower(name));

create table team_agent (
  workspace_id uuid not null references workspace,
  team_id uuid not null,
  agent_id uuid not null,
  is_head boolean not null default false,
  primary key (workspace_id, team_id, agent_id),
  foreign key (workspace_id, team_id) references team (workspace_id, id),
  foreign key (workspace_id, agent_id) references agent (workspace_id, id)
);
create index team_agent_agent on team_agent (workspace_id, agent_id);

create table queue_team (
  workspace_id uuid not null references workspace,
  queue_id uuid not null,
  team_id uuid not null,
  primary key (workspace_id, queue_id, team_id),
  foreign key (workspace_id, team_id) references team (workspace_id, id)
);
create index queue_team_team on queue_team (workspace_id, team_id);

-- Who serves in a queue stays one row of queue_agent, which giving asks: named there, or there by a team, or both.
alter table queue_agent
  add column named boolean not null default true,
  add column by_team boolean not null default false,
  add constraint queue_agent_for_a_reason check (named or by_team);

do $$
declare new_table text;
begin
  foreach new_table in array array['team', 'team_agent', 'queue_team'] loop
    execute format('alter table %I enable row level security', new_table);
    execute format('alter table %I force row level security', new_table);
    execute format($policy$create policy workspace on %I to guanxi_app
      using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$policy$, new_table);
    execute format('create policy owner on %I to current_user using (true) with check (true)', new_table);
    execute format('grant select, insert, update, delete on %I to guanxi_app', new_table);
  end loop;
end $$;
