"""The tables of the checkpoint; those for late events stand in `late_state.py`."""

#: 1: groups as JSON, of the core in Python. 2: groups as the core in Rust writes them, open alerts beside them. 3: what is kept for
#: late events beside that.
VERSION = 3
SCHEMA = """
create table cursors (name text primary key, position integer not null) without rowid;
create table streams (
    sensor text not null, epoch integer not null, dataset text not null, stored integer not null,
    primary key (sensor, epoch)
) without rowid;
create table rejected (
    sensor text not null, epoch integer not null, reason text not null, count integer not null, primary key (sensor, epoch, reason)
) without rowid;
create table counts (dataset text not null, name text not null, count integer not null, primary key (dataset, name)) without rowid;
create table sources (
    dataset text not null, sensor text not null, epoch integer not null, name text not null, promise_us integer not null,
    primary key (dataset, sensor, epoch, name)
) without rowid;
create table lanes (
    dataset text not null, sensor text not null, epoch integer not null, watermark_us integer not null, complete integer not null,
    primary key (dataset, sensor, epoch)
) without rowid;
create table pending (
    dataset text not null, sensor text not null, epoch integer not null, event_id text not null, time_us integer not null,
    line blob not null, primary key (dataset, sensor, epoch, event_id)
) without rowid;
create table groups (
    dataset text not null, sensor text not null, epoch integer not null, watch text not null, key blob not null,
    state blob not null,
    primary key (dataset, sensor, epoch, watch, key)
) without rowid;
create table episodes (
    dataset text not null, sensor text not null, epoch integer not null, number integer not null, watch text not null,
    body blob not null,
    primary key (dataset, sensor, epoch, number)
) without rowid;
create table outbox (
    alert_id text primary key, version integer not null, body blob not null, placed integer not null
) without rowid;
create table delivered (sink text not null, alert_id text not null, version integer not null, primary key (sink, alert_id))
    without rowid;
"""

#: Younger than the first files of this version, so they are made where they are missing; what reads those files needs nothing else.
YOUNGER = """
create table if not exists refused (
    sink text not null, alert_id text not null, body blob not null, primary key (sink, alert_id)
) without rowid;
create table if not exists pressures (
    dataset text not null, sensor text not null, epoch integer not null, watch text not null, body blob not null,
    primary key (dataset, sensor, epoch, watch)
) without rowid
"""
