-- A supervisor beside the agent: whispers that no delivery can take, stepping in and handing back; and how often a
-- customer was passed on, counted in quarters of an hour for the wallboard, too.

-- What only the team reads never gets a state of a delivery, nor an id of a platform: whatever tries to send it fails
-- here. Old rows keep to it already (notes are written so); they are not read for it now.
alter table message add constraint message_notes_stay check (not is_note or (state = 'received' and external_id is null)) not valid;
alter table message add constraint message_whispers_stay
  check (kind <> 'whisper' or (is_note and author = 'agent')) not valid;

alter table conversation
  add column transfers smallint not null default 0,             -- how often its customer was passed on
  add column taken_from uuid;                                   -- whose it was before a supervisor stepped in
create index conversation_passed_on on conversation (workspace_id, transfers desc, id) where state = 0 and transfers > 1;

alter table workspace add column silent_listening boolean not null default false;


-- What came in and was taken up, by quarters of an hour: added up from the same events as report_figure, in the same
-- transaction. `came_at` is the beginning of the quarter.
create table report_quarter (
  workspace_id uuid not null,
  came_at timestamptz not null,
  measure text not null,
  count bigint not null default 0,
  primary key (workspace_id, came_at, measure)
);
alter table report_quarter enable row level security;
alter table report_quarter force row level security;
do $$
begin
  create policy own_workspace on report_quarter to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  create policy owner on report_quarter to current_user using (true) with check (true);
  grant select, insert, update, delete on report_quarter to guanxi_app;
end $$;
