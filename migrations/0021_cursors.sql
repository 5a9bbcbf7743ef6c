-- How far each feed of an inbox has been fetched. The page that was fetched last is an inbound event, kept in the
-- transaction that moves the cursor.

create table inbox_cursor (
  workspace_id uuid not null,
  inbox_id uuid not null,
  key text not null default '',                          -- the channel's own word for the feed
  cursor text not null default '',                       -- where the next pull begins; '' at the first time
  token text not null default '',                        -- of the newest nudge
  nudges bigint not null default 0,                      -- how often the platform has said that there is something
  heard bigint not null default 0,                       -- how many of these are answered by pulls that began later
  pulled_at timestamptz,
  next_at timestamptz,                                   -- the timer; null: this feed is not polled
  primary key (workspace_id, inbox_id, key)
);
create index inbox_cursor_due on inbox_cursor (next_at) where next_at is not null;

alter table inbox_cursor enable row level security;
alter table inbox_cursor force row level security;
do $$
begin
  execute $p$create policy own_workspace on inbox_cursor to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)$p$;
  execute 'create policy owner on inbox_cursor to current_user using (true) with check (true)';
  execute 'create policy directory on inbox_cursor for select to guanxi_directory using (true)';
end $$;
grant select, insert, update, delete on inbox_cursor to guanxi_app;
grant select (workspace_id, inbox_id, next_at) on inbox_cursor to guanxi_directory;
