-- no-transaction
-- What is stuck on its way to a customer is found without reading what arrived.

create index concurrently if not exists message_stuck on message (workspace_id, created_at desc, conversation_id)
  where state in ('failed', 'unknown');
