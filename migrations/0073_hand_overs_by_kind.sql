-- Hand-overs by their kind, ratings, and what was opened again by those who had it: counted from events that are there, so
-- every workspace's days are counted anew once, as they are when its time zone changes.

update report_book set time_zone = '';
