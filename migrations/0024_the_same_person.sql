-- What a platform says of the same person on accounts of one owner: found by it, and by nothing else.

create index identity_unionid on identity (workspace_id, (attributes ->> 'unionid')) where attributes ? 'unionid';
