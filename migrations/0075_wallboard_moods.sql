-- Whose mood calls for a supervisor is found on the wallboard by a walk of a few rows.

create index conversation_moods on conversation (workspace_id, last_at desc, id) where state = 0 and mood in ('angry', 'falling');
