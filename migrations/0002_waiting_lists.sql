-- no-transaction
-- The queue is a thin slice of what is open, and `is null` does not count as an equality when an order is wanted:
-- without indexes of their own, a short queue behind many open conversations is found by reading all of these.

create index concurrently if not exists conversation_queue on conversation (workspace_id, last_at desc, id desc)
  where state = 0 and assignee_id is null;
create index concurrently if not exists conversation_queue_waiting on conversation (workspace_id, waiting_since, id)
  where state = 0 and assignee_id is null and waiting_since is not null;
create index concurrently if not exists conversation_all_waiting on conversation (workspace_id, waiting_since, id)
  where state = 0 and waiting_since is not null;
