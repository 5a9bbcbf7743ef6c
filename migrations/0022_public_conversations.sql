-- Public conversations: what they stand under, and the private conversation in which one was followed up.

create table post (
  workspace_id uuid not null,
  id uuid not null,
  inbox_id uuid not null,
  external_id text not null,
  audience text not null default 'everyone',             -- everyone, members, limited
  author text not null default '',
  is_ours boolean not null default false,
  text text not null default '',
  url text not null default '',
  posted_at timestamptz,
  seen_at timestamptz not null,                          -- it stays as it was then
  primary key (workspace_id, id)
);
create unique index post_external on post (workspace_id, inbox_id, external_id);

-- chat, mail and call are private; comment, post and thread are public.
alter table conversation add column post_id uuid, add column private_id uuid;

alter table post enable row level security;
alter table post force row level security;
do $$
begin
  create policy own_workspace on post to guanxi_app
    using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
  grant select, insert, update, delete on post to guanxi_app;
  create policy owner on post to current_user using (true) with check (true);
end $$;
