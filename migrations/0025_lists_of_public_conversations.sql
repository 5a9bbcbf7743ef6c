-- no-transaction
-- The list of what is public, which is little among what is private; and the way back from a private conversation.

create index concurrently if not exists conversation_public on conversation (workspace_id, state, last_at desc, id desc)
  where medium in ('comment', 'post', 'thread');
create index concurrently if not exists conversation_followed_up on conversation (workspace_id, private_id)
  where private_id is not null;
