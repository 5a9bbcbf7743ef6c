"""The numbers that this process counts, for /metrics. Labels are few and bounded: no workspace, inbox or person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REGISTRY = CollectorRegistry()
ACKS = Counter(
    "guanxi_acks", "Requests at webhook addresses, by the status of the answer.", ["status"], registry=REGISTRY
)
ACK_SECONDS = Histogram(
    "guanxi_ack_seconds", "From a request's arrival to its acknowledgement.", buckets=BOUNDS, registry=REGISTRY
)
DELIVERIES = Counter(
    "guanxi_deliveries", "Calls of channels to send, by how they ended.", ["outcome"], registry=REGISTRY
)
LIVE_SOCKETS = Gauge("guanxi_live_sockets", "Open sockets of desks.", registry=REGISTRY)
INBOUND_LAG = Gauge("guanxi_inbound_lag_seconds", "Age of the oldest request that is not read yet.", registry=REGISTRY)
QUARANTINED = Gauge("guanxi_quarantined", "Requests in quarantine (counted to 1000).", registry=REGISTRY)
LANES_DUE = Gauge("guanxi_lanes_due", "Lanes with work that is due (counted to 1000).", registry=REGISTRY)
POOLS_HELD = Gauge("guanxi_pools_held", "Ways out that wait or are paused.", registry=REGISTRY)
