-- From when on a customer of this queue waits long for the agent who has him, in seconds; 0: nobody is reminded; null: as in the workspace.
alter table queue add column slow_reply_seconds smallint check (slow_reply_seconds between 0 and 3600);
