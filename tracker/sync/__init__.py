"""The pure core: snapshot, merge, plan and guard. No clock, no disk, no network, no logging."""
