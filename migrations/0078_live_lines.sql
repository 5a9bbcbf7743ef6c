-- Who looks on while he waits sees how he stands in a live line, and hears nothing else about it until this moment.

alter table customer_wait add column line_until timestamptz;
