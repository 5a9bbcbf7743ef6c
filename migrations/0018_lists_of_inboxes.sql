-- no-transaction
-- The list of one inbox, for saved views: without it, one in which little happens is found by reading its whole channel.
-- And the notes of a conversation, which are few among its messages.

create index concurrently if not exists conversation_inbox on conversation (workspace_id, inbox_id, state, last_at desc, id desc);
create index concurrently if not exists message_note on message (workspace_id, conversation_id, seq) where is_note;
