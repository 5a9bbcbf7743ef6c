-- From when on a customer waits long for the agent who has him, in seconds; 0: nobody is reminded.
alter table workspace add column slow_reply_seconds smallint not null default 100 check (slow_reply_seconds between 0 and 3600);

-- What an agent quotes: a message of the same conversation, by its place. (`quotes` is what a platform says, by its own id.)
alter table message add column quoted_seq bigint;
alter table planned add column quoted_seq bigint;
