\set n random(0, :conversations - 1)
\set external random(1, 1000000000000000)
begin;
set local app.workspace = '{workspace}';
insert into seen (workspace_id, inbox_id, external_id) values ('{workspace}', :inbox, :external::bigint::text) on conflict do nothing;
select id, version, last_seq from conversation where workspace_id = '{workspace}' and id = ('{prefix}' || lpad(:n::int::text, 12, '0'))::uuid for update \gset
insert into message (workspace_id, conversation_id, seq, id, inbox_id, author, kind, content, sent_at, created_at, inbound_seq) values ('{workspace}', :id, :last_seq::bigint + 1, gen_random_uuid(), :inbox, 'contact', 'text', :content, now(), now(), :external);
update conversation set version = version + 1, last_seq = last_seq + 1, unread = unread + 1, last_at = now(), last_text = :text, last_kind = 'text', last_author = 'contact' where workspace_id = '{workspace}' and id = :id;
insert into event (workspace_id, kind, at, conversation_id, version, payload) values ('{workspace}', 'message.received', now(), :id, :version::bigint + 1, :payload);
insert into job (workspace_id, lane, position, kind, args) values ('{workspace}', 'heard:' || :id, :last_seq::bigint + 1, 'heard', :payload);
commit;
